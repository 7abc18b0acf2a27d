"""What calls cost: the ledger, and budgets of a day and a tenant."""
import contextlib

from lib.asking import (QUESTION, answer, ask, assert_by_model,
                        assert_extracted, start)
from lib.provider import fails, says
from lib.sample import WEB, new_user
from lib.wait import until

PRICES = {"llm_price_in": "2.00", "llm_price_cached": "0.50",
          "llm_price_out": "8.00"}


def test_what_a_call_cost_is_in_the_ledger(site, provider):
    provider.script(says("Paid.", usage={
        "prompt_tokens": 1000, "completion_tokens": 100,
        "total_tokens": 1100,
        "prompt_tokens_details": {"cached_tokens": 400}}))
    start(site, provider, **PRICES)
    learner, ticket = ask(site)
    learner.collect_answer(ticket)
    (row,) = site.ledger(ticket)
    # 600 of 2.00, 400 of 0.50 and 100 of 8.00 for a million each
    assert row.cost_micros == 1200 + 200 + 800
    assert (row.kind, row.outcome, row.tenant) == (
        "chat", "completed", "default")
    day = site.sql("SELECT * FROM llm.budget_day WHERE tenant = '*'")[0]
    assert (day.tokens, day.cost_micros) == (1100, 2200)
    assert (day.reserved_tokens, day.reserved_micros) == (0, 0)
    assert site.one("SELECT count(*) FROM llm.reservation") == 0


def test_the_days_budget_ends_the_calls(site, provider):
    provider.usual = says("Paid.", usage={
        "prompt_tokens": 3000, "completion_tokens": 500,
        "total_tokens": 3500})
    start(site, provider, budget_tokens="6000")
    for _ in range(2):
        assert_by_model(answer(site), "Paid.")
    for _ in range(2):
        assert_extracted(answer(site))
    assert len(provider.calls) == 2
    site.sql("UPDATE llm.budget_day SET day = day - 1")
    assert_by_model(answer(site), "Paid.")


def test_parallel_calls_cannot_pass_the_budget(site, provider):
    """What is reserved counts, so twenty at once do not spend it twenty
    times over."""
    held = [provider.hold() for _ in range(20)]
    start(site, provider, budget_tokens="6000")
    asked = [ask(site) for _ in held]
    extracted = 0
    for learner, ticket in asked:
        until(lambda: learner.job(ticket).json["status"] == "COMPLETED"
              or len(provider.calls) > 0, 10, "it is asked, or not")
    until(lambda: site.one("SELECT count(*) FROM coatcheck.lease")
          == len(provider.calls), 10, "all others have ended")
    assert 1 <= len(provider.calls) < 20
    for each in held:
        each.release()
    for learner, ticket in asked:
        extracted += learner.collect_answer(ticket)["engine"] == "extractive"
    assert extracted == 20 - len(provider.calls)


def test_a_tenant_spends_its_own_budget(site, provider):
    provider.usual = says("Paid.", usage={
        "prompt_tokens": 5000, "completion_tokens": 0, "total_tokens": 5000})
    start(site, provider, budget_tenant_tokens="4000")
    site.sql("UPDATE campus.course SET tenant = 'other' WHERE slug = %s", WEB)
    try:
        assert_by_model(answer(site), "Paid.")
        assert_extracted(answer(site))
        visitor = site.visitor
        result = visitor.collect_answer(visitor.ask_landing(
            "How much does Everyday Statistics on demand cost?"))
        assert result["engine"] == "llm", "visitors are another tenant"
    finally:
        site.sql("UPDATE campus.course SET tenant = 'default'")


# --- the ledger

def test_the_ledger_has_each_call_once(site, provider):
    provider.script(fails(500), fails(503), says("At last."))
    start(site, provider)
    learner, ticket = ask(site)
    assert_by_model(learner.collect_answer(ticket), "At last.")
    rows = site.ledger(ticket)
    assert [row.seq for row in rows] == [1, 2, 3]
    assert [row.outcome == "completed" for row in rows] == [False, False,
                                                            True]


@contextlib.contextmanager
def no_ledger(site):
    site.sql("ALTER TABLE llm.usage ADD CONSTRAINT refuse CHECK (false)"
             " NOT VALID")
    try:
        yield
    finally:
        site.sql("ALTER TABLE llm.usage DROP CONSTRAINT refuse")


def test_the_ledger_commits_with_the_job(site, provider):
    """It cannot be written: then the job is not completed either, and no
    answer is in the conversation."""
    user = new_user()
    with no_ledger(site):
        start(site, provider)
        learner, ticket = ask(site, user=user)
        site.wait_failure(ticket)
        assert site.one("SELECT count(*) FROM coatcheck.result") == 0
        assert site.messages(user) == [("user", QUESTION)]
    learner.collect_answer(ticket)
    assert len(site.messages(user)) == 2
    assert sum(r.outcome == "completed" for r in site.ledger(ticket)) >= 1


def test_a_killed_worker_leaves_no_money_behind(site, provider):
    """Its call is counted as spent, once, and the job's answer once."""
    lease = {"worker_lease": "1s", "worker_heartbeat": "300ms",
             "database_statement_timeout": "600ms", "worker_sweep": "200ms"}
    held = provider.hold()
    first = start(site, provider, **lease)
    user = new_user()
    learner, ticket = ask(site, user=user)
    held.wait_arrived()
    first.kill()
    start(site, provider, **lease)
    assert_by_model(learner.collect_answer(ticket), "The usual answer.")
    assert [m[1] for m in site.messages(user)] == [QUESTION,
                                                   "The usual answer."]
    assert sum(r.outcome == "completed" for r in site.ledger(ticket)) == 1
    site.sql("UPDATE llm.reservation SET expires_at = clock_timestamp()")
    assert_by_model(answer(site), "The usual answer.")
    until(lambda: site.one("SELECT count(*) FROM llm.reservation") == 0, 15,
          "what the dead worker had reserved has run out")
