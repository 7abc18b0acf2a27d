"""Which provider is asked, and when: fallback, circuits, buckets."""
import pytest

from lib import troubles
from lib.asking import answer, ask, assert_by_model, assert_extracted, start
from lib.provider import Provider, fails, hangs_up, says
from lib.wait import until


@pytest.fixture
def second():
    with Provider(says("From the second.")) as p:
        yield p


def calls_of(*providers):
    return [len(p.calls) for p in providers]


# --- fallback

FALLBACK = {
    "500": fails(500), "401": fails(401), "404": fails(404),
    "429": fails(429, retry_after=30), "no-answer": hangs_up(),
    "quota": troubles.QUOTA["insufficient-quota"],
    "cut": troubles.ends_early(),
}


@pytest.mark.parametrize("trouble", FALLBACK.values(), ids=FALLBACK.keys())
def test_the_second_answers_at_once(site, provider, second, trouble):
    """Within the same attempt, with its own model and key."""
    provider.usual = trouble
    start(site, provider, second, sections={
        "llm backup1.model": "model-2", "llm backup1.api_key": "sk-second"})
    learner, ticket = ask(site)
    assert_by_model(learner.collect_answer(ticket, 5), "From the second.")
    assert calls_of(provider, second) == [1, 1]
    assert site.job_row(ticket).attempts == 1
    (call,) = second.calls
    assert (call.request["model"], call.key) == ("model-2", "sk-second")
    assert [row.provider for row in site.ledger(ticket)] == ["main",
                                                             "backup1"]


def test_the_order_is_that_of_the_file(site, provider, second):
    start(site, provider, second)
    for _ in range(3):
        assert_by_model(answer(site), "The usual answer.")
    assert calls_of(provider, second) == [3, 0]


def test_when_all_are_down_the_course_text_answers(site, provider, second):
    provider.usual = fails(401)
    second.usual = troubles.QUOTA["402"]
    start(site, provider, second)
    assert_extracted(answer(site))
    assert_extracted(answer(site))
    assert calls_of(provider, second) == [1, 1]


# --- the circuit

def open_circuit(site, provider):
    """Questions until the provider is not asked any more."""
    for _ in range(12):
        before = len(provider.calls)
        answer(site)
        if len(provider.calls) == before:
            return
    raise AssertionError("it is asked again and again")


def test_a_circuit_opens_and_one_probe_closes_it(site, provider, second):
    provider.usual = fails(500)
    for _ in range(2):
        start(site, provider, second)
    open_circuit(site, provider)
    held = provider.hold(says("I am back."))
    site.sql("UPDATE llm.provider_state SET open_until = clock_timestamp()"
             " WHERE provider = 'main'")
    before, asked = len(provider.calls), [ask(site)]
    held.wait_arrived()
    asked += [ask(site) for _ in range(10)]
    for learner, ticket in asked[1:]:
        assert_by_model(learner.collect_answer(ticket), "From the second.")
    assert len(provider.calls) == before + 1, "one probe, of two workers"
    provider.usual = says("As ever.")
    held.release()
    learner, ticket = asked[0]
    assert_by_model(learner.collect_answer(ticket), "I am back.")
    assert_by_model(answer(site), "As ever.")


def test_a_probe_that_fails_keeps_it_open(site, provider, second):
    provider.usual = fails(500)
    start(site, provider, second)
    open_circuit(site, provider)
    site.sql("UPDATE llm.provider_state SET open_until = clock_timestamp()"
             " WHERE provider = 'main'")
    before = len(provider.calls)
    for _ in range(3):
        assert_by_model(answer(site), "From the second.")
    assert len(provider.calls) == before + 1


# --- the bucket

def test_a_429_stops_every_worker(site, provider):
    """Two workers, one bucket: whoever was told to wait, all wait."""
    provider.script(fails(429, retry_after=2))
    for _ in range(2):
        start(site, provider, worker_in_flight_max="4")
    asked = [ask(site)]
    until(lambda: site.one("SELECT count(*) FROM llm.provider_state"
                           " WHERE paused_until > clock_timestamp()"), 5,
          "the provider is paused")
    asked += [ask(site) for _ in range(8)]
    for learner, ticket in asked:
        assert_by_model(learner.collect_answer(ticket), "The usual answer.")
    first, *others = provider.calls
    assert len(others) == 9
    assert min(call.at for call in others) - first.at >= 1.9


def test_requests_a_minute_are_shared(site, provider, second):
    """Six a minute for two workers; what is over goes to the second."""
    for _ in range(2):
        start(site, provider, second, llm_rpm="6",
              sections={"llm backup1.rpm": "0"})
    asked = [ask(site) for _ in range(20)]
    for learner, ticket in asked:
        assert learner.collect_answer(ticket)["engine"] == "llm"
        assert site.job_row(ticket).attempts == 1
    assert 1 <= len(provider.calls) <= 8
    assert sum(calls_of(provider, second)) == 20


def test_waiting_for_the_bucket_takes_no_attempt(site, provider):
    start(site, provider, llm_rpm="120")
    provider.usual = says("In its turn.", headers={
        "x-ratelimit-limit-requests": "120",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "6m0s"})
    asked = [ask(site) for _ in range(4)]
    for learner, ticket in asked:
        assert_by_model(learner.collect_answer(ticket, 15), "In its turn.")
        assert site.job_row(ticket).attempts == 1
