"""Methods, headers, caching, health: what every reply has in common."""
import re
import uuid

import pytest

from lib.client import assert_problem
from lib.sample import ADA

ANY = str(uuid.uuid4())


@pytest.fixture(scope="module")
def done(campus):
    """The 202 of a job that has ended."""
    ticket = campus.visitor.ask_landing("Which workshops are there?")
    campus.visitor.collect_answer(ticket)
    return ticket


@pytest.mark.parametrize("prefix", ["/api", ""])
@pytest.mark.parametrize("method, path, allow", [
    ("GET", "/landing-assistant/query", "POST"),
    ("PUT", "/assistant/query", "POST"),
    ("DELETE", "/assistant/query", "POST"),
    ("POST", f"/assistant/job/{ANY}", "GET"),
    ("PATCH", f"/landing-assistant/job/{ANY}", "DELETE"),
    ("POST", "/health", "GET"),
])
def test_wrong_method(campus, prefix, method, path, allow):
    reply = campus.learner(ADA).send(
        method, prefix + path, b"{}" if method != "GET" else None)
    assert_problem(reply, 405, reply.json["detail"])
    assert allow in re.split(r",\s*", reply.headers["Allow"])


@pytest.mark.parametrize("path, allow", [
    ("/landing-assistant/query", {"POST", "OPTIONS"}),
    ("/assistant/query", {"POST", "OPTIONS"}),
    (f"/assistant/job/{ANY}", {"GET", "HEAD", "DELETE", "OPTIONS"}),
    ("/readyz", {"GET", "HEAD", "OPTIONS"})])
def test_options_names_the_methods(campus, path, allow):
    reply = campus.visitor.send("OPTIONS", "/api" + path)
    assert reply.status == 204
    assert set(re.split(r",\s*", reply.headers["Allow"])) == allow
    assert reply.body == b""


@pytest.mark.parametrize("path", [
    "/api/nothing", "/api/", "/api/assistant", "/api/assistant/job/",
    f"/api/landing-assistant/job/{ANY}/more", "/api/api/health",
    "/assistant"])
def test_unknown_path(campus, path):
    reply = campus.visitor.send("GET", path)
    assert_problem(reply, 404, reply.json["detail"])


def test_head_is_get_without_the_body(campus, done):
    path = done.headers["Location"]
    head, get = (campus.visitor.send(m, path) for m in ("HEAD", "GET"))
    assert (head.status, head.body) == (200, b"")
    assert head.headers["ETag"] == get.headers["ETag"]
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


def test_etag_spares_the_body(campus, done):
    path = done.headers["Location"]
    etag = campus.visitor.send("GET", path).headers["ETag"]
    assert re.fullmatch(r'W/"[^"]+"', etag)
    for sent in (etag, etag[2:], f'"other", {etag}', "*"):
        reply = campus.visitor.send("GET", path,
                                    headers={"If-None-Match": sent})
        assert (reply.status, reply.body) == (304, b""), sent
        assert reply.headers["ETag"] == etag
    reply = campus.visitor.send("GET", path,
                                headers={"If-None-Match": 'W/"other"'})
    assert reply.status == 200


def every_kind_of_reply(campus, done):
    path = done.headers["Location"]
    yield done
    yield campus.visitor.send("GET", path)
    yield campus.visitor.send("DELETE", path)
    yield campus.visitor.get("/nothing")
    yield campus.visitor.get("/health")
    yield campus.visitor.post("/assistant/query", {})
    yield campus.visitor.post("/landing-assistant/query", b"{")
    yield campus.visitor.send("OPTIONS", path)


def test_every_reply_has_the_safe_headers(campus, done):
    for reply in every_kind_of_reply(campus, done):
        headers = reply.headers
        assert headers["Cache-Control"] == "no-store", reply
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", headers["X-Request-Id"])


def test_request_id_is_echoed_or_made(campus):
    def sent(value):
        reply = campus.visitor.get("/nothing", headers={"X-Request-Id": value})
        assert reply.json["requestId"] == reply.headers["X-Request-Id"]
        return reply.headers["X-Request-Id"]
    assert sent("Trace_7.a-Z") == "Trace_7.a-Z"
    assert sent("x" * 64) == "x" * 64
    for bad in ("x" * 65, "a b", 'a"b', "<b>", "ü"):
        assert sent(bad.encode("latin-1")) not in (bad, "")
    assert sent(None) != sent(None)


def test_final_job_has_no_retry_after(campus, done):
    reply = campus.visitor.send("GET", done.headers["Location"])
    assert "Retry-After" not in reply.headers
    assert "retryAfterMs" not in reply.json


def test_waiting_job_says_when_to_ask_again(site):
    ticket = site.visitor.ask_landing("Which workshops are there?")
    reply = site.visitor.job(ticket)
    job, seconds = reply.json, int(reply.headers["Retry-After"])
    assert job["status"] == "PENDING"
    assert job["attempts"] == 0
    assert job["position"] == 1
    assert job["createdAt"].endswith("Z")
    assert 200 <= job["retryAfterMs"] <= 5000
    assert seconds == max(1, -(-job["retryAfterMs"] // 1000))
    assert reply.headers["ETag"].startswith('W/"')


def test_position_in_line(site):
    tickets = [site.visitor.ask_landing(f"Which workshop {n}?")
               for n in range(3)]
    assert [site.visitor.job(t).json["position"] for t in tickets] == [1, 2, 3]


@pytest.mark.parametrize("prefix", ["/api", ""])
@pytest.mark.parametrize("path", ["/health", "/healthz", "/readyz"])
def test_health(campus, prefix, path):
    assert campus.visitor.send("GET", prefix + path).status == 200


def test_not_ready_without_a_worker(site):
    reply = site.visitor.get("/readyz")
    assert reply.status == 503
    assert "worker" in reply.body.decode()
    site.start_worker()
    assert site.visitor.get("/readyz").status == 200


def test_a_token_in_the_query_is_no_token(campus):
    reply = campus.visitor.get(
        f"/assistant/job/{ANY}?token={campus.token(ADA)}")
    assert_problem(reply, 401, "Authorization header is missing")


@pytest.mark.parametrize("accept, status", [
    ("application/json", 200), ("*/*", 200), ("application/*", 200),
    ("text/html, application/json;q=0.5", 200), ("", 200),
    ("text/html", 406), ("application/json;q=0", 406)])
def test_accept(campus, done, accept, status):
    reply = campus.visitor.send("GET", done.headers["Location"],
                                headers={"Accept": accept})
    assert reply.status == status
    if status == 406:
        assert_problem(reply, 406, reply.json["detail"])


def test_query_string_is_not_part_of_the_path(campus):
    assert campus.visitor.get("/healthz?x=/api/nothing").status == 200


def test_nothing_beside_the_page_is_served(campus):
    for path in ("/coatcheck.conf", "/../coatcheck.conf", "/.git/config",
                 "/%2e%2e/coatcheck.conf", "/web.conf"):
        assert campus.visitor.send("GET", path).status in (400, 403, 404)
