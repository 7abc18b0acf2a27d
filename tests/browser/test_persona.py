"""How somebody learns: three questions and what comes of them."""
import json

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from lib.browser import Page
from lib.provider import says
from lib.sample import NAMES, STATISTICS, WEB, new_user

ANSWERS = {
    "before": "I was a nurse for ten years and now want to switch my career.",
    "habit": "I read a little and ask whoever sits beside me.",
    "hurdle": "I have no background in computers, everything is new to me.",
}


def open_dialog(page):
    page.click("How you learn")
    page.wait_shown("persona")
    return page


def fill(page, answers):
    for name, text in answers.items():
        field = page.wait_shown(f"persona-{name}")
        field.clear()
        field.send_keys(text)


def analyse(page):
    page.click("Analyse")
    return page.text("persona-result", within=20)


def test_a_learner_is_told_what_kind_they_are(page):
    page.open_for(new_user(), WEB)
    open_dialog(page)
    assert NAMES[WEB] in page.text("persona")
    page.wait_text("persona-state", "The tutor knows nothing of you yet.")
    fill(page, ANSWERS)
    words = analyse(page)
    assert words.startswith("Non it migrant\n")
    assert "Told by a language model" not in words
    page.wait_text("persona-state", "Your answers are in use since")
    assert page.complaints() == []

    page.click("Close")
    open_dialog(page)
    page.wait_text("persona-state", "Your answers are in use since")
    assert page.shown("persona-result") == []


def test_a_profile_belongs_to_its_course_and_learner(page):
    user = new_user()
    page.open_for(user, WEB)
    fill(open_dialog(page), ANSWERS)
    analyse(page)
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    page.choose("course-select", NAMES[STATISTICS])
    open_dialog(page)
    page.wait_text("persona-state", "The tutor knows nothing of you yet.")
    page.click("Close")
    page.click("Sign out")
    page.open_for(new_user(), WEB)
    open_dialog(page)
    page.wait_text("persona-state", "The tutor knows nothing of you yet.")
    assert page.wait_shown("persona-before").get_attribute("value") == ""


def test_short_answers_are_not_sent(page):
    page.open_for(new_user(), WEB)
    open_dialog(page)
    fill(page, {**ANSWERS, "habit": "no", "hurdle": ""})
    page.click("Analyse")
    page.wait_text("persona", "at least ten characters")
    habit = page.wait_shown("persona-habit")
    assert page.driver.switch_to.active_element == habit
    assert habit.get_attribute("aria-invalid") == "true"
    assert page.wait_shown("persona-before").get_attribute(
        "aria-invalid") == "false"
    assert page.shown("persona-result") == []


def test_what_a_model_says_of_a_learner_is_text(browser, site, provider):
    summary = "<img src=x onerror=\"document.title='taken'\"> **Late**"
    provider.script(says(json.dumps({
        "personaKey": "last_minute_panic", "reasoning": summary})))
    site.start_worker(llm_base_url=provider.url)
    page = Page(browser, site).forget().open_for(new_user(), WEB)
    title = page.driver.title
    fill(open_dialog(page), ANSWERS)
    words = analyse(page)
    assert words.startswith("Last minute panic\n")
    assert "**Late**" in words
    assert not page.driver.find_elements(By.CSS_SELECTOR, "dialog img")
    assert "Told by a language model" in words
    assert page.driver.title == title


def test_a_refusal_is_shown_in_the_dialog(browser, site):
    user = new_user()
    page = Page(browser, site).forget().open_for(user, WEB)
    fill(open_dialog(page), ANSWERS)
    site.sql("INSERT INTO campus.request_rate (key, recent) VALUES"
             " ('user:' || %s, array_fill(now(), ARRAY[8]))", user)
    page.click("Analyse")
    page.wait_text("persona-problem", "Too many assistant requests.")
    site.sql("DELETE FROM campus.request_rate")
    page.click("Analyse")
    page.wait_text("persona-state", "Waiting in line")
    site.start_worker()
    page.text("persona-result", within=20)
    assert page.shown("persona-problem") == []
