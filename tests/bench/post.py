"""
What a POST costs until its 202, with the row on disk.

  post_median_ms     one caller after the other, a worker idle beside it
  post_per_s         16 connections, no worker: the front end alone
  post_floor_per_s   the same load on a program that only answers
  post_ratio         of the last two
"""
import shlex
import subprocess
import time

from common import DURABLE, HERE, load_per_s, median, report

from lib.stack import Stack

POSTS = 500
PATH = "/api/landing-assistant/query"


def bench_median(stack):
    stack.start_worker()
    times = []
    for _ in range(POSTS):
        start = time.perf_counter()
        ticket = stack.visitor.ask_landing("Which workshops are there?")
        times.append((time.perf_counter() - start) * 1000)
        assert ticket.status == 202, ticket
    stack.drop_workers()
    stack.forget()
    report("post_median_ms", median(times), "ms")


def build_floor(folder):
    program = folder / "floor.fcgi"
    flags = shlex.split(subprocess.run(
        ["pkg-config", "--cflags", "--libs", "fcgi"], capture_output=True,
        text=True, check=True).stdout)
    subprocess.run(["cc", "-O2", "-pthread", "-o", program,
                    HERE / "floor_fcgi.c", *flags], check=True)
    return program


def bench_load(stack):
    per_s = load_per_s(stack.port, PATH)
    stored = stack.job_count()
    stack.stop_web()
    stack.start_web(program=build_floor(stack.home))
    floor = load_per_s(stack.port, PATH)
    assert stored >= per_s, "each 202 is a row"
    report("post_per_s", per_s, "1/s")
    report("post_floor_per_s", floor, "1/s")
    report("post_ratio", per_s / floor, "1")


if __name__ == "__main__":
    with Stack(workers=0, postgres=DURABLE) as stack:
        bench_median(stack)
        bench_load(stack)
