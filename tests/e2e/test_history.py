"""
What a conversation holds: each question once, with its job; each answer once,
with the completion; whatever happens in between.
"""
import contextlib

from lib.prompts import calls_for, kind
from lib.provider import fails, says
from lib.sample import WEB, flat, new_user, topic_id
from lib.wait import until

QUESTION = "What is recursion?"


def ask(site, user):
    return site.learner(user).ask_course(WEB, topic_id(WEB, 4), QUESTION)


def test_fault_04_question_and_answer_are_stored_once(site):
    user = new_user()
    site.start_worker()
    learner = site.learner(user)
    answers = [learner.collect_answer(ask(site, user))["answer"]
               for _ in range(2)]
    assert site.messages(user) == [
        ("user", QUESTION), ("assistant", answers[0]),
        ("user", QUESTION), ("assistant", answers[1])]


def test_fault_04_a_question_is_there_before_its_answer(site):
    user = new_user()
    ask(site, user)
    assert site.messages(user) == [("user", QUESTION)]


def test_fault_14_a_retry_repeats_no_effect(site, provider):
    user = new_user()
    provider.script(fails(500), says("Second time lucky."))
    site.start_worker(llm_base_url=provider.url)
    ticket = ask(site, user)
    site.learner(user).collect_answer(ticket)
    assert site.job_row(ticket).attempts == 2
    assert site.messages(user) == [
        ("user", QUESTION), ("assistant", "Second time lucky.")]


def test_a_conversation_is_summed_up_after_the_answer(site, provider):
    user = new_user()
    provider.usual = lambda call: says(
        "They spoke of recursion." if kind(call) == "summary"
        else "It is a call of itself.")(call)
    site.start_worker(llm_base_url=provider.url, assistant_summary_after=3,
                      assistant_history=2)
    for _ in range(2):
        site.learner(user).collect_answer(ask(site, user))
    row = until(lambda: next(iter(site.sql(
        "SELECT * FROM campus.chat_session WHERE user_id = %s"
        " AND summary IS NOT NULL", user)), None), 10, "there is a summary")
    assert row.summary == "They spoke of recursion."
    assert row.summary_job is None
    site.learner(user).collect_answer(ask(site, user))
    assert "They spoke of recursion." in calls_for(
        provider, "course")[-1].prompt


def test_a_cancelled_question_stays_without_an_answer(site):
    user = new_user()
    learner, ticket = site.learner(user), ask(site, user)
    assert learner.cancel(ticket).status == 200
    site.start_worker("--once", ready=False).wait(10)
    assert site.messages(user) == [("user", QUESTION)]


@contextlib.contextmanager
def no_answer_can_be_written(site):
    site.sql("ALTER TABLE campus.chat_message ADD CONSTRAINT refuse"
             " CHECK (role <> 'assistant') NOT VALID")
    try:
        yield
    finally:
        site.sql("ALTER TABLE campus.chat_message DROP CONSTRAINT refuse")


def test_answer_and_message_commit_together_or_not_at_all(site):
    """The message cannot be written: then the job is not completed either."""
    user = new_user()
    with no_answer_can_be_written(site):
        ticket = ask(site, user)
        site.start_worker()
        assert site.wait_failure(ticket).error_code == "effects_failed"
        assert site.one("SELECT count(*) FROM coatcheck.result") == 0
    result = site.learner(user).collect_answer(ticket)
    assert site.messages(user) == [
        ("user", QUESTION), ("assistant", result["answer"])]
    assert "calling itself" in flat(result["answer"])


def test_attempts_run_out_and_the_owner_is_told(site):
    user = new_user()
    with no_answer_can_be_written(site):
        ticket = ask(site, user)
        site.start_worker()
        job = site.learner(user).collect(ticket)
    assert job == {
        "jobId": ticket.json["jobId"], "status": "FAILED",
        "error": "The result could not be stored.", "code": "effects_failed"}
    assert site.job_row(ticket).attempts == 3
    assert site.messages(user) == [("user", QUESTION)], "it is kept"
