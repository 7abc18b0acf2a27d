"""scripts/server: one command, and everything answers; one signal, and
nothing is left."""
import pathlib
import re
import shutil
import signal

import pytest

from lib.client import Client
from lib.process import Process, children_of
from lib.sample import ROOT, STATISTICS, flat, topic_id
from lib.stack import environment, free_port, temporary_home
from lib.wait import until

MANUAL = pathlib.Path("/usr/share/doc/postgresql-doc-15/html")


@pytest.fixture
def home():
    path = temporary_home()
    yield path
    shutil.rmtree(path, ignore_errors=True)


class Server:
    """scripts/server with a state of its own."""

    def __init__(self, home, *options):
        self.port = free_port()
        self.process = Process(
            "server", [ROOT / "scripts" / "server", "--port", self.port,
                       "--state", home / "var", *options],
            home / "server.log", env=environment(""))

    def __enter__(self):
        self.process.wait_log(r"Ctrl-C stops|\Ahttp://", within=120)
        return self

    def __exit__(self, *_):
        self.started = all_children(self.process.pid)
        self.code = self.process.stop(40, signal.SIGTERM)


def all_children(pid):
    found = children_of(pid)
    return found + [p for child in found for p in all_children(child)]


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_two_starts_and_a_stop(home):
    with Server(home) as server:
        visitor = Client(server.port)
        answer = visitor.collect_answer(visitor.ask_landing(
            "What is the price of Everyday Statistics on demand?"))["answer"]
        assert "89" in answer
        assert visitor.send("GET", "/").status == 200
        courses = visitor.send("GET", "/campus.json").json["courses"]
        assert STATISTICS in [course["slug"] for course in courses]

        link = re.search(r"#token=([\w.-]+)&course=", server.process.log())
        learner = visitor.with_token(link[1])
        ticket = learner.ask_course(STATISTICS, topic_id(STATISTICS),
                                    "What is the median?")
        assert "the middle value after sorting" in flat(
            learner.collect_answer(ticket)["answer"])
    assert server.code == 0
    assert len(server.started) > 4
    until(lambda: not any(map(is_running, server.started)), 5,
          "nothing is left running")

    with Server(home, "--quiet") as again:
        old = Client(again.port, link[1])
        assert old.job(ticket).json["status"] == "COMPLETED", "kept"
    assert again.code == 0
    assert again.process.log().split() == [f"http://127.0.0.1:{again.port}/"]


@pytest.mark.skipif(not MANUAL.exists(), reason="no postgresql-doc-15 here")
def test_the_manual_as_a_course(home):
    """1,168 pages that nobody wrote for this: the answer is in EXPLAIN."""
    with Server(home, "--manual") as server:
        log = server.process.log()
        token = re.search(r"#token=([\w.-]+)&course=", log)[1]
        topic = re.search(r'"topicId":"([0-9a-f-]{36})"', log)[1]
        learner = Client(server.port, token)
        result = learner.collect_answer(learner.ask_course(
            "postgresql-15", topic, "how do I see the query plan?"))
    assert "EXPLAIN" in result["answer"], result
    assert any("explain" in (source.get("url") or "")
               for source in result["sources"]), result
