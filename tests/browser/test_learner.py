"""A learner's conversations: prompts, history, and limits."""
import pytest

from lib.browser import Page
from lib.sample import DATABASES, WEB, course_id, new_user
from lib.wait import until

OBJECTS = "Objects, Prototypes and Polymorphism"
REQUESTS = "Requests and Responses"


@pytest.fixture
def learner_page(browser, site):
    """The page on a site where limits hold and no worker runs yet."""
    return Page(browser, site).forget()


def test_prompts_are_those_of_the_topic_and_then_those_that_follow(page):
    page.open_for(new_user(), WEB)
    page.choose("topic-select", OBJECTS)
    page.click("What is polymorphism?")
    page.wait_text("answer", "Polymorphism is the ability of")
    page.wait_text("engine", "Prepared answer")
    page.click("What is duck typing?")
    page.wait_text("answer", "Duck typing means")
    page.choose("topic-select", REQUESTS)
    until(lambda: "What is polymorphism?" not in
          [chip.text for chip in page.chips("course")], 10,
          "the prompts are those of the other topic")


def test_every_prompt_of_a_course_is_answered(page):
    asked = set()
    for title in page.stack.sql("SELECT title FROM campus.topic WHERE"
                                " course_id = %s", course_id(DATABASES)):
        page.open_for(new_user(), DATABASES)
        page.choose("topic-select", title.title)
        chips = {chip.text for chip in page.chips("course")}
        for chip in chips - asked:
            page.open_for(new_user(), DATABASES)
            page.choose("topic-select", title.title)
            page.click(chip)
            assert len(page.text("answer")) > 40, chip
        asked |= chips
    assert len(asked) >= 4


def test_a_next_prompt_may_be_of_another_topic(page):
    page.open_for(new_user(), DATABASES)
    page.click("What is a table?")
    page.wait_text("answer", "a named set of rows")
    page.click("What is a primary key?")
    page.wait_text("answer", "identifies exactly one row")


def test_a_conversation_is_there_again_after_a_reload(page):
    user = new_user()
    page.open_for(user, WEB)
    page.choose("topic-select", OBJECTS)
    page.click("What is polymorphism?")
    page.wait_text("answer", "Polymorphism is the ability of")
    page.ask("course", "What is recursion?")
    until(lambda: len(page.texts("answer")) == 2, 10, "two answers")
    answers = page.texts("answer")
    page.driver.refresh()
    page.wait_texts("question", ["What is polymorphism?",
                                 "What is recursion?"])
    assert page.texts("answer") == answers
    page.wait_text("topic-select", OBJECTS)
    page.choose("topic-select", REQUESTS)
    page.wait_texts("question", [])
    page.choose("topic-select", OBJECTS)
    page.wait_texts("answer", answers)
    page.open_for(new_user(), WEB)
    page.choose("topic-select", OBJECTS)
    page.chips("course")
    assert page.texts("question") == [], "another learner's is another's"


def test_a_question_goes_on_after_a_reload(learner_page):
    page = learner_page
    page.open_for(new_user(), WEB)
    page.ask("course", "What is recursion?")
    page.wait_text("status", "Waiting in line")
    page.driver.refresh()
    page.wait_text("status", "Waiting in line")
    page.choose("topic-select", OBJECTS)
    page.wait_texts("question", [])
    page.choose("topic-select", REQUESTS)
    page.wait_texts("question", ["What is recursion?"])
    page.stack.start_worker()
    page.wait_text("answer", "calling itself")
    page.driver.refresh()
    page.wait_text("answer", "calling itself")
    assert page.texts("question") == ["What is recursion?"]


def test_a_question_that_failed_can_be_asked_again(learner_page):
    page, user = learner_page, new_user()
    page.open_for(user, WEB)
    page.ask("course", "What is recursion?")
    page.wait_text("status", "Waiting in line")
    page.driver.refresh()
    page.wait_text("status", "Waiting in line")
    (job,) = page.stack.sql("SELECT job_id FROM coatcheck.background_jobs"
                            " WHERE user_id = %s", user)
    assert page.stack.learner(user).send(
        "DELETE", f"/assistant/job/{job.job_id}").status == 200
    page.wait_text("error", "This question was cancelled.")
    page.stack.start_worker()
    page.click("Ask again")
    page.wait_text("answer", "calling itself")


def test_a_used_up_quota_is_said_in_its_sentence(learner_page):
    page = learner_page
    page.open_for(new_user(), WEB)
    page.stack.start_worker()
    for n in range(1, 6):
        page.ask("course", "What is recursion?")
        until(lambda: len(page.texts("answer")) == n, 10, f"answer {n}")
    page.ask("course", "What is recursion?")
    assert page.text("error") == (
        "You've reached the tutor question limit for module 1. Please continue"
        " to the next module to unlock more questions.")
    assert "Try again" not in page.text("course-log")
    page.choose("topic-select", OBJECTS)
    page.click("What is polymorphism?")
    page.wait_text("answer", "Polymorphism is the ability of")


def test_too_many_requests_are_said_with_how_long_to_wait(learner_page):
    page, user = learner_page, new_user()
    page.open_for(user, WEB)
    page.choose("topic-select", OBJECTS)
    for n in range(1, 9):
        page.choose("topic-select", REQUESTS)
        page.wait_texts("question", [])
        page.choose("topic-select", OBJECTS)
        until(lambda: len(page.texts("answer")) == n - 1, 10, "the history")
        page.click("What is polymorphism?")
        until(lambda: len(page.texts("answer")) == n, 10, f"answer {n}")
    page.ask("course", "What is recursion?")
    words = page.text("error")
    assert words.startswith("Too many assistant requests. Please wait before"
                            " trying again. You can try again in ")
    assert words.endswith(" seconds.")
    page.stack.sql("DELETE FROM campus.request_rate")
    page.stack.start_worker()
    page.click("Try again")
    page.wait_text("answer", "calling itself")


def test_a_conversation_that_cannot_be_loaded_can_be_tried_again(learner_page):
    page, user = learner_page, new_user()
    page.stack.start_worker()
    page.open_for(user, WEB)
    page.ask("course", "What is recursion?")
    page.wait_text("answer", "calling itself")
    page.stack.postgres.stop()
    try:
        page.driver.refresh()
        page.wait_text("error", "try again")
    finally:
        page.stack.postgres.start()
    until(lambda: page.stack.visitor.get("/health").status == 200, 3,
          "it is back")
    page.click("Try again")
    page.wait_text("answer", "calling itself")
    assert page.shown("error") == []
