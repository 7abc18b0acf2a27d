"""What a tutor sees: the learners of a course, in a conversation."""
from selenium.webdriver.common.by import By

from lib.browser import Page
from lib.provider import says
from lib.sample import (ADA, DATABASES, NAMES, STATISTICS, TUTOR, WEB,
                        WEB_TUTOR)


def test_a_tutor_follows_the_link_and_asks(page):
    page.open_for_tutor(TUTOR, DATABASES)
    page.wait_shown("learners-input")
    assert "token" not in page.driver.current_url
    assert "Tutor 00000e" in page.driver.find_element(
        By.ID, "learners-panel").text
    page.click("Who is at risk?")
    page.wait_text("answer", "learners of Databases with PostgreSQL")
    page.wait_text("status", "Done in")
    assert page.text("engine") == "Counted in the records of the course"
    assert page.complaints() == []


def test_every_example_is_answered(page):
    page.open_for_tutor(WEB_TUTOR, WEB)
    for chip in ["Who is at risk?", "Compare the cohorts",
                              "Which module is hardest?"]:
        page.click(chip)
        page.wait_text("question", chip)
        assert len(page.text("answer")) > 20, chip
        page.click("New conversation")


def test_what_was_said_is_sent_along_within_a_course(browser, site, provider):
    site.start_worker(llm_base_url=provider.url)
    page = Page(browser, site).forget().open_for_tutor(TUTOR, DATABASES)
    provider.script(says("The first answer."), says("The second answer."))
    page.ask("learners", "Who is at risk?")
    page.wait_text("answer", "The first answer.")
    page.ask("learners", "Why is that so?")
    page.wait_text("answer", "The second answer.")
    assert "Who is at risk?" not in provider.calls[0].prompt.replace(
        provider.calls[0].asked, "")
    last = provider.calls[-1].prompt
    assert last.index("Who is at risk?") < last.index("The first answer.")
    assert page.text("engine") == (
        "Written by a language model from the records of the course")

    page.click("New conversation")
    page.ask("learners", "How many are there?")
    page.wait_text("answer", "The usual answer.")
    assert "The first answer." not in provider.calls[-1].prompt


def test_a_tutor_of_another_course_is_refused(page):
    page.open_for_tutor(TUTOR, DATABASES)
    page.choose("learners-select", NAMES[WEB])
    page.ask("learners", "Who is at risk?")
    assert page.text("error") == "Tutor is not assigned to this course"


def test_a_learner_has_no_such_tab(page):
    page.open_for_tutor(TUTOR, DATABASES)
    page.click("Who is at risk?")
    page.text("answer")
    page.open_for(ADA, STATISTICS)
    page.wait_shown("course-input")
    assert "Learners" not in page.tabs()
    assert page.shown("learners-log") == []
    page.open_for_tutor(TUTOR, DATABASES)
    page.wait_shown("learners-input")
    assert page.texts("question") == [], "what was said has gone"


def test_signing_out_leaves_nothing(page):
    page.open_for_tutor(TUTOR, DATABASES)
    page.click("Who is at risk?")
    page.text("answer")
    page.click("Sign out")
    page.wait_shown("token-input")
    assert page.tabs() == ["Ask the campus", "Course tutor"]
    assert page.driver.execute_script(
        "return document.querySelector('#learners-log').children.length") == 0
    page.driver.refresh()
    page.wait_shown("token-input")


def test_tabs_are_changed_with_the_arrow_keys(page):
    page.open_for_tutor(TUTOR, DATABASES)
    page.wait_shown("learners-input")
    page.press_on_tab("RIGHT")
    page.wait_shown("landing-input")
    page.press_on_tab("LEFT")
    page.wait_shown("learners-input")
    page.press_on_tab("HOME")
    page.wait_shown("landing-input")
    page.press_on_tab("RIGHT")
    page.wait_shown("course-input")
    page.press_on_tab("END")
    page.wait_shown("learners-input")
