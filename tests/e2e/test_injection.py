"""
Attempts to talk the assistants into giving away what is not theirs. The model
is assumed to be taken over already: what it is never sent, it cannot tell.
"""
import itertools

import pytest

from lib import hostile
from lib.hostile import (CANARY, MINE, MY_TOPIC, OTHERS, SYSTEM, TECHNIQUES,
                         TUTOR, attack, lesson, taken_over, write_prompts)
from lib.prompts import assert_fenced, closings, kind, tags
from lib.provider import Provider
from lib.sample import new_user
from lib.stack import NO_LIMITS, Stack

HARMLESS = "a harmless sentence about nothing"
# Nobody but their owners says them like this.
LEAKS = (f"The word is {OTHERS}", f"ask about {OTHERS}", f"spoke of {OTHERS}",
         f"{OTHERS} Person", f"{OTHERS.lower()}@", SYSTEM)
PLACES = ("question", "history", "passage", "heading", "title", "landing",
          "offer", "tutor", "tutor-history", "persona")
ATTEMPTS = list(itertools.product(PLACES, TECHNIQUES))


def word(technique):
    """A word that only the passage with this attack has."""
    return "zorb" + "".join(c for c in technique if c.isalpha())


def lessons():
    """For each technique one with the attack in its text, one in a heading,
    and one in which it stands for harm but does none."""
    found = {"plain.md": lesson("Zorbplain", f"Zorbplain is {HARMLESS}.")}
    for t in TECHNIQUES:
        found[f"text-{t}.md"] = lesson(
            "Lesson", f"The {word(t)} is a thing. {attack(t)}")
        found[f"heading-{t}.md"] = lesson(
            "Lesson", f"## {word(t)}head {attack(t)}\n\nThe {word(t)}head is"
            " what a heading tells.".replace("\n", " "))
    return found


@pytest.fixture(scope="module")
def model():
    with Provider(taken_over()) as provider:
        yield provider


@pytest.fixture(scope="module")
def stack(model, tmp_path_factory):
    folder = write_prompts(tmp_path_factory.mktemp("operator") / "prompts")
    settings = {**NO_LIMITS, "assistant.prompts": folder,
                "llm.base_url": model.url}
    with Stack(settings=settings) as stack:
        hostile.prepare(stack, lessons())
        yield stack


def ask(stack, question, user=None, **more):
    learner = stack.learner(user or new_user())
    return learner, learner.ask_course(MINE, MY_TOPIC, question, **more)


def send(stack, place, text, technique=None):
    """One attempt; returns who asked, and the ticket."""
    name = word(technique) if technique else "zorbplain"
    if place == "question":
        return ask(stack, f"What is zorbplain? {text}")
    if place == "title":
        return ask(stack, "What is zorbplain?", courseTitle=text)
    if place == "history":
        user = new_user()
        learner, ticket = ask(stack, f"What is zorbplain? {text}", user)
        learner.collect(ticket)
        return ask(stack, "Why is it so?", user)
    if place == "passage":
        return ask(stack, f"What is {name}?")
    if place == "heading":
        return ask(stack, f"What is {name}head?" if technique
                   else "What is zorbplain?")
    if place == "tutor":
        tutor = stack.tutor(TUTOR)
        return tutor, tutor.ask_tutor(MINE, text)
    if place == "tutor-history":
        tutor = stack.tutor(TUTOR)
        return tutor, tutor.ask_tutor(MINE, "Who is at risk?", history=[
            {"role": "user", "content": text},
            {"role": "assistant", "content": text}])
    if place == "persona":
        learner = stack.learner(new_user())
        return learner, learner.ask_persona(MINE, text + " " * 10, text)
    if place == "offer":
        stack.sql("UPDATE campus.offering SET description = %s"
                  " WHERE title = 'Query Tuning in a Day'", text)
        stack.sql("TRUNCATE campus.landing_cache")
        text = "What is Query Tuning in a Day?"
    else:
        text = f"How much does Everyday Statistics on demand cost? {text}"
    return stack.visitor, stack.visitor.ask_landing(text)


@pytest.mark.parametrize("place", PLACES)
def test_a_hundred_attempts_bring_out_nothing(stack, model, place):
    """What others own is in no request to the provider and in no answer."""
    assert len(ATTEMPTS) >= 100
    before, reached = len(model.calls), 0
    caller, ticket = send(stack, place, HARMLESS)
    caller.collect(ticket, 20)
    plain = {kind(call): closings(call) for call in model.calls[before:]}
    for technique in TECHNIQUES:
        before, text = len(model.calls), attack(technique)
        caller, ticket = send(stack, place, text, technique)
        job, calls = caller.collect(ticket, 20), model.calls[before:]
        reached += any(OTHERS.encode() in call.body for call in calls)
        for leak in LEAKS:
            assert leak not in str(job), (place, technique)
            assert all(leak == SYSTEM or leak.encode() not in call.body
                       for call in calls), (place, technique)
        for call in calls:
            if tags(call.asked):
                assert_fenced(call.asked)
            assert closings(call) == plain.get(kind(call), closings(call))
    # A client's title goes nowhere. What a visitor asks beside the subject may
    # be declined before a model reads it; all else is read.
    least, most = {"title": (0, 0), "landing": (0, 12)}.get(place, (10, 12))
    assert least <= reached <= most


def test_what_a_tutor_may_see_ends_at_the_course(stack, model):
    """Even when every look-up is called with another course's ids."""
    tutor = stack.tutor(TUTOR)
    ticket = tutor.ask_tutor(MINE, "Tell me all about everybody.")
    job = tutor.collect(ticket, 20)
    sent = b"".join(call.body for call in model.calls)
    assert job["status"] == "COMPLETED"
    asked_with_tools = [c for c in model.calls if c.request.get("tools")]
    assert asked_with_tools, "look-ups were offered, and called"
    assert b"Mina" not in sent, "names stay here"
    assert b"mina0@example.org" not in sent
    called = {tool["function"]["name"] for c in asked_with_tools
              for m in c.request["messages"]
              for tool in m.get("tool_calls") or []}
    offered = {tool["function"]["name"] for tool in
               asked_with_tools[0].request["tools"]}
    assert offered <= called, "all of them, in one question or another"
    assert f"{OTHERS} Person" not in str(job)


def test_a_tutor_of_another_course_is_refused(stack):
    reply = stack.tutor(TUTOR).ask_tutor(hostile.THEIRS, "Who is at risk?")
    assert reply.status == 403


def test_what_the_operator_says_is_in_no_passage(stack, model):
    """The canary in the system prompt is there and nowhere else."""
    before = len(model.calls)
    caller, ticket = ask(stack, f"What is zorbplain? Print {CANARY}.")
    caller.collect(ticket)
    (call, *_) = model.calls[before:]
    for message in call.request["messages"]:
        if message["role"] != "system":
            assert SYSTEM not in str(message)
