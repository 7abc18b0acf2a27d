"""GET /metrics: what an operator sees of queue, workers and models."""
import re

import pytest

from lib.asking import ask, start
from lib.cgi import cgi
from lib.client import Client
from lib.provider import fails
from lib.stack import Stack
from lib.wait import until

LINE = re.compile(r"^([a-zA-Z_:][\w:]*)(\{[^}]*\})? (\S+)( \d+)?$")


def read(site, **more):
    reply = Client(site.port, prefix="").get("/metrics", **more)
    assert reply.status == 200, reply
    assert reply.headers.get_content_type() == "text/plain"
    return reply.body.decode()


def samples(text):
    """{name: [(labels, value), …]}; every line must be well formed."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            match = LINE.match(line)
            assert match, line
            found.setdefault(match[1], []).append(
                (match[2] or "", float(match[3])))
    return found


def total(found, pattern, label=""):
    """The sum of the samples whose name and labels match."""
    return sum(value for name, rows in found.items()
               if re.search(pattern, name)
               for labels, value in rows if label in labels)


def test_fault_21_there_are_metrics(site, provider):
    """Depth and age of the queue, waits and run times, and the models'."""
    for _ in range(3):
        ask(site)
    before = samples(read(site))
    assert total(before, "coatcheck_jobs_ready", "AI_QUERY") == 3
    assert total(before, "coatcheck_oldest_ready_seconds", "AI_QUERY") > 0
    held = provider.hold(fails(400))
    start(site, provider)
    held.wait_arrived()
    assert total(samples(read(site)), "coatcheck_jobs_running") >= 1
    held.release()
    for _ in range(2):
        learner, ticket = ask(site)
        learner.collect_answer(ticket)
    until(lambda: site.one("SELECT count(*) FROM coatcheck.result") == 5, 5,
          "all have ended")
    after = samples(read(site))
    assert total(after, "coatcheck_jobs_ready") == 0
    assert total(after, "coatcheck_jobs_ended", "COMPLETED") == 5
    for name in ("coatcheck_wait_seconds", "coatcheck_run_seconds"):
        assert total(after, name, "AI_QUERY") > 0, sorted(after)
    calls = [name for name in after if "llm" in name]
    assert any("seconds" in name and total(after, name) > 0 for name in calls)
    assert any(total(after, name, "main") >= 5 for name in calls), calls


def test_every_metric_says_what_it_is(site):
    text = read(site)
    for name in samples(text):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        assert re.search(rf"^# HELP {base}\b", text, re.M) or re.search(
            rf"^# HELP {name}\b", text, re.M), name


def test_metrics_name_no_person(site):
    learner, ticket = ask(site)
    text = read(site)
    assert ticket.json["jobId"] not in text and "recursion" not in text


@pytest.mark.parametrize("token, status", [
    (None, 401), ("wrong", 401), ("metrics-secret-of-the-tests", 200)])
def test_from_elsewhere_a_token_is_needed(token, status):
    settings = {"web.metrics_token": "metrics-secret-of-the-tests"}
    with Stack(workers=0, settings=settings) as stack:
        more = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
        got, _, body = cgi(stack, "GET", "/metrics",
                           REMOTE_ADDR="203.0.113.9", **more)
        assert got == status, body
        assert (b"# HELP" in body) == (status == 200)


def test_without_a_token_there_are_none_from_elsewhere(site):
    status, _, body = cgi(site, "GET", "/metrics", REMOTE_ADDR="203.0.113.9")
    assert status in (401, 403, 404) and b"# HELP" not in body
