"""What a learner can read: a conversation, prompts to click, a profile."""
import re
import urllib.parse

import pytest

from lib.client import assert_problem
from lib.sample import (CLOSURE, DATABASES, INACTIVE, NAMES, POLYMORPHISM, WEB,
                        course_id, new_user, topic_id)
from lib.tokens import claims, forge

PROMPTS = f"/lessons/courses/{WEB}/prompts"


def session(learner, course=WEB, topic=None):
    query = urllib.parse.urlencode(
        {"courseId": course, "topicId": topic or topic_id(WEB, 4)})
    return learner.get(f"/assistant/session?{query}")


def asked(site, user, question, **more):
    return site.learner(user).ask_course(
        WEB, topic_id(WEB, 4), question, **more)


# --- conversations

def test_a_conversation_reads_back_in_order(site):
    user = new_user()
    learner = site.learner(user)
    site.start_worker()
    first = learner.collect_answer(asked(site, user, "What is recursion?"))
    second = asked(site, user, "What is a closure?")
    answer = learner.collect_answer(second)["answer"]
    body = session(learner).json
    assert body["sessionId"] == second.json["sessionId"]
    assert [(m["role"], m["content"]) for m in body["messages"]] == [
        ("user", "What is recursion?"), ("assistant", first["answer"]),
        ("user", "What is a closure?"), ("assistant", answer)]
    for message in body["messages"]:
        assert set(message) == {"messageId", "role", "content", "createdAt"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
                            message["createdAt"])


def test_the_newest_forty_messages_are_shown(site):
    user = new_user()
    site.sql("INSERT INTO campus.chat_session (user_id, course_id, topic_id)"
             " VALUES (%s, %s, %s)", user, course_id(WEB), topic_id(WEB, 4))
    site.sql("INSERT INTO campus.chat_message (session_id, role, content, turn)"
             " SELECT session_id, 'user', 'question ' || n, n"
             " FROM campus.chat_session, generate_series(1, 45) n"
             " WHERE user_id = %s", user)
    messages = session(site.learner(user)).json["messages"]
    assert [m["content"] for m in messages] == [
        f"question {n}" for n in range(6, 46)]


def test_without_a_conversation_there_is_none(site):
    assert session(site.learner(new_user())).json == {
        "sessionId": None, "messages": []}


def test_nobody_reads_the_conversation_of_another(site):
    user = new_user()
    asked(site, user, "What is recursion?")
    assert session(site.learner(new_user())).json["messages"] == []
    assert len(session(site.learner(user)).json["messages"]) == 1


def test_a_conversation_belongs_to_its_topic(site):
    user = new_user()
    asked(site, user, "What is recursion?")
    other = session(site.learner(user), topic=topic_id(WEB, 5))
    assert other.json["messages"] == []


@pytest.mark.parametrize("course", [
    course_id(WEB), WEB.upper(), NAMES[WEB].upper()])
def test_a_course_has_several_names(site, course):
    user = new_user()
    asked(site, user, "What is recursion?")
    assert len(session(site.learner(user), course).json["messages"]) == 1


def test_what_is_not_there(site):
    learner = site.learner(new_user())
    assert_problem(session(learner, "alchemy"), 404, "Course not found")
    assert_problem(session(learner, DATABASES), 404,
                   "Topic not found for this course.")
    assert_problem(learner.get("/lessons/courses/alchemy/prompts"), 404,
                   "Course not found")
    assert_problem(learner.get("/persona-profiles/alchemy/status"), 404,
                   "Course not found")


# --- prompts

def prompts(learner, **query):
    reply = learner.get(f"{PROMPTS}?{urllib.parse.urlencode(query)}")
    assert reply.status == 200, reply
    return reply.json["suggestions"]


def test_first_prompts_of_a_topic(site):
    learner = site.learner(new_user())
    of_course = {s["id"] for s in prompts(learner)}
    of_topic = {s["id"]: s for s in prompts(learner, topicId=topic_id(WEB, 5))}
    assert set(of_topic) > of_course
    assert "polymorphism" in of_topic[POLYMORPHISM]["answer"].lower()
    assert set(of_topic[POLYMORPHISM]) == {"id", "promptText", "answer"}
    assert prompts(learner, topicId=topic_id(WEB, 3))[-1]["answer"] is None
    assert INACTIVE not in {
        s["id"] for s in prompts(learner, topicId=topic_id(WEB, 6))}
    assert CLOSURE not in of_topic


def test_prompts_that_follow_another(site):
    learner = site.learner(new_user())
    clicked = learner.ask_course(
        WEB, topic_id(WEB, 5), "", suggestionId=POLYMORPHISM)
    assert clicked.status == 200, clicked
    assert clicked.json["nextSuggestions"] != []
    assert prompts(learner, parentSuggestionId=POLYMORPHISM) == \
        clicked.json["nextSuggestions"]


# --- limits

def test_the_eighth_request_of_a_minute_is_the_last(site):
    user = new_user()
    for n in range(8):
        assert asked(site, user, f"Question {n}?",
                     moduleNo=n).status == 202, n
    refused = asked(site, user, "One more?", moduleNo=9)
    assert refused.json["title"] == "Too Many Requests"
    assert_problem(refused, 429, "Too many assistant requests. Please wait "
                   "before trying again.", "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert len(session(site.learner(user)).json["messages"]) == 8
    assert asked(site, new_user(), "Another person?").status == 202


def test_the_fifth_question_of_a_module_is_the_last(site):
    user = new_user()
    for n in range(5):
        assert asked(site, user, f"Question {n}?").status == 202
    refused = asked(site, user, "One more?")
    assert_problem(
        refused, 429, "You've reached the tutor question limit for module 1. "
        "Please continue to the next module to unlock more questions.",
        "quota_exceeded")
    assert asked(site, user, "The next module?", moduleNo=2).status == 202


# --- tutors

def test_only_tutors_of_the_course_may_ask(site):
    user = new_user()
    body = {"courseId": WEB, "question": "How many learners are there?"}
    learner = site.learner(user)
    assert_problem(learner.post("/tutors/assistant/query", body), 403,
                   "Tutor access required")
    tutor = learner.with_token(forge(claims(user, role="tutor")))
    assert_problem(tutor.post("/tutors/assistant/query", body), 403,
                   "Tutor is not assigned to this course")
    body["courseId"] = "alchemy"
    assert_problem(tutor.post("/tutors/assistant/query", body), 404,
                   "Course not found")


# --- profiles

def test_a_profile_is_there_once_it_was_made(site):
    user = new_user()
    learner = site.learner(user)
    status = f"/persona-profiles/{WEB}/status"
    assert learner.get(status).json == {"hasProfile": False, "updatedAt": None}
    site.sql("INSERT INTO campus.persona_profile (user_id, course_id,"
             " persona_key, summary, version, updated_at) VALUES (%s, %s,"
             " 'default', '', 'v1', '2026-01-02 03:04:05.678+00')",
             user, course_id(WEB))
    assert learner.get(status).json == {
        "hasProfile": True, "updatedAt": "2026-01-02T03:04:05.678Z"}
    assert learner.get(f"/persona-profiles/{DATABASES}/status").json == {
        "hasProfile": False, "updatedAt": None}
