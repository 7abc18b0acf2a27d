"""What the benchmarks share: figures, and load that is not Python's own."""
import pathlib
import re
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

# A commit counts only when it is on disk, and its time is kept.
DURABLE = {"fsync": "on", "track_commit_timestamp": "on"}


def report(name, value, unit):
    print(f"{name} {value:.2f} {unit}", flush=True)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def median(values):
    return statistics.median(values)


def load_per_s(port, path, seconds=6, connections=16):
    """Requests a second that POST the question; all must be answered 202."""
    if shutil.which("wrk") is None:
        sys.exit("scripts/bench needs wrk: apt-get install wrk")
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s",
         HERE / "post.lua", f"http://127.0.0.1:{port}{path}"],
        capture_output=True, text=True, check=True)
    assert "Non-2xx" not in done.stdout and "Socket errors" not in (
        done.stdout), done.stdout
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])
