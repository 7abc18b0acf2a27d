"""PostgreSQL stops, crashes, or cuts connections under everything."""
import time

import psycopg2
import pytest

from lib.client import assert_problem
from lib.process import Process, children_of, cpu_share
from lib.provider import Provider, says
from lib.sample import WEB, new_user, topic_id
from lib.stack import Stack
from lib.wait import until

QUESTION = "What is recursion?"


@pytest.fixture(scope="module")
def llm():
    with Provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def stack(llm):
    with Stack(workers=0, settings={"llm.base_url": llm.url}) as stack:
        yield stack


@pytest.fixture(autouse=True)
def clean(stack, llm):
    llm.reset()
    stack.start_worker()
    yield
    if not stack.postgres.process.alive():
        start_database(stack)
    stack.drop_workers()
    stack.forget()


def start_database(stack):
    """Starts it and waits until the front end has found it again."""
    stack.postgres.start()
    until(lambda: stack.visitor.get("/health").status == 200, 3,
          "the front end is connected")


def ask(stack):
    learner = stack.learner(new_user())
    return learner, learner.ask_course(WEB, topic_id(WEB), QUESTION)


def front_end(stack):
    """The process that lighttpd has started."""
    (pid,) = children_of(stack.web.pid)
    program = object.__new__(Process)
    program.pid = pid
    return program


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_no_ticket_while_the_database_is_away(stack, mode):
    learner, ticket = ask(stack)
    learner.collect_answer(ticket)
    stack.postgres.stop(mode)
    for reply in (
            ask(stack)[1], stack.visitor.ask_landing(QUESTION),
            learner.job(ticket), learner.cancel(ticket)):
        assert_problem(reply, 503, reply.json["detail"])
        assert int(reply.headers["Retry-After"]) >= 1
        for text in (b"libpq", b"socket", b"coatcheck_web", b"server"):
            assert text not in reply.body.lower()
    assert [stack.visitor.get(path).status for path in (
        "/healthz", "/health", "/readyz")] == [200, 503, 503]
    start_database(stack)
    assert stack.job_count() == 1

    _, after = ask(stack)
    assert learner.collect_answer(ticket)["answer"] == "The usual answer."
    assert stack.workers[0].alive()
    row = stack.wait_job(after.json["jobId"], "COMPLETED", within=10)
    assert row.attempts == 1


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_an_answer_that_came_meanwhile_is_stored_afterwards(stack, llm, mode):
    held = llm.hold(says("Kept through the restart."))
    learner, ticket = ask(stack)
    held.wait_arrived()
    stack.postgres.stop(mode)
    held.release()
    start_database(stack)
    result = learner.collect_answer(ticket, within=20)
    assert result["answer"] == "Kept through the restart."
    assert (stack.job_row(ticket).attempts, len(llm.calls)) == (1, 1)


def test_nothing_spins_while_the_database_is_away(stack):
    learner, ticket = ask(stack)
    learner.collect_answer(ticket)
    programs = [stack.workers[0], front_end(stack)]
    stack.postgres.stop("fast")
    assert cpu_share(programs, 3) < 0.05
    start_database(stack)
    learner, ticket = ask(stack)
    learner.collect_answer(ticket)


def test_every_connection_is_cut(stack, llm):
    for _ in range(3):
        held = llm.hold()
        learner, ticket = ask(stack)
        held.wait_arrived()
        assert stack.postgres.cut_connections() >= 2
        held.release()
        assert learner.collect_answer(ticket)["answer"] == "The held answer."
        _, after = ask(stack)
        assert after.status == 202, "a dead connection is replaced unseen"
        learner_after = stack.wait_job(after.json["jobId"], "COMPLETED", 5)
        assert learner_after.attempts == 1


def restart_worker(stack, ready=True, **settings):
    stack.drop_workers()
    stack.start_worker(ready=ready, **settings)


def test_an_outage_longer_than_the_lease_voids_no_work(stack, llm):
    restart_worker(stack, worker_lease="1s", worker_heartbeat="300ms",
                   worker_sweep="200ms", database_statement_timeout="600ms")
    held = llm.hold(says("Still mine."))
    learner, ticket = ask(stack)
    held.wait_arrived()
    stack.postgres.stop()
    stopped = time.monotonic()
    until(lambda: time.monotonic() > stopped + 1.5, 3, "the lease is over")
    start_database(stack)
    until(lambda: stack.one("SELECT count(*) FROM coatcheck.lease"
                            " WHERE lease_until > clock_timestamp()"), 5,
          "it is renewed")
    held.release()
    assert learner.collect_answer(ticket, 20)["answer"] == "Still mine."
    assert (stack.job_row(ticket).attempts, len(llm.calls)) == (1, 1)


def test_a_refusal_that_passes_costs_no_answer(stack, llm):
    learner, ticket = ask(stack)
    learner.collect_answer(ticket)
    held = llm.hold(says("Kept through the refusals."))
    learner, ticket = ask(stack)
    held.wait_arrived()
    stack.sql("REVOKE EXECUTE ON FUNCTION coatcheck.settle"
              " FROM coatcheck_worker")
    try:
        held.release()
        worker = stack.workers[0]
        until(lambda: worker.log().count("sqlstate=42501") >= 3, 10,
              "it is refused, again and again")
    finally:
        stack.sql("GRANT EXECUTE ON FUNCTION coatcheck.settle"
                  " TO coatcheck_worker")
    result = learner.collect_answer(ticket, within=20)
    assert result["answer"] == "Kept through the refusals."
    assert stack.job_row(ticket).attempts == 1


def test_the_server_ends_what_the_worker_gives_up(stack):
    """Else it goes on, with its locks, and may commit much later."""
    restart_worker(stack, database_statement_timeout="1s")
    other = psycopg2.connect(stack.postgres.url(), application_name="test")
    try:
        other.cursor().execute("LOCK TABLE campus.chunk")
        learner, ticket = ask(stack)
        stack.workers[0].wait_log("sqlstate=57014")
        assert "no answer in time" not in stack.workers[0].log()
    finally:
        other.close()
    learner.collect_answer(ticket)


def test_once_does_not_wait_for_a_database(stack):
    stack.postgres.stop()
    worker = stack.start_worker(
        "--once", ready=False, database_connect_timeout="300ms")
    assert worker.wait(within=5) == 1
    start_database(stack)
    worker = stack.start_worker(
        "--once", ready=False, database_connect_timeout="1s")
    assert worker.wait(within=10) == 0


def test_after_a_cut_the_worker_listens_again(stack):
    """It polls once an hour: only a notification can tell it."""
    restart_worker(stack, worker_poll="1h")

    def sessions():
        return {row.pid for row in stack.sql(
            "SELECT pid FROM pg_stat_activity"
            " WHERE application_name = 'coatcheck-worker listen'"
            " AND state = 'idle' AND query LIKE 'LISTEN%%'")}
    before = until(sessions, 5, "a session listens")
    stack.postgres.cut_connections()
    until(lambda: sessions() - before, 10, "another session listens")
    for _ in range(3):
        learner, ticket = ask(stack)
        learner.collect_answer(ticket, within=3)


def test_a_worker_may_start_before_the_database(stack):
    stack.postgres.stop()
    restart_worker(stack, ready=False)
    start_database(stack)
    learner, ticket = ask(stack)
    assert learner.collect_answer(ticket, 15)["engine"] == "llm"


def test_tickets_under_connection_cuts_are_all_honoured(stack, llm):
    """Every 202 is a job that ends, also when its connection broke."""
    kept = []
    for n in range(60):
        if n % 5 == 0:
            stack.postgres.cut_connections()
        learner, reply = ask(stack)
        assert reply.status in (202, 503), reply
        if reply.status == 202:
            kept.append((learner, reply))
    assert len(kept) > 40
    for learner, ticket in kept:
        learner.collect_answer(ticket, within=30)
    assert stack.job_count() >= len(kept)
    assert stack.one("SELECT count(*) FROM coatcheck.result") == (
        stack.job_count())


def test_too_few_connections_are_an_honest_503(stack):
    """The server refuses new sessions: no ticket, and no crash."""
    stack.sql("ALTER ROLE coatcheck_web CONNECTION LIMIT 0")
    try:
        stack.postgres.cut_connections()
        _, reply = ask(stack)
        assert_problem(reply, 503, reply.json["detail"])
    finally:
        stack.sql("ALTER ROLE coatcheck_web CONNECTION LIMIT -1")

    def accepted():
        learner, reply = ask(stack)
        return reply.status == 202 and learner.collect_answer(reply)
    until(accepted, 10, "tickets are given again")
