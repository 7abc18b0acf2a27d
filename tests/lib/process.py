"""One program that a test started: its log, its signals, its end."""
import os
import re
import subprocess
import time
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM

from lib.wait import Late, until

TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """
    Runs argv with its output in log_path. It dies with the test run, also
    when that is killed, and nothing but this process is ever signalled.
    """

    def __init__(self, name, argv, log_path, env=None, user=None, stdin=None):
        self.name, self.log_path = name, log_path
        run_as = ["setpriv", "--pdeathsig", "TERM"]
        if user:
            run_as += [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        with open(log_path, "ab") as log:
            self.start = log.tell()
            self.popen = subprocess.Popen(
                run_as + ["--"] + [str(a) for a in argv], env=env, stdout=log,
                stderr=log, stdin=stdin or subprocess.DEVNULL, cwd="/")
        self.pid = self.popen.pid

    def alive(self):
        return self.popen.poll() is None

    def assert_alive(self):
        code = self.popen.poll()
        assert code is None, f"{self.name} has ended with {code}"

    def signal(self, number):
        if self.alive():
            self.popen.send_signal(number)

    def pause(self):
        self.signal(SIGSTOP)
        until(lambda: self.state() == "T", 5, f"{self.name} is stopped")

    def resume(self):
        self.signal(SIGCONT)

    def kill(self):
        self.signal(SIGKILL)
        self.popen.wait(10)

    def wait(self, within):
        """The exit code; negative for a signal."""
        try:
            return self.popen.wait(within)
        except subprocess.TimeoutExpired:
            raise Late(f"{self.name} still runs after {within} s") from None

    def stop(self, within=15, number=SIGTERM):
        """Asks it to end and returns the exit code; kills what stays."""
        if not self.alive():
            return self.popen.returncode
        self.resume()
        self.signal(number)
        try:
            return self.wait(within)
        finally:
            if self.alive():
                self.kill()

    def state(self):
        """The letter of /proc: R, S, T, Z."""
        return self._stat()[0]

    def cpu_seconds(self):
        fields = self._stat()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def _stat(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as f:
            return f.read().rpartition(")")[2].split()

    def peak_mb(self):
        """The most memory it has held so far."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as f:
            return int(re.search(r"VmHWM:\s+(\d+)", f.read())[1]) / 1024

    def connections_to(self, port):
        """How many TCP connections to a port of this machine it has."""
        with open(f"/proc/{self.pid}/net/tcp", encoding="ascii") as f:
            wanted = {line.split()[9] for line in f
                      if line.split()[2].endswith(f":{port:04X}")}
        mine = set()
        for each in os.scandir(f"/proc/{self.pid}/fd"):
            try:
                mine.add(os.readlink(each.path))
            except FileNotFoundError:
                pass  # closed meanwhile
        return len({f"socket:[{inode}]" for inode in wanted} & mine)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            f.seek(self.start)
            return f.read()

    def wait_log(self, pattern, within=10):
        """Waits for a line of the log, and for the process to live so long."""
        def seen():
            found = re.search(pattern, self.log())
            return found or self.assert_alive()
        return until(seen, within, f"{pattern!r} in the log of {self.name}")


def children_of(pid):
    """Process ids whose parent is pid."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat", encoding="ascii") as f:
                if int(f.read().rpartition(")")[2].split()[1]) == pid:
                    found.append(int(entry))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def cpu_share(processes, seconds):
    """The share of one CPU that processes use, over so many seconds."""
    before = sum(p.cpu_seconds() for p in processes)
    time.sleep(seconds)  # the length of the measurement
    return (sum(p.cpu_seconds() for p in processes) - before) / seconds
