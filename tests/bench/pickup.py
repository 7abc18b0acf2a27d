"""
How long a committed job waits for an idle worker: from the commit, as the
database dates it, to claimed_at.

  pickup_p50_ms, pickup_p99_ms   the worker is told (NOTIFY)
  pickup_poll_p50_ms             it is not, and polls
"""
import random
import time

from common import DURABLE, percentile, report

from lib.stack import Stack
from lib.wait import until

JOBS = 300
POLL_JOBS = 200


def waits_ms(stack):
    return [row.ms for row in stack.sql(
        "SELECT (extract(epoch FROM r.claimed_at"
        " - pg_xact_commit_timestamp(j.xmin)) * 1000)::float AS ms"
        " FROM coatcheck.job j JOIN coatcheck.result r USING (job_id)")]


def bench_told():
    with Stack(postgres=DURABLE) as stack:
        for _ in range(JOBS):
            ticket = stack.visitor.ask_landing("Which workshops are there?")
            stack.visitor.collect(ticket)
        waits = waits_ms(stack)
    assert len(waits) == JOBS
    report("pickup_p50_ms", percentile(waits, 0.5), "ms")
    report("pickup_p99_ms", percentile(waits, 0.99), "ms")


def bench_polled():
    settings = {"web.notify": "no", "worker.listen": "no"}
    with Stack(postgres=DURABLE, settings=settings) as stack:
        for _ in range(POLL_JOBS):
            stack.visitor.ask_landing("Which workshops are there?")
            time.sleep(random.uniform(0.02, 0.15))  # not in step with polls
        until(lambda: len(waits_ms(stack)) == POLL_JOBS, 20, "all have ended")
        waits = waits_ms(stack)
    report("pickup_poll_p50_ms", percentile(waits, 0.5), "ms")


if __name__ == "__main__":
    bench_told()
    bench_polled()
