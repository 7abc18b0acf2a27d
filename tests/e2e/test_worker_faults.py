"""Workers that die, stall, stop or meet what they do not know."""
import contextlib
import signal
import time

import psycopg2
import pytest

from lib.process import cpu_share
from lib.provider import fails, says
from lib.sample import WEB, new_user, topic_id
from lib.wait import until

# Leases that run out within a test.
SHORT = {"worker_lease": "1s", "worker_heartbeat": "300ms",
         "database_statement_timeout": "600ms",
         "worker_sweep": "200ms", "worker_poll": "200ms"}
QUESTION = "What is recursion?"


def ask(site, user=None, question=QUESTION):
    learner = site.learner(user or new_user())
    return learner, learner.ask_course(WEB, topic_id(WEB, 4), question)


# --- death

def test_a_killed_worker_loses_nothing(site, provider):
    user, held = new_user(), provider.hold()
    first = site.start_worker(llm_base_url=provider.url, **SHORT)
    learner, ticket = ask(site, user)
    held.wait_arrived()
    first.kill()
    provider.script(says("From the second worker."))
    site.start_worker(llm_base_url=provider.url, **SHORT)

    result = learner.collect_answer(ticket)
    assert result["answer"] == "From the second worker."
    assert site.job_row(ticket).attempts == 2
    assert site.one("SELECT count(*) FROM coatcheck.result") == 1
    assert site.messages(user) == [
        ("user", QUESTION), ("assistant", "From the second worker.")]
    assert site.wait_failure(ticket).error_code == "worker_lost"


def test_fault_12_exhausted_stale_job_fails(site, provider):
    """Three workers die over it; then it ends, and its owner is told."""
    learner, ticket = ask(site)
    for _ in range(3):
        held = provider.hold()
        worker = site.start_worker(llm_base_url=provider.url, **SHORT)
        held.wait_arrived()
        worker.kill()
    site.start_worker(llm_base_url=provider.url, **SHORT)
    job = learner.collect(ticket)
    assert (job["status"], job["code"]) == ("FAILED", "worker_lost")
    assert job["error"] == (
        "The work was interrupted too often. Please try again.")
    assert len(provider.calls) == 3


def test_a_long_job_is_not_run_twice(site, provider):
    """It outlives its lease four times; heartbeats renew it."""
    held = provider.hold(says("Slow but whole."))
    for _ in range(2):
        site.start_worker(llm_base_url=provider.url, **SHORT)
    learner, ticket = ask(site)
    held.wait_arrived()
    claimed = site.job_row(ticket).locked_at
    until(lambda: site.one(
        "SELECT clock_timestamp() > %s + interval '4 s'", claimed), 10,
        "four leases have passed")
    held.release()
    assert learner.collect_answer(ticket)["answer"] == "Slow but whole."
    assert (site.job_row(ticket).attempts, len(provider.calls)) == (1, 1)


# --- pause

def test_fault_13_a_paused_worker_changes_nothing(site, provider):
    user, held = new_user(), provider.hold(says("Late, from the paused one."))
    paused = site.start_worker(llm_base_url=provider.url, **SHORT)
    learner, ticket = ask(site, user)
    held.wait_arrived()
    paused.pause()

    provider.script(says("From the other one."))
    site.start_worker(llm_base_url=provider.url, **SHORT)
    before = learner.collect_answer(ticket)
    assert before["answer"] == "From the other one."
    held.release()  # its reply waits in the paused worker's socket
    paused.resume()
    paused.wait_log(r"fenced|lost")

    assert learner.collect_answer(ticket) == before
    assert site.job_row(ticket).attempts == 2
    assert site.messages(user) == [
        ("user", QUESTION), ("assistant", "From the other one.")]
    provider.script(says("It works on."))
    _, after = ask(site, user)
    assert learner.collect_answer(after)["answer"] in (
        "It works on.", "The usual answer.")


# --- stop

@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stopped_worker_hands_back_what_it_has(site, provider, number):
    held = [provider.hold() for _ in range(5)]
    worker = site.start_worker(llm_base_url=provider.url, worker_drain="1s")
    asked = [ask(site) for _ in held]
    for each in held:
        each.wait_arrived()
    started = time.monotonic()
    worker.signal(number)
    assert worker.wait(within=6) == 0
    assert time.monotonic() - started > 0.8, "it did not wait for them"
    for each in held:
        each.wait_cut()
    for learner, ticket in asked:
        job = learner.job(ticket).json
        assert (job["status"], job["attempts"]) == ("PENDING", 0)
    assert site.one("SELECT count(*) FROM coatcheck.worker"
                    " WHERE stopped_at IS NULL AND pid = %s",
                    worker.pid) == 0

    site.start_worker(llm_base_url=provider.url)
    for learner, ticket in asked:
        assert learner.collect_answer(ticket)["engine"] == "llm"
        assert site.job_row(ticket).attempts == 1


def test_a_stopped_worker_finishes_what_ends_in_time(site, provider):
    held = provider.hold(says("In time."))
    worker = site.start_worker(llm_base_url=provider.url)
    learner, ticket = ask(site)
    held.wait_arrived()
    worker.signal(signal.SIGTERM)
    worker.wait_log("drain|stop")
    _, unclaimed = ask(site)
    held.release()
    assert worker.wait(within=5) == 0
    assert learner.collect_answer(ticket)["answer"] == "In time."
    assert site.job_row(unclaimed).status == "PENDING"


def test_a_second_signal_skips_the_wait(site, provider):
    held = provider.hold()
    worker = site.start_worker(llm_base_url=provider.url, worker_drain="60s")
    _, ticket = ask(site)
    held.wait_arrived()
    worker.signal(signal.SIGTERM)
    worker.wait_log("drain|stop")
    worker.signal(signal.SIGTERM)
    assert worker.wait(within=5) == 0
    row = site.job_row(ticket)
    assert (row.status, row.attempts) == ("PENDING", 0)


def test_an_idle_worker_stops_at_once(site):
    worker = site.start_worker()
    started = time.monotonic()
    assert worker.stop(number=signal.SIGTERM) == 0
    assert time.monotonic() - started < 2


def test_once_does_all_there_is_and_ends(site):
    tickets = [ask(site) for _ in range(10)]
    worker = site.start_worker("--once", ready=False)
    assert worker.wait(within=15) == 0
    for learner, ticket in tickets:
        assert learner.job(ticket).json["status"] == "COMPLETED"


def test_for_a_while(site):
    worker = site.start_worker("--for", "1s", ready=False)
    learner, ticket = ask(site)
    learner.collect_answer(ticket)
    assert worker.wait(within=6) == 0


# --- locks of others

@contextlib.contextmanager
def locked(site, statement, *values):
    """Somebody else's transaction that takes its time."""
    connection = psycopg2.connect(site.postgres.url(), application_name="test")
    try:
        connection.cursor().execute(statement, values or None)
        yield
    finally:
        connection.close()


def test_a_locked_conversation_holds_up_nobody_else(site, provider):
    """Nor is its own answer paid for twice, though its lease would have run
    out meanwhile."""
    user = new_user()
    site.start_worker(
        llm_base_url=provider.url, worker_lease="4s", worker_sweep="200ms",
        worker_heartbeat="500ms", database_statement_timeout="3s")
    held = provider.hold(says("Patience."))
    learner, ticket = ask(site, user)
    held.wait_arrived()
    claimed = site.job_row(ticket).locked_at
    with locked(site, "SELECT FROM campus.chat_session WHERE user_id = %s"
                " FOR UPDATE", user):
        held.release()
        until(lambda: site.one("SELECT count(*) FROM pg_locks"
                               " WHERE NOT granted"), 5, "the worker waits")
        for _ in range(3):
            other, after = ask(site)
            other.collect_answer(after, within=8)
        until(lambda: site.one(
            "SELECT clock_timestamp() > %s + interval '5 s'", claimed), 10,
            "a lease has passed")
        assert learner.job(ticket).json["status"] == "PROCESSING"
    assert learner.collect_answer(ticket, 25)["answer"] == "Patience."
    assert site.job_row(ticket).attempts == 1
    assert len(provider.calls) == 4


def test_a_locked_type_holds_up_nothing(site):
    site.start_worker()
    learner, ticket = ask(site)
    learner.collect_answer(ticket)
    with locked(site, "SELECT FROM coatcheck.job_type FOR NO KEY UPDATE"):
        seen = site.one("SELECT max(seen_at) FROM coatcheck.worker")
        until(lambda: site.one("SELECT max(seen_at) > %s FROM"
                               " coatcheck.worker", seen), 8, "a beat")
        learner, ticket = ask(site)
        learner.collect_answer(ticket, within=3)


# --- what it does not know, and how it shares

def test_an_unknown_type_fails_at_once(site):
    site.start_worker()
    job = site.enqueue("NO_SUCH_TYPE")
    row = site.wait_job(job, "FAILED")
    assert row.error_message == "Unknown job type: NO_SUCH_TYPE"
    assert row.attempts == 1
    assert site.one("SELECT error_code FROM coatcheck.result") == (
        "unknown_type")


@pytest.mark.parametrize("payload", ["{}", "[]", '"text"', "null",
                                     '{"question": 7, "courseId": "x"}'])
def test_a_payload_that_makes_no_sense_fails_at_once(site, payload):
    worker = site.start_worker()
    for job_type in ("AI_QUERY", "LANDING_QUERY"):
        row = site.wait_job(site.enqueue(job_type, payload), "FAILED")
        assert row.attempts == 1
        assert row.error_message
    assert worker.alive()


def test_types_of_others_are_left_alone(site):
    site.start_worker(worker_types="LANDING_QUERY")
    other = site.enqueue("SEND_EMAIL")
    ticket = site.visitor.ask_landing("Which workshops are there?")
    site.visitor.collect_answer(ticket)
    site.wait_job(other, "PENDING")


def test_an_attempt_has_a_hard_end(site):
    """However long the search is held up and heartbeats go on."""
    site.start_worker(worker_deadline="1s", worker_heartbeat="200ms",
                      worker_lease="5s", database_statement_timeout="4s")
    held = psycopg2.connect(site.postgres.url())
    try:
        held.cursor().execute("LOCK TABLE campus.chunk")
        learner, ticket = ask(site)
        failure = site.wait_failure(ticket, within=3)
        assert failure.error_code == "attempt_timeout"
    finally:
        held.close()
    assert learner.collect_answer(ticket)["engine"] == "extractive"


def test_fault_08_jobs_overlap(site, provider):
    """Twenty calls are open at once: no job waits for another's provider."""
    held = [provider.hold() for _ in range(20)]
    site.start_worker(llm_base_url=provider.url)
    asked = [ask(site) for _ in held]
    for each in held:
        each.wait_arrived()
    assert site.one("SELECT count(*) FROM coatcheck.lease") == 20
    for each in held:
        each.release()
    for learner, ticket in asked:
        assert learner.collect_answer(ticket)["answer"] == "The held answer."


def test_no_more_in_flight_than_allowed(site, provider):
    held = [provider.hold() for _ in range(2)]
    site.start_worker(llm_base_url=provider.url, worker_in_flight_max="2")
    asked = [ask(site) for _ in range(6)]
    for each in held:
        each.wait_arrived()
    assert site.one("SELECT count(*) FROM coatcheck.lease") == 2
    assert site.one("SELECT count(*) FROM coatcheck.ready") == 4
    for each in held:
        each.release()
    for learner, ticket in asked:
        learner.collect_answer(ticket)
    assert len(provider.calls) == 6


def test_fault_19_learners_go_before_visitors(site, provider):
    """One slot, ten visitors in line, and a learner who comes last."""
    for _ in range(10):
        site.visitor.ask_landing(
            "How much does Everyday Statistics on demand cost?")
    learner, ticket = ask(site)
    site.start_worker(llm_base_url=provider.url, worker_in_flight_max="1")
    learner.collect_answer(ticket)
    assert QUESTION in provider.calls[0].prompt


def test_two_workers_never_take_the_same_job(site, provider):
    for _ in range(2):
        site.start_worker(llm_base_url=provider.url)
    asked = [ask(site) for _ in range(40)]
    for learner, ticket in asked:
        learner.collect_answer(ticket)
    assert len(provider.calls) == 40
    assert site.one("SELECT count(*) FROM coatcheck.result"
                    " WHERE attempts = 1") == 40


# --- waking

def test_fault_02_no_wait_for_a_poll(site):
    """A worker that polls once an hour answers at once: it is woken."""
    site.start_worker(worker_poll="1h")
    for _ in range(5):
        learner, ticket = ask(site)
        learner.collect_answer(ticket, within=2)


def test_without_notify_polling_finds_the_work(site):
    site.start_worker(worker_listen="no")
    for _ in range(3):
        learner, ticket = ask(site)
        learner.collect_answer(ticket, within=3)
        waited = site.one(
            "SELECT extract(epoch FROM r.claimed_at - j.created_at)"
            " FROM coatcheck.result r JOIN coatcheck.job j USING (job_id)"
            " WHERE job_id = %s", ticket.json["jobId"])
        assert waited < 2


def test_work_of_an_sql_caller_wakes_it_too(site):
    site.start_worker(worker_poll="1h")
    job = site.enqueue("LANDING_QUERY",
                       '{"question": "Which workshops are there?"}')
    site.wait_job(job, "COMPLETED", within=2)


def test_fault_01_idling_costs_little(site):
    """Five statements a second at most, and hardly any CPU."""
    site.sql("ALTER ROLE coatcheck_worker SET log_min_duration_statement = 0")
    try:
        worker = site.start_worker()
        learner, ticket = ask(site)
        learner.collect_answer(ticket)
        before = site.postgres.process.log().count(" execute s")
        assert cpu_share([worker], 3) < 0.02
        sent = site.postgres.process.log().count(" execute s") - before
        assert 3 <= sent <= 15
    finally:
        site.sql("ALTER ROLE coatcheck_worker"
                 " RESET log_min_duration_statement")


def test_backoff_grows(site, provider):
    provider.usual = fails(500)
    site.start_worker(llm_base_url=provider.url)
    learner, ticket = ask(site)
    learner.collect(ticket, 20)
    times = [row.claimed_at for row in site.sql(
        "SELECT claimed_at FROM coatcheck.attempt_failure UNION ALL"
        " SELECT claimed_at FROM coatcheck.result ORDER BY 1")]
    waits = [(b - a).total_seconds() for a, b in zip(times, times[1:])]
    assert len(waits) == 2
    assert 0.4 < waits[0] < 2 and 0.9 < waits[1] < 4, waits
