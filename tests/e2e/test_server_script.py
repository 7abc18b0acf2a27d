"""scripts/server: one command, and everything answers; one signal, and
nothing is left, nor anything of others touched."""
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from lib.client import Client
from lib.process import Process, children_of
from lib.sample import ROOT, STATISTICS, flat, topic_id
from lib.stack import environment, free_port, temporary_home
from lib.wait import until

MANUAL = pathlib.Path("/usr/share/doc/postgresql-doc-15/html")


@pytest.fixture
def home():
    path = temporary_home()
    yield path
    shutil.rmtree(path, ignore_errors=True)


def run_script(home, *options, before=()):
    return Process(
        "server", [*before, ROOT / "scripts" / "server",
                   "--state", home / "var", *options],
        home / "server.log", env=environment(""))


class Server:
    """scripts/server with a state of its own."""

    def __init__(self, home, *options, before=(), stop=signal.SIGTERM):
        self.port, self.stop = free_port(), stop
        self.process = run_script(home, "--port", self.port, *options,
                                  before=before)

    def __enter__(self):
        try:
            self.process.wait_log(r"Ctrl-C stops|\Ahttp://", within=120)
        except AssertionError:
            print(self.process.log())
            self.process.stop(40)
            raise
        return self

    def __exit__(self, *_):
        self.started = all_children(self.process.pid)
        self.code = self.process.stop(40, self.stop)


def all_children(pid):
    found = children_of(pid)
    return found + [p for child in found for p in all_children(child)]


def command_of(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").read_text("utf-8")


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def paste(lines):
    done = subprocess.run(["bash"], input=lines, capture_output=True,
                          text=True, timeout=40, check=False)
    return done.stdout + done.stderr


def test_starts_and_stops(home):
    with Server(home) as server:
        printed = server.process.log()
        lines = re.search(r"^  job=.*?(?=\n\n)", printed, re.M | re.S)[0]
        assert "€429.00" in paste(lines)
        assert '"status":404' in paste(lines.replace("jobId", "noId"))
        visitor = Client(server.port)
        answer = visitor.collect_answer(visitor.ask_landing(
            "What is the price of Everyday Statistics on demand?"))["answer"]
        assert "89" in answer
        assert visitor.send("GET", "/").status == 200
        courses = visitor.send("GET", "/campus.json").json["courses"]
        assert STATISTICS in [course["slug"] for course in courses]

        link = re.search(r"#token=([\w.-]+)&course=", server.process.log())
        learner = visitor.with_token(link[1])
        ticket = learner.ask_course(STATISTICS, topic_id(STATISTICS),
                                    "What is the median?")
        assert "the middle value after sorting" in flat(
            learner.collect_answer(ticket)["answer"])
    assert server.code == 0
    assert "Failed to connect" in paste(lines), "and does not wait for ever"
    assert len(server.started) > 4
    until(lambda: not any(map(is_running, server.started)), 5,
          "nothing is left running")

    with Server(home, "--quiet", before=["env", "--ignore-signal=INT"],
                stop=signal.SIGINT) as again:
        old = Client(again.port, link[1])
        assert old.job(ticket).json["status"] == "COMPLETED", "kept"
    assert again.code == 0
    assert again.process.log().split() == [f"http://127.0.0.1:{again.port}/"]

    with Server(home, "--quiet") as third:
        (worker,) = [child for child in children_of(third.process.pid)
                     if "coatcheck-worker" in command_of(child)]
        os.kill(worker, signal.SIGKILL)
        assert third.process.wait(40) == 1
    said = third.process.log()
    assert "worker ended" in said
    assert "Killed" not in said


def test_files_of_others_stay(home):
    (home / "var" / "log").mkdir(parents=True)
    mine = home / "var" / "log" / "mine"
    mine.write_text("mine")
    server = run_script(home)
    assert server.wait(60) == 1
    assert "files that are not ours" in server.log()
    assert [mine] == [p for p in (home / "var").glob("**/*") if p.is_file()]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_state_of_another_user_is_refused(home):
    state = home / "var"
    state.mkdir()
    shutil.chown(state, "nobody")
    server = run_script(home)
    assert server.wait(60) == 1
    assert "belongs to nobody: start as that user, or" in server.log()
    assert not list(state.iterdir())


def test_help():
    for option in ("--help", "-h"):
        said = subprocess.run([ROOT / "scripts" / "server", option],
                              capture_output=True, text=True, check=True)
        assert said.stdout.startswith("usage: scripts/server"), said


def test_installed_links_lead_somewhere(home):
    subprocess.run(["make", "-s", "-C", ROOT, "install", f"DESTDIR={home}",
                    "PREFIX=/usr"], check=True, stdout=subprocess.DEVNULL)
    readme = home / "usr" / "share" / "doc" / "coatcheck" / "README.md"
    links = re.findall(r"\]\(([^):]+)\)", readme.read_text("utf-8"))
    assert links
    for link in links:
        target = readme.parent / link
        if target.is_symlink():  # absolute, in the installed system
            target = home / os.readlink(target)[1:]
        assert target.exists(), link


@pytest.mark.skipif(not MANUAL.exists(), reason="no postgresql-doc-15 here")
def test_the_manual_as_a_course(home):
    """1,168 pages that nobody wrote for this: the answer is in EXPLAIN."""
    with Server(home, "--manual") as server:
        log = server.process.log()
        token = re.search(r"#token=([\w.-]+)&course=", log)[1]
        topic = re.search(r'"topicId":"([0-9a-f-]{36})"', log)[1]
        learner = Client(server.port, token)
        result = learner.collect_answer(learner.ask_course(
            "postgresql-15", topic, "how do I see the query plan?"))
    assert "EXPLAIN" in result["answer"], result
    assert any("explain" in (source.get("url") or "")
               for source in result["sources"]), result
