"""Tokens: which are taken, and what is said of those that are not."""
import base64
import hashlib
import json
import time

import pytest

from lib import tokens
from lib.client import assert_problem
from lib.sample import ADA, BOB, WEB, topic_id

MISSING = "Authorization header is missing"
EMPTY = "Access token is missing"
EXPIRED = "Access token expired"
INVALID = "Access token is invalid"
ASK = {"courseId": WEB, "topicId": topic_id(WEB),
       "question": "What is recursion?", "moduleNo": 1}


def ask_with(campus, authorization):
    return campus.visitor.post("/assistant/query", ASK,
                               headers={"Authorization": authorization})


@pytest.mark.parametrize("authorization, message", [
    (None, MISSING), ("", MISSING), ("Basic dXNlcjpwYXNz", MISSING),
    ("Bearer", EMPTY), ("Bearer ", EMPTY), ("Bearer x", INVALID),
    ("Bearer a.b.c", INVALID), ("Bearer ..", INVALID),
    ("Bearer " + "A" * 7000, INVALID)])
def test_header(campus, authorization, message):
    assert_problem(ask_with(campus, authorization), 401, message)


def forged():
    now, ada = int(time.time()), tokens.claims(ADA)
    yield "expired", EXPIRED, tokens.forge(tokens.claims(ADA, -3600))
    yield "not yet", INVALID, tokens.forge({**ada, "nbf": now + 3600})
    yield "no expiry", INVALID, tokens.forge({"sub": ADA})
    yield "no subject", INVALID, tokens.forge({"exp": now + 60})
    yield "subject no UUID", INVALID, tokens.forge({**ada, "sub": "ada"})
    yield "subject a number", INVALID, tokens.forge({**ada, "sub": 1})
    yield "expiry a text", INVALID, tokens.forge(
        {**ada, "exp": str(now + 60)})
    yield "other secret", INVALID, tokens.forge(ada, secret="x" * 40)
    yield "alg none", INVALID, tokens.unsigned(ADA)
    yield "alg None, signed", INVALID, tokens.forge(
        ada, header={"alg": "none"})
    yield "HS512", INVALID, tokens.forge(
        ada, header={"alg": "HS512"}, digest=hashlib.sha512)
    yield "RS256 over HS256", INVALID, tokens.forge(
        ada, header={"alg": "RS256"})
    yield "tampered", INVALID, tokens.tampered(tokens.forge(ada), BOB)
    yield "signature cut", INVALID, tokens.forge(ada)[:-4]


@pytest.mark.parametrize(
    "message, token", [pytest.param(m, t, id=n) for n, m, t in forged()])
def test_token_is_refused(campus, message, token):
    assert_problem(ask_with(campus, f"Bearer {token}"), 401, message)


def test_token_of_the_command_line_is_taken(campus):
    token = campus.token(ADA)
    head, claims, _ = (part + "==" for part in token.split("."))
    assert json.loads(base64.urlsafe_b64decode(head))["alg"] == "HS256"
    assert json.loads(base64.urlsafe_b64decode(claims))["sub"] == ADA
    assert ask_with(campus, f"Bearer {token}").status == 202


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_scheme_in_either_case(campus, scheme):
    token = tokens.forge(tokens.claims(ADA))
    assert ask_with(campus, f"{scheme} {token}").status == 202


def test_clocks_may_differ_by_ten_seconds(campus):
    token = tokens.forge(tokens.claims(ADA, -5))
    assert ask_with(campus, f"Bearer {token}").status == 202


def test_role_and_length_of_a_minted_token(campus):
    token = campus.token(BOB, "--role", "tutor", "--for", "2h")
    claims = json.loads(base64.urlsafe_b64decode(
        token.split(".")[1] + "=="))
    assert claims["role"] == "tutor"
    assert abs(claims["exp"] - time.time() - 7200) < 60


def test_no_token_is_asked_of_visitors(campus):
    reply = campus.visitor.post(
        "/landing-assistant/query", {"question": "Which workshops?"},
        headers={"Authorization": "Bearer nonsense"})
    assert reply.status == 202
