"""
Which provider is asked: fallback, circuits, buckets and budgets, as one for all
workers. What single replies mean is in test_provider.py.
"""
import os

import pytest

from lib.provider import Provider, fails, says
from lib.sample import WEB, new_user, topic_id
from lib.wait import until

QUESTION = "What is recursion?"


@pytest.fixture
def backup():
    with Provider(says("From the backup.")) as p:
        yield p


def ask(site):
    learner = site.learner(new_user())
    return learner, learner.ask_course(WEB, topic_id(WEB), QUESTION)


def answer(site):
    learner, ticket = ask(site)
    result = learner.collect_answer(ticket, 20)
    return result["engine"], result["answer"], site.job_row(ticket).attempts


def start(site, provider, backup=None, **settings):
    second = {} if backup is None else {
        "llm backup_base_url": backup.url, "llm backup_model": "second"}
    return site.start_worker(llm_base_url=provider.url,
                             llm_api_key="sk-test", **second, **settings)


def circuit(site, provider="main"):
    rows = site.sql("SELECT * FROM llm.providers() WHERE provider = %s",
                    provider)
    return rows[0] if rows else None


def spent(site, tenant="*"):
    rows = site.sql("SELECT * FROM llm.budget() WHERE tenant = %s", tenant)
    return rows[0] if rows else None


def wait_settled(site):
    """What is reported comes a moment after the answer."""
    until(lambda: site.one("SELECT count(*) = 0 FROM llm.reservation"), 10,
          "every call has been reported")


@pytest.fixture(autouse=True)
def fresh(site):
    yield
    site.drop_workers()
    site.sql("TRUNCATE llm.provider_state, llm.reservation, llm.budget_day,"
             " llm.usage")


@pytest.mark.parametrize("trouble", [
    fails(503), fails(429), fails(429, code="insufficient_quota"), fails(401),
    fails(404), fails(400), says("")],
    ids=["503", "429", "quota", "401", "404", "400", "empty"])
def test_the_next_provider_answers_in_the_same_attempt(
        site, provider, backup, trouble):
    provider.script(trouble)
    start(site, provider, backup)
    assert answer(site) == ("llm", "From the backup.", 1)
    assert (len(provider.calls), len(backup.calls)) == (1, 1)
    assert backup.calls[0].request["model"] == "second"


def test_a_refused_key_is_not_tried_again_until_it_is_another(
        site, provider, backup, tmp_path):
    key = tmp_path / "key"
    key.write_text("sk-old\n", encoding="utf-8")
    os.chmod(key, 0o640)
    provider.script(fails(401))
    worker = site.start_worker(
        llm_base_url=provider.url, llm_api_key_file=str(key),
        **{"llm backup_base_url": backup.url})
    assert answer(site)[1] == "From the backup."
    until(lambda: circuit(site).circuit == "open", 10, "the circuit is open")
    assert answer(site)[1] == "From the backup."
    assert len(provider.calls) == 1
    key.write_text("sk-new-one\n", encoding="utf-8")
    assert answer(site) == ("llm", "The usual answer.", 1)
    assert provider.calls[1].key == "sk-new-one"
    assert "llm_circuit_opened" in worker.log()
    for secret in ("sk-old", "sk-new-one"):
        assert secret not in worker.log()


def test_five_failures_open_the_circuit_and_a_probe_closes_it(site, provider):
    provider.usual = fails(500)
    start(site, provider)
    for _ in range(2):
        assert answer(site)[0] == "extractive"
    until(lambda: circuit(site).circuit == "open", 10, "the circuit is open")
    assert len(provider.calls) == 5, "the sixth was not sent"
    assert answer(site)[0] == "extractive"
    assert len(provider.calls) == 5
    provider.usual = says("Here again.")
    site.sql("UPDATE llm.provider_state SET open_until = now()")
    assert answer(site) == ("llm", "Here again.", 1)
    until(lambda: circuit(site).circuit == "closed", 10, "it is closed")


def test_a_429_makes_others_wait_and_costs_them_no_attempt(site, provider):
    provider.script(fails(429, retry_after=2))
    start(site, provider)
    first, ticket = ask(site)
    site.wait_failure(ticket)
    until(lambda: circuit(site).paused_ms > 0, 10, "the provider is paused")
    assert answer(site) == ("llm", "The usual answer.", 1)
    assert first.collect(ticket)["status"] == "COMPLETED"
    early, *late = [call.at for call in provider.calls]
    assert len(late) == 2 and min(late) - early > 1.5


def test_a_rate_holds_for_all_workers_together(site, provider):
    for _ in range(2):
        start(site, provider, llm_rpm=60)
    assert answer(site)[0] == "llm"
    site.sql("UPDATE llm.provider_state SET requests_left = 2")
    for learner, ticket in [ask(site) for _ in range(4)]:
        result = learner.collect_answer(ticket, 20)
        assert result["engine"] == "llm"
        assert site.job_row(ticket).attempts == 1
    times = [call.at for call in provider.calls]
    assert 1.5 < times[4] - times[1] < 5, "two at once, then one a second"


def test_a_day_has_its_budget(site, provider):
    worker = start(site, provider, llm_price_in="1", llm_price_out="2",
                   budget_tokens=4000)
    while True:
        engine, _, attempts = answer(site)
        assert attempts == 1
        wait_settled(site)
        if engine == "extractive":
            break
        site.sql("UPDATE llm.budget_day SET tokens = tokens + 1000")
    asked = len(provider.calls)
    assert 1 <= asked < 4
    assert answer(site)[0] == "extractive"
    assert len(provider.calls) == asked
    assert spent(site).tokens == asked * 1015
    assert spent(site, "default").cost_micros == asked * 20
    assert worker.log().count("llm_budget_nearly_used") <= 1


def test_what_a_dead_worker_had_reserved_is_spent(site, provider):
    held = provider.hold()
    worker = start(site, provider, worker_lease="2s", worker_heartbeat="500ms",
                   worker_sweep="500ms", database_statement_timeout="1s")
    ask(site)
    held.wait_arrived()
    worker.kill()
    reserved = spent(site).reserved_tokens
    assert reserved > 500
    site.sql("UPDATE llm.reservation SET expires_at = now()")
    start(site, provider)
    assert answer(site)[0] == "llm"
    wait_settled(site)
    assert spent(site).tokens >= reserved + 15


def test_without_the_gate_calls_go_all_the_same(site, provider):
    start(site, provider)
    site.sql("REVOKE EXECUTE ON FUNCTION llm.admit(jsonb, jsonb)"
             " FROM coatcheck_worker")
    try:
        assert answer(site) == ("llm", "The usual answer.", 1)
    finally:
        site.sql("GRANT EXECUTE ON FUNCTION llm.admit(jsonb, jsonb)"
                 " TO coatcheck_worker")
