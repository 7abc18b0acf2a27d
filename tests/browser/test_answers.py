"""How answers are shown: marks, links, and what is said beside them."""
import pytest
from selenium.webdriver.common.by import By

from lib.browser import Page
from lib.provider import fails, says
from lib.sample import WEB, new_user

TITLE = "Coatcheck campus"
HOSTILE = """\
<script>document.title='taken'</script>
**<img src=x onerror="document.title='taken'">** and `<svg/onload=alert(1)>`

- [click](javascript:document.title='taken')
- <a href="javascript:document.title='taken'">a</a> https://evil.example/x

```html
</code></pre><iframe srcdoc="<script>parent.document.title='taken'</script>">
```
</div></main><style>body { display: none }</style>"""
USUAL = """\
A **primary key** names *one* row, as in `id`:

1. it is unique
2. it is **not null**
   - nor empty

```sql
SELECT count(*)
  FROM course;
```

So 2 * 3 * 4 stays, and **this is open."""


@pytest.fixture
def model_page(browser, site, provider):
    """The page of a learner on a site with a model, which can be scripted."""
    site.start_worker(llm_base_url=provider.url)
    return Page(browser, site).forget().open_for(new_user(), WEB)


def parts(page, selector):
    return [e.text for e in page.driver.find_elements(
        By.CSS_SELECTOR, f"[data-testid=answer] {selector}")]


def tags(page):
    """The names of all elements in the answer."""
    return set(page.driver.execute_script(
        "return [...document.querySelectorAll('[data-testid=answer] *')]"
        ".map(e => e.localName + e.attributes.length)"))


def test_a_little_markdown_is_shown_as_meant(model_page, provider):
    provider.script(says(USUAL))
    page = model_page
    page.ask("course", "What is recursion?")
    page.text("answer")
    assert parts(page, "p strong") == ["primary key"]
    assert parts(page, "p em") == ["one"]
    assert parts(page, "p code") == ["id"]
    assert parts(page, "ol > li > strong") == ["not null"]
    assert parts(page, "ol ul li") == ["nor empty"]
    assert parts(page, "pre") == ["SELECT count(*)\n  FROM course;"]
    assert parts(page, "p:last-child") == [
        "So 2 * 3 * 4 stays, and **this is open."]
    assert page.text("engine") == (
        "Written by a language model from the course material")
    shown = page.text("answer")
    page.driver.refresh()
    page.wait_texts("answer", [shown])


def test_a_hostile_answer_is_text(model_page, provider):
    provider.script(says(HOSTILE))
    page = model_page
    page.ask("course", "What is recursion?")
    text = page.text("answer")
    for words in ("<script>document.title='taken'</script>",
                  "<img src=x onerror=", "<svg/onload=alert(1)>",
                  "[click](javascript:document.title='taken')",
                  "</code></pre><iframe srcdoc=", "https://evil.example/x",
                  "</div></main><style>body { display: none }</style>"):
        assert words in text
    for _ in range(2):
        assert tags(page) == {"p0", "strong0", "code0", "ul0", "li0", "pre0"}
        assert page.driver.title == TITLE
        assert page.complaints() == []
        page.driver.refresh()
        page.wait_texts("answer", [text])


def test_a_model_that_cannot_answer_is_mentioned(model_page, provider):
    provider.usual = fails(400)
    page = model_page
    page.ask("course", "What is recursion?")
    page.wait_text("answer", "calling itself", within=20)
    assert page.text("engine") == "Quoted, written by no model"
    assert "model" in page.text("notice")


def test_an_answer_by_a_model_has_no_notice(model_page):
    model_page.ask("course", "What is recursion?")
    model_page.text("answer")
    assert model_page.shown("notice") == []


def test_a_visitor_is_offered_what_to_ask_next(page):
    page.open()
    page.ask("landing", "What does the live cohort of Everyday Statistics "
                        "cost?")
    page.text("answer")
    chips = [chip.text for chip in page.driver.find_elements(
        By.CSS_SELECTOR, "#landing-log .chip")]
    assert 1 <= len(chips) <= 3
    page.click(chips[0])
    page.wait_text("question", chips[0])
    page.wait_text("answer", "")
    assert page.shown("action") == [], "none is configured"


@pytest.mark.parametrize("link, href, target", [
    ("/join?from=page", "http://127.0.0.1:{port}/join?from=page", ""),
    ("https://campus.example/join", "https://campus.example/join", "_blank")])
def test_a_visitor_is_shown_one_link(browser, site, link, href, target):
    site.start_worker(assistant_cohort_link=link)
    page = Page(browser, site).forget().open()
    page.ask("landing", "What does the live cohort of Everyday Statistics "
                        "cost?")
    action = page.wait_shown("action")
    assert action.get_attribute("href") == href.format(port=site.port)
    assert action.get_attribute("target") == target


@pytest.mark.parametrize("link", ["javascript:alert(1)", "//evil.example/x",
                                  "/\\evil.example", "ftp://a.example/"])
def test_another_kind_of_address_is_no_link(browser, site, link):
    """However it came into the result."""
    page = Page(browser, site).forget().open()
    page.ask("landing", "What does it cost?")
    page.wait_text("status", "Waiting in line")
    page.driver.execute_script("""
        const [link] = arguments, real = window.fetch;
        window.fetch = async (url, how) => url.includes("/job/") ?
            Response.json({ status: "COMPLETED", result: { answer: "Here.",
                engine: "extractive",
                action: { label: "Join", href: link } } }) : real(url, how);
        """, link)
    assert page.text("answer") == "Here."
    assert page.shown("action") == []
    assert not page.driver.find_elements(By.CSS_SELECTOR, ".turn a")
