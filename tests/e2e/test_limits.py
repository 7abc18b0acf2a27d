"""What a learner may use: questions of a module, requests of a minute."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib.asking import QUESTION, ask
from lib.client import assert_problem
from lib.provider import fails
from lib.sample import (CLOSURE, DATABASES, POLYMORPHISM, WEB,
                        new_user, topic_id)
from lib.stack import NO_LIMITS, Stack

QUOTA = ("You've reached the tutor question limit for module {}. Please"
         " continue to the next module to unlock more questions.")
RATE = "Too many assistant requests. Please wait before trying again."


@pytest.fixture(scope="module")
def no_rate():
    """A site where only the quota counts."""
    with Stack(workers=0,
               settings={"assistant.requests_per_minute": "0"}) as stack:
        yield stack


@pytest.fixture
def desk(no_rate):
    yield no_rate
    no_rate.drop_workers()
    no_rate.forget()


def all_at_once(n, function):
    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(lambda _: function(), range(n)))


def used(site, user, module=1):
    return site.one("SELECT count(*) FROM campus.typed_question"
                    " WHERE user_id = %s AND module_no = %s", user, module)


# --- the quota

def test_five_questions_a_module(desk):
    user = new_user()
    for _ in range(5):
        assert ask(desk, user=user)[1].status == 202
    before = desk.job_count()
    _, refused = ask(desk, user=user)
    assert_problem(refused, 429, QUOTA.format(1))
    assert desk.job_count() == before and len(desk.messages(user)) == 5
    assert ask(desk, user=user, moduleNo=2)[1].status == 202
    assert ask(desk, user=user, where=DATABASES)[1].status == 202
    assert ask(desk)[1].status == 202, "another learner"


def test_fault_16_parallel_questions_cannot_pass_together(desk):
    """Four are used; of twenty at once one gets the fifth, and is answered."""
    user = new_user()
    for _ in range(4):
        ask(desk, user=user)
    replies = all_at_once(20, lambda: ask(desk, user=user)[1])
    assert sorted(r.status for r in replies) == [202] + [429] * 19
    desk.start_worker()
    (ticket,) = [r for r in replies if r.status == 202]
    desk.learner(user).collect_answer(ticket)
    assert used(desk, user) == 5


def test_a_failed_question_is_not_counted(desk):
    user = new_user()
    desk.sql("UPDATE coatcheck.job_type SET max_attempts = 1"
             " WHERE name = 'AI_QUERY'")
    try:
        _, ticket = ask(desk, user=user)
        assert used(desk, user) == 1
        desk.sql("UPDATE coatcheck.job SET payload = '{}' WHERE job_id = %s",
                 ticket.json["jobId"])
        desk.start_worker()
        assert desk.learner(user).collect(ticket)["status"] == "FAILED"
        assert used(desk, user) == 0
    finally:
        desk.sql("UPDATE coatcheck.job_type SET max_attempts = 3"
                 " WHERE name = 'AI_QUERY'")


def test_a_cancelled_question_is_not_counted(desk, provider):
    user = new_user()
    learner, waiting = ask(desk, user=user)
    assert learner.cancel(waiting).status == 200
    assert used(desk, user) == 0
    held = provider.hold()
    desk.start_worker(llm_base_url=provider.url)
    _, running = ask(desk, user=user)
    held.wait_arrived()
    assert learner.cancel(running).status == 202
    held.wait_cut()
    assert used(desk, user) == 0


def test_retries_count_once(desk, provider):
    user = new_user()
    provider.script(fails(503), fails(500))
    desk.start_worker(llm_base_url=provider.url)
    learner, ticket = ask(desk, user=user)
    learner.collect_answer(ticket)
    assert len(provider.calls) == 3 and used(desk, user) == 1


def test_prompts_to_click_do_not_count(desk):
    user = new_user()
    learner = desk.learner(user)
    for prompt, status in ((POLYMORPHISM, 200), (CLOSURE, 202)):
        reply = learner.ask_course(WEB, topic_id(WEB), "", suggestionId=prompt)
        assert reply.status == status
    assert used(desk, user) == 0


# --- the rate

def test_fault_07_limits_outlive_a_restart(site):
    """Eight a minute, across courses, and whichever process serves them."""
    user = new_user()
    for i in range(8):
        _, ticket = ask(site, user=user, where=(WEB, DATABASES)[i % 2],
                        moduleNo=i)
        assert ticket.status == 202
    site.stop_web()
    site.start_web()
    _, refused = ask(site, user=user, moduleNo=9)
    assert_problem(refused, 429, RATE)
    assert 50 <= int(refused.headers["Retry-After"]) <= 60
    assert len(site.messages(user)) == 8 and used(site, user, 9) == 0


def test_parallel_requests_cannot_pass_the_rate(site):
    user = new_user()
    replies = all_at_once(20, lambda: ask(site, user=user, moduleNo=None,
                                          suggestionId=CLOSURE)[1])
    assert sorted(r.status for r in replies) == [202] * 8 + [429] * 12


def test_a_refused_request_takes_no_slot(site):
    user = new_user()
    for _ in range(5):
        assert ask(site, user=user)[1].status == 202
    for _ in range(10):
        assert_problem(ask(site, user=user)[1], 429, QUOTA.format(1))
        assert site.learner(user).ask_course(
            "no-such-course", topic_id(WEB), QUESTION).status == 404
    for module in (2, 3, 4):
        assert ask(site, user=user, moduleNo=module)[1].status == 202
    assert_problem(ask(site, user=user, moduleNo=5)[1], 429, RATE)


def test_the_window_slides(site):
    """A slot is free again sixty seconds after it was taken."""
    user = new_user()
    for module in range(8):
        ask(site, user=user, moduleNo=module)
    site.sql("UPDATE campus.request_rate SET recent[1] = recent[1]"
             " - interval '1 minute'")
    assert ask(site, user=user, moduleNo=8)[1].status == 202
    assert ask(site, user=user, moduleNo=9)[1].status == 429


def test_a_limit_of_zero_is_none():
    with Stack(workers=0, settings=NO_LIMITS) as stack:
        user = new_user()
        for _ in range(12):
            assert ask(stack, user=user)[1].status == 202
