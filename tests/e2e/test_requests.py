"""Requests that are wrong, each with the words it is refused with."""
import json
import socket
import time

import psycopg2
import pytest

from lib.client import assert_problem
from lib.sample import WEB, new_user, topic_id

GOOD = {"courseId": WEB, "topicId": topic_id(WEB),
        "question": "What is recursion?", "moduleNo": 1}
WITHOUT = object()
NOT_JSON = "Request body is not valid JSON"
KIB = 1024


def course(campus, body, **headers):
    return campus.learner(new_user()).post("/assistant/query", body,
                                           headers=headers)


def landing(campus, body, **headers):
    return campus.visitor.post("/landing-assistant/query", body,
                               headers=headers)


@pytest.mark.parametrize("field, value, message", [
    ("courseId", WITHOUT, "courseId is required"),
    ("courseId", "", "courseId is required"),
    ("courseId", " ", "courseId is required"),
    ("courseId", None, "courseId is required"),
    ("courseId", 5, "courseId is required"),
    ("topicId", WITHOUT, "topicId is required"),
    ("topicId", "", "topicId is required"),
    ("topicId", "recursion", "topicId must be a UUID"),
    ("topicId", ["x"], "topicId must be a UUID"),
    ("question", WITHOUT, "Question is required"),
    ("question", "", "Question is required"),
    ("question", " \t\r\n ", "Question is required"),
    ("question", 42, "Question is required"),
    ("question", None, "Question is required"),
    ("moduleNo", WITHOUT, "moduleNo is required for typed prompts"),
    ("moduleNo", None, "moduleNo is required for typed prompts"),
    ("moduleNo", "", "moduleNo is required for typed prompts"),
    ("moduleNo", "one", "moduleNo must be a whole number"),
    ("moduleNo", 1.5, "moduleNo must be a whole number"),
    ("suggestionId", "nope", "suggestionId must be a UUID"),
])
def test_course_field(campus, field, value, message):
    body = {**GOOD, field: value}
    if value is WITHOUT:
        del body[field]
    assert_problem(course(campus, body), 400, message)


@pytest.mark.parametrize("question", [WITHOUT, "", "  ", 7, None, [], {}])
def test_landing_question(campus, question):
    body = {} if question is WITHOUT else {"question": question}
    assert_problem(landing(campus, body), 400, "Question is required")


@pytest.mark.parametrize("body, message", [
    (b"", NOT_JSON),
    (b"question=1", NOT_JSON),
    (b"{", NOT_JSON),
    (b'{"question": "a",}', NOT_JSON),
    (b"{'question': 'a'}", NOT_JSON),
    (b'{"question": NaN}', NOT_JSON),
    (b'{"question": "a"} x', NOT_JSON),
    (b'{"question": "a"}{"question": "b"}', NOT_JSON),
    (b'{"question": "a\x01b"}', NOT_JSON),
    (b'{"question": "a"}\x00', NOT_JSON),
    (b"[]", "Request body must be a JSON object"),
    (b'"text"', "Request body must be a JSON object"),
    (b"null", "Request body must be a JSON object"),
    (b"17", "Request body must be a JSON object"),
    (b'{"question": "a\\u0000b"}',
     "Request body must not contain the character \\u0000"),
    (b'{"other": {"deep": ["\\\\\\u0000"]}}',
     "Request body must not contain the character \\u0000"),
    (b'{"question": "\xff"}', "Request body is not valid UTF-8"),
    (b'{"question": "\xc0\xaf"}', "Request body is not valid UTF-8"),
    (b'{"question": "\xed\xa0\x80"}', "Request body is not valid UTF-8"),
    (b'{"question": "\xf4\x90\x80\x80"}', "Request body is not valid UTF-8"),
    (b'{"a": ' * 33 + b"1" + b"}" * 33, "Request body is nested too deeply"),
    (b'{"a": ' + b"[" * 5000, "Request body is nested too deeply"),
])
def test_body(campus, body, message):
    """Before the database is touched: the same words on both routes."""
    assert_problem(landing(campus, body), 400, message)
    assert_problem(course(campus, body), 400, message)


def test_depth_32_is_allowed(campus):
    deep = json.loads("[" * 31 + "]" * 31)
    reply = landing(campus, {"question": "Which workshops?", "x": deep})
    assert reply.status == 202


@pytest.mark.parametrize("question", [
    "Is \\u0000 a character?",           # the six letters, not the character
    "Ünïcödé \U0001f600 ‮ \u2028?",
    "Robert'); DROP TABLE campus.course; --",
    '<script>alert("x")</script>',
    "%s %d %n {0} $1",
    "a\\\\u0000b \"quoted\" \\ / \b\f\n\t.",
])
def test_text_is_stored_as_it_came(campus, question):
    user = new_user()
    learner = campus.learner(user)
    ticket = learner.post("/assistant/query", {**GOOD, "question": question})
    assert learner.collect(ticket)["status"] == "COMPLETED"
    assert campus.job_row(ticket).payload["question"] == question
    assert campus.messages(user)[0] == ("user", question)


def test_a_lone_surrogate_is_stored_as_the_replacement(campus):
    ticket = landing(campus, b'{"question": "which workshops \\ud800?"}')
    assert campus.visitor.collect(ticket)["status"] == "COMPLETED"
    assert campus.job_row(ticket).payload["question"] == (
        "which workshops \ufffd?")


def test_blanks_around_a_question_are_dropped(campus):
    ticket = landing(campus, {"question": " \n Which workshops? \t"})
    assert campus.job_row(ticket).payload["question"] == "Which workshops?"


def test_of_a_repeated_member_the_last_counts(campus):
    ticket = landing(campus,
                     b'{"question": "first?", "question": "second?"}')
    assert campus.job_row(ticket).payload["question"] == "second?"


def test_turn_count_is_stored(campus):
    ticket = landing(campus, {"question": "Which workshops?", "turnCount": 3})
    assert campus.job_row(ticket).payload["turnCount"] == 3


# --- sizes

def test_landing_question_has_4000_characters_at_most(campus):
    assert landing(campus, {"question": "\U0001f600" * 4000}).status == 202
    reply = landing(campus, {"question": "\U0001f600" * 4001})
    assert reply.status == 400
    assert_problem(reply, 400, reply.json["detail"])
    assert "4,000" in reply.json["detail"] or "4000" in reply.json["detail"]


def test_course_question_has_16_kib_at_most(campus):
    body = {**GOOD, "question": "é" * (8 * KIB)}
    assert course(campus, body).status == 202
    reply = course(campus, {**GOOD, "question": "é" * (8 * KIB) + "x"})
    assert_problem(reply, 400, reply.json["detail"])
    assert any(n in reply.json["detail"]
               for n in ("16,384", "16384", "16 KiB"))


def padded(length):
    body = json.dumps({"question": "Which workshops are there?"}).encode()
    return body + b" " * (length - len(body))


def test_body_has_64_kib_at_most(campus):
    assert landing(campus, padded(64 * KIB)).status == 202
    reply = landing(campus, padded(64 * KIB + 1))
    assert_problem(reply, 413, reply.json["detail"])
    assert landing(campus, padded(1024 * KIB)).status == 413


# --- media types and lengths

@pytest.mark.parametrize("media, status", [
    ("application/json", 202), ("application/json; charset=utf-8", 202),
    ("APPLICATION/JSON", 202), (None, 202), ("text/plain", 415),
    ("application/x-www-form-urlencoded", 415), ("application/jsonx", 415),
    ("multipart/form-data; boundary=x", 415)])
def test_content_type(campus, media, status):
    reply = landing(campus, {"question": "Which workshops are there?"},
                    **{"Content-Type": media})
    assert reply.status == status, reply
    if status == 415:
        assert_problem(reply, 415, reply.json["detail"])


def raw(campus, request):
    """Sends bytes and returns all that comes back."""
    with socket.create_connection(("127.0.0.1", campus.port), 10) as s:
        s.sendall(request)
        s.shutdown(socket.SHUT_WR)
        got = b""
        while chunk := s.recv(65536):
            got += chunk
    return got


def test_a_body_without_a_length_is_refused(campus):
    got = raw(campus, b"POST /api/landing-assistant/query HTTP/1.0\r\n"
                      b"Content-Type: application/json\r\n\r\n")
    assert b" 411 " in got.split(b"\r\n")[0], got


@pytest.mark.parametrize("length", [b"-1", b"abc", b"1e3", b"0x10", b"+5"])
def test_a_wrong_length_is_refused(campus, length):
    got = raw(campus, b"POST /api/landing-assistant/query HTTP/1.1\r\n"
                      b"Host: x\r\nContent-Type: application/json\r\n"
                      b"Content-Length: " + length + b"\r\n\r\n{}")
    assert b" 400 " in got.split(b"\r\n")[0], got


def test_a_body_shorter_than_its_length_makes_no_job(campus):
    before = campus.job_count()
    raw(campus, b"POST /api/landing-assistant/query HTTP/1.1\r\n"
                b"Host: x\r\nContent-Type: application/json\r\n"
                b'Content-Length: 500\r\n\r\n{"question": "a"}')
    assert campus.visitor.get("/healthz").status == 200
    assert campus.job_count() == before


def test_a_chunked_body_is_read(campus):
    got = raw(campus, b"POST /api/landing-assistant/query HTTP/1.1\r\n"
                      b"Host: x\r\nConnection: close\r\n"
                      b"Content-Type: application/json\r\n"
                      b"Transfer-Encoding: chunked\r\n\r\n"
                      b'11\r\n{"question": "a"}\r\n0\r\n\r\n')
    assert b" 202 " in got.split(b"\r\n")[0], got


def test_no_refused_request_leaves_a_row(campus):
    user = new_user()
    learner, before = campus.learner(user), campus.job_count()
    for body in ({**GOOD, "question": ""}, {**GOOD, "courseId": "alchemy"},
                 {**GOOD, "topicId": new_user()}, {}):
        assert learner.post("/assistant/query", body).status >= 400
    assert campus.job_count() == before
    assert campus.messages(user) == []


def test_a_conversation_that_is_held_is_an_honest_503(site):
    """In 3 s, and nothing waits on or is stored when the lock goes."""
    user = new_user()
    learner = site.learner(user)
    assert learner.post("/assistant/query", GOOD).status == 202
    held = psycopg2.connect(site.postgres.url())
    try:
        held.cursor().execute("SELECT FROM campus.chat_session FOR UPDATE")
        start = time.monotonic()
        reply = learner.post("/assistant/query", GOOD)
        took = time.monotonic() - start
        assert_problem(reply, 503, reply.json["detail"])
        assert int(reply.headers["Retry-After"]) >= 1
        assert 2.5 < took < 5
        assert site.one("SELECT count(*) FROM pg_stat_activity WHERE"
                        " usename = 'coatcheck_web' AND state = 'active'") == 0
    finally:
        held.close()
    assert (site.job_count(), len(site.messages(user))) == (1, 1)
    assert learner.post("/assistant/query", GOOD).status == 202
