"""The page in a real browser: what a visitor and a learner see."""
import pytest
from selenium.webdriver.common.by import By

from lib import tokens
from lib.browser import Page
from lib.provider import fails
from lib.sample import ADA, BOB, DATABASES, TUTOR, WEB, flat, new_user
from lib.wait import until

RECURSION = "calling itself on a smaller version of the same problem"


def test_a_visitor_asks_for_a_price(page):
    page.open()
    page.ask("landing", "How much does the live cohort of Databases with "
                        "PostgreSQL cost?")
    assert "349" in page.text("answer")
    page.wait_text("status", "Done in")
    assert page.text("engine") == "Quoted, written by no model"
    assert page.complaints() == []


def test_a_visitor_picks_an_example(page):
    page.open()
    page.click("Which courses can I take?")
    for name in ("Databases with PostgreSQL", "Everyday Statistics"):
        assert name in page.text("answer")


def test_a_refusal_is_an_answer_without_sources(page):
    page.open()
    page.ask("landing", "What is the capital of Mongolia?", send=None)
    assert page.text("answer")
    assert page.shown("sources") == []
    assert page.shown("engine") == [], "nothing was quoted"


def test_a_learner_follows_the_link_and_asks(page):
    page.open_for(ADA, WEB)
    assert "token" not in page.driver.current_url, "kept out of the history"
    page.ask("course", "What is recursion?")
    assert RECURSION in flat(page.text("answer"))
    assert "Recursion" in page.text("sources")
    assert page.complaints() == []


def test_the_course_of_the_link_is_chosen(page):
    page.open_for(ADA, "everyday-statistics")
    page.wait_text("topic-select", "Mean, Median and Mode")
    page.choose("course-select", "Web Programming with JavaScript")
    page.wait_text("topic-select", "Promises, async and fetch")


def test_a_reload_shows_the_panel_that_was_open(page):
    page.open_for(ADA, WEB)
    page.wait_shown("course-input")
    page.driver.refresh()
    page.wait_shown("course-input")
    page.click("Ask the campus")
    page.driver.refresh()
    page.wait_shown("landing-input")


def test_a_page_without_courses_says_how_to_list_them(browser, site):
    def wait_status(status):
        until(lambda: site.visitor.send("GET", "/campus.json").status
              == status, 10, f"lighttpd says {status}")

    there = site.home / "www" / "campus.json"
    away = there.rename(site.home / "away.json")
    try:
        wait_status(404)
        page = Page(browser, site).forget().open_for(ADA, WEB)
        assert "coatcheck catalog > campus.json" in page.text("campus-problem")
    finally:
        away.rename(there)
        wait_status(200)


def test_a_bad_token_is_said_to_be_bad(page):
    forged = tokens.forge(tokens.claims(BOB), secret="y" * 40)
    page.open(f"#token={forged}&course={WEB}")
    assert page.text("error") == "Access token is invalid"
    page.ask("course", "What is recursion?")
    until(lambda: page.texts("error") == ["Access token is invalid"] * 2, 10,
          "it is said of the question as well")


def test_an_expired_token_is_said_to_have_expired(page):
    expired = tokens.forge(tokens.claims(BOB, -3600))
    page.open(f"#token={expired}&course={WEB}")
    assert page.text("error") == "Access token expired"
    page.click("Use another token")
    page.wait_shown("token-input").send_keys(page.stack.token(ADA))
    page.shown("token-use")[0].click()
    page.wait_shown("course-input")


@pytest.mark.parametrize("question", [
    "<img src=x onerror=\"document.title='taken'\">What is recursion?",
    "</p><script>document.title='taken'</script> What is recursion?"])
def test_markup_in_a_question_is_text(page, question):
    title = page.open_for(ADA, WEB).driver.title
    page.ask("course", question)
    page.text("answer")
    assert question in page.text("course-log")
    assert page.driver.title == title
    assert not page.driver.find_elements(By.CSS_SELECTOR, ".turn img, script"
                                                          ":not([src])")


def test_states_on_the_way(browser, site, provider):
    """In line, at work, waiting for another attempt, done."""
    held = provider.hold(fails(503, retry_after=2))
    page = Page(browser, site).forget().open_for(ADA, WEB)
    page.ask("course", "What is recursion?")
    page.wait_text("status", "Waiting in line, number 1")
    site.start_worker(llm_base_url=provider.url)
    held.wait_arrived()
    page.wait_text("status", "Working on it")
    held.release()
    page.wait_text("status", "Waiting for another attempt")
    page.wait_text("answer", "The usual answer.")
    page.wait_text("status", "Done in")


def test_a_page_without_a_server_says_so(browser, site):
    page = Page(browser, site).forget().open()
    site.postgres.stop()
    try:
        page.ask("landing", "Which workshops are there?")
        assert "try again" in page.text("error").lower()
    finally:
        site.postgres.start()
    until(lambda: site.visitor.get("/health").status == 200, 3, "it is back")
    site.start_worker()
    page.click("Try again")
    page.wait_text("answer", "Charts That Tell the Truth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_it_fits_the_window(page, width, scheme):
    def fits(name):
        page.picture(name, width, scheme)
        wide = page.driver.execute_script(
            "return document.documentElement.scrollWidth")
        assert wide <= width, f"{name} scrolls sideways"

    page.open()
    fits("first")
    page.ask("landing", "What does it cost? " + "w" * 200)
    page.text("answer")
    fits("landing")
    page.open("#token=nonsense")
    fits("sign-in")
    page.open_for(new_user(), WEB)
    page.wait_text("topic-select", "Recursion")
    page.chips("course")
    fits("signed-in")
    assert page.covered_chips("course") == []
    page.ask("course", "What is recursion?")
    page.text("sources")
    fits("course")
    page.click("How you learn")
    page.wait_shown("persona")
    fits("persona")
    page.open_for_tutor(TUTOR, DATABASES)
    page.ask("learners", "Who is at risk?")
    page.text("answer")
    fits("learners")
    page.open(f"#token={tokens.forge(tokens.claims(ADA), 'z' * 40)}")
    page.text("error")
    fits("error")
