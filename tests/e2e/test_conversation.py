"""
A long conversation: what the model is shown of it, what becomes of follow-up
questions, and what is kept.
"""
import pytest

from lib.asking import ask
from lib.prompts import calls_for, history_of, kind
from lib.provider import Held, Provider, fails, says
from lib.sample import WEB, new_user, topic_id
from lib.stack import Stack
from lib.wait import until

TURNS = 40
WINDOW, SUMMARY_AFTER = 10, 16  # as shipped
ALONE = ["What is recursion?", "What is a closure?", "What is polymorphism?",
         "What does status code 404 mean?"]
SUBJECTS = ["recursion", "closure", "polymorphism", "404"]
FOLLOW_UP = "Why is it useful?"


@pytest.fixture(scope="module")
def room():
    settings = {"assistant.requests_per_minute": "0"}
    with Stack(workers=0, settings=settings) as stack:
        yield stack


@pytest.fixture
def talk(room):
    with Provider() as provider:
        talk = Talk(room, provider)
        yield talk
    room.drop_workers()
    room.forget()


class Talk:
    """A learner, her conversation as it should be, and a model that answers
    each of the three kinds of call."""

    def __init__(self, site, provider):
        self.site, self.provider = site, provider
        self.user, self.said = new_user(), []
        self.answers, self.summaries, self.subject = 0, 0, None
        self.trouble = None  # of the next answer
        self.before_summary = None
        provider.usual = self.speak
        self.rewrite = lambda: says(f"Why is {self.subject} useful?")

    def speak(self, call):
        name = kind(call)
        if name == "rewrite":
            self.rewrite()(call)
        elif name == "summary":
            if self.before_summary:
                self.before_summary(call)
            self.summaries += 1
            says(f"Summary number {self.summaries}.")(call)
        elif self.trouble:
            trouble, self.trouble = self.trouble, None
            trouble(call)
        else:
            self.answers += 1
            says(f"Answer number {self.answers}.")(call)

    def start(self, **settings):
        return self.site.start_worker(llm_base_url=self.provider.url,
                                      **settings)

    def send(self, question, module=1):
        learner, ticket = ask(self.site, question, user=self.user,
                              moduleNo=module)
        assert ticket.status == 202, ticket
        self.said.append(("user", question))
        return learner, ticket

    def say(self, question, module=1):
        learner, ticket = self.send(question, module)
        result = learner.collect_answer(ticket, 20)
        self.said.append(("assistant", result["answer"]))
        return result

    def say_alone(self, i, module=1):
        self.subject = SUBJECTS[i % len(ALONE)]
        return self.say(ALONE[i % len(ALONE)], module)

    def settle(self):
        """No job is left, so no summary is under way either."""
        until(lambda: self.site.one(
            "SELECT (SELECT count(*) FROM coatcheck.ready)"
            " + (SELECT count(*) FROM coatcheck.lease)"
            " + (SELECT count(*) FROM coatcheck.scheduled)") == 0, 15,
            "all jobs have ended")

    @property
    def session(self):
        (row,) = self.site.sql("SELECT * FROM campus.chat_session"
                               " WHERE user_id = %s", self.user)
        return row


CANCELLED, RETRIED, WITHOUT = 13, 18, 24  # turns


def test_forty_turns(talk):
    """Follow-ups, a retry, a cancelled question and an answer without a model
    among them."""
    talk.start()
    for turn in range(TURNS):
        module = turn // 5 + 1
        if turn == CANCELLED:
            assert_cancelled(talk, module)
            continue
        talk.trouble = {RETRIED: fails(503), WITHOUT: fails(400)}.get(turn)
        is_follow_up = turn % 2 == 1
        before, expected = len(talk.provider.calls), talk.said[-WINDOW:]
        result = (talk.say(FOLLOW_UP, module) if is_follow_up
                  else talk.say_alone(turn // 2, module))
        assert (result["engine"] == "llm") == (turn != WITHOUT), turn
        shown = [call for call in talk.provider.calls[before:]
                 if kind(call) == "course"]
        assert len(shown) == (2 if turn == RETRIED else 1)
        for call in shown:
            assert history_of(call) == expected, turn
            assert talk.subject in call.asked.lower(), turn
    talk.settle()
    assert_history(talk)
    assert_summaries(talk)
    assert_rewrites(talk)
    assert_quota(talk)


def assert_cancelled(talk, module):
    """While its answer is being made; no answer of it is ever shown."""
    held = Held(says("Too late."))
    talk.trouble = held
    learner, ticket = talk.send(ALONE[0], module)
    held.wait_arrived()
    assert learner.cancel(ticket).status == 202
    held.wait_cut()
    assert learner.job(ticket).json["status"] == "CANCELLED"


def assert_history(talk):
    learner = talk.site.learner(talk.user)
    shown = learner.history(WEB, topic_id(WEB))
    assert shown == talk.said[-40:]
    assert talk.site.messages(talk.user) == talk.said


def assert_summaries(talk):
    """In batches; each message in one of them, the newest in none."""
    calls = calls_for(talk.provider, "summary")
    assert 4 <= len(calls) <= 12
    told = "\n".join(call.asked for call in calls)
    summed = [text for _, text in talk.said[:-SUMMARY_AFTER]
              if text.startswith("Answer number")]
    for text in summed:
        assert told.count(text + "\n") + told.count(text + "<") == 1, text
    for i, call in enumerate(calls[1:], start=1):
        assert f"Summary number {i}." in call.prompt
    last = calls_for(talk.provider, "course")[-1]
    assert "Summary number" in last.prompt


def assert_rewrites(talk):
    follow_ups = sum(text == FOLLOW_UP for _, text in talk.said)
    calls = calls_for(talk.provider, "rewrite")
    assert len(calls) >= follow_ups
    for call in calls:
        assert FOLLOW_UP in call.asked
    stored = talk.site.sql(
        "SELECT m.content, m.standalone FROM campus.chat_message m"
        " JOIN campus.chat_session s USING (session_id) WHERE s.user_id = %s"
        " AND m.standalone IS NOT NULL ORDER BY m.turn", talk.user)
    assert len(stored) >= follow_ups - 1
    for row in stored:
        assert row.content == FOLLOW_UP and row.standalone != FOLLOW_UP


def assert_quota(talk):
    """All modules are used up but the one with the cancelled question."""
    used = dict(talk.site.sql(
        "SELECT module_no, count(*) FROM campus.typed_question"
        " WHERE user_id = %s GROUP BY 1", talk.user))
    assert used == {m: 4 if m == 3 else 5 for m in range(1, 9)}
    assert ask(talk.site, user=talk.user, moduleNo=1)[1].status == 429
    assert ask(talk.site, user=talk.user, moduleNo=3)[1].status == 202


def fill(talk, turns):
    for i in range(turns):
        talk.say_alone(i, module=i // 5 + 1)


def test_no_summary_before_its_time(talk):
    talk.start()
    fill(talk, SUMMARY_AFTER // 2)
    talk.settle()
    assert calls_for(talk.provider, "summary") == []
    assert talk.session.summary is None


def test_answers_do_not_wait_for_a_summary(talk):
    """It is held; the conversation goes on, and no second one is begun."""
    talk.start()
    held = []

    def hold(call):
        held.append(call)
        call.pause(60)
    talk.before_summary = hold
    fill(talk, SUMMARY_AFTER // 2 + 1)
    until(lambda: held, 10, "a summary is asked for")
    for i in range(4):
        talk.say_alone(i, module=9)
    assert len(held) == 1
    assert talk.session.summary is None and talk.session.summary_job


def test_a_summary_that_fails_is_made_later(talk):
    talk.start()
    failed = []

    def fail_once(call):
        if not failed:
            failed.append(call)
            fails(400)(call)
    talk.before_summary = fail_once
    fill(talk, SUMMARY_AFTER // 2 + 1)
    talk.settle()
    assert talk.session.summary is None and not talk.session.summary_job
    talk.say_alone(1, module=9)
    talk.settle()
    assert talk.session.summary
    asked = calls_for(talk.provider, "summary")[-1].asked
    assert "Answer number 1." in asked and "Answer number 9." not in asked


@pytest.mark.parametrize("trouble", [fails(400), says(""), says("\n"),
                                     says("x" * 5000)],
                         ids=["400", "empty", "blank", "endless"])
def test_a_rewrite_that_fails_keeps_the_learners_words(talk, trouble):
    talk.start()
    talk.say_alone(0)
    talk.rewrite = lambda: trouble
    result = talk.say(FOLLOW_UP)
    assert result["engine"] == "llm"
    (_, call) = calls_for(talk.provider, "course")
    assert "recursion" in call.asked and "x" * 100 not in call.prompt


def test_a_question_that_stands_alone_is_not_rewritten(talk):
    talk.start()
    for i in range(4):
        talk.say_alone(i)
    assert calls_for(talk.provider, "rewrite") == []


def test_follow_ups_work_without_a_model(talk):
    talk.site.start_worker()
    talk.say_alone(0)
    result = talk.say("Can you give me an example of it?")
    assert result["engine"] == "extractive"
    assert any("Recursion" in s["title"] for s in result["sources"]), result


def test_addresses_of_people_do_not_leave(talk):
    talk.start()
    talk.say("What is recursion? Mail me at ada@example.org")
    talk.say("What is a closure? Call +49 151 2345678 for it.")
    talk.say(FOLLOW_UP)
    for call in talk.provider.calls:
        assert b"ada@example.org" not in call.body
        assert b"2345678" not in call.body
    assert "ada@example.org" in talk.said[0][1]
    assert talk.site.messages(talk.user) == talk.said, "but it is kept here"


def test_another_topic_is_another_conversation(talk):
    talk.start()
    talk.say_alone(0)
    learner = talk.site.learner(talk.user)
    learner.collect_answer(learner.ask_course(
        WEB, topic_id(WEB, 3), "What is a closure?", moduleNo=2))
    assert history_of(calls_for(talk.provider, "course")[-1]) == []
    assert learner.history(WEB, topic_id(WEB)) == talk.said
