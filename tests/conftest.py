"""Fixtures that all tests share, and the logs of a test that failed."""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

from lib.provider import Provider  # noqa: E402
from lib.stack import BUILD, NO_LIMITS, Stack  # noqa: E402


@pytest.fixture(scope="session")
def build():
    """Where the programs are."""
    return BUILD


@pytest.fixture(scope="session")
def campus():
    """A whole site with one worker that quotes the course text. Read only."""
    with Stack(settings=NO_LIMITS) as stack:
        yield stack


@pytest.fixture(scope="session")
def _site():
    with Stack(workers=0) as stack:
        yield stack


@pytest.fixture
def site(_site):
    """A site without a worker: each test starts the ones it wants."""
    yield _site
    _site.drop_workers()
    _site.forget()


@pytest.fixture
def provider():
    with Provider() as p:
        yield p


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for value in item.funcargs.values():
            if isinstance(value, Stack):
                report.sections.append(("logs", value.logs()))
