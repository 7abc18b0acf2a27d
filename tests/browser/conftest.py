"""One browser for all tests of the page."""
import pytest

from lib import browser as chromium
from lib.browser import Page


@pytest.fixture(scope="session")
def browser():
    driver = chromium.start()
    yield driver
    driver.stop()


@pytest.fixture
def page(browser, campus):
    """The page on the shared site, as at a first visit."""
    page = Page(browser, campus).forget()
    yield page
    page.usual_size()
