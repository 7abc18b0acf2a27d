"""The programs as an operator meets them: stop, CGI, checks, usage."""
import json
import os
import signal
import socket
import struct
import subprocess
import time

import psycopg2
import pytest

from lib.cgi import cgi
from lib.process import Process, children_of
from lib.sample import ADA, WEB, topic_id
from lib.stack import CLI, FCGI, WORKER, Stack, environment, write_conf
from lib.wait import until


@pytest.fixture
def own():
    with Stack() as stack:
        yield stack


def is_gone(pid):
    return not os.path.exists(f"/proc/{pid}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_no_front_end_stays_behind(own, number):
    own.visitor.collect_answer(
        own.visitor.ask_landing("Which workshops are there?"))
    children = children_of(own.web.pid)
    assert len(children) == 1, "one process serves all"
    own.web.stop(number=number)
    until(lambda: all(map(is_gone, children)), 10, "the front end is gone")


def test_a_front_end_that_dies_is_replaced(own):
    (pid,) = children_of(own.web.pid)
    os.kill(pid, signal.SIGKILL)

    def accepted():
        return own.visitor.ask_landing(
            "Which workshops are there?").status == 202
    until(accepted, 10, "tickets are given again")
    assert children_of(own.web.pid) != [pid]


def test_a_front_end_answers_what_it_has_when_it_ends(own):
    (pid,) = children_of(own.web.pid)
    ticket = own.visitor.ask_landing("Which workshops are there?")
    os.kill(pid, signal.SIGTERM)
    until(lambda: is_gone(pid), 8, "it ends")
    until(lambda: own.visitor.get("/healthz").status == 200, 10, "a new one")
    assert "Charts" in own.visitor.collect_answer(ticket)["answer"]


# --- FastCGI without a web server between

def record(kind, content):
    return struct.pack(">BBHHBx", 1, kind, 1, len(content), 0) + content


def kept_request(path):
    """GET path, asking that the connection be kept."""
    variables = {"REQUEST_METHOD": "GET", "PATH_INFO": path,
                 "REQUEST_URI": path, "CONTENT_LENGTH": "0"}
    pairs = b"".join(
        bytes([len(k), len(v)]) + k.encode() + v.encode()
        for k, v in variables.items())
    return (record(1, struct.pack(">HB5x", 1, 1)) + record(4, pairs)
            + record(4, b"") + record(5, b""))


class FrontEnd(Process):
    """A front end on a socket of its own."""

    def __init__(self, stack, home, threads):
        self.path = home / "fcgi.sock"
        super().__init__(
            "fcgi", [FCGI, "--listen", self.path], home / "fcgi.log",
            environment(stack.conf, COATCHECK_WEB_THREADS=str(threads)))

    def connect(self):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(5)
        s.connect(str(self.path))
        return s

    def answers(self, path="/healthz"):
        """All that comes until the connection is closed."""
        with self.connect() as s:
            s.sendall(kept_request(path))
            return b"".join(iter(lambda: s.recv(65536), b""))


@pytest.fixture(params=[1, 8])
def front_end(campus, tmp_path, request):
    program = FrontEnd(campus, tmp_path, request.param)
    program.wait_log("ev=started")
    yield program
    program.stop()


def test_a_connection_is_never_kept(front_end):
    """Whoever asks for it would keep a thread from everybody else."""
    for _ in range(20):
        assert b"Status: 200" in front_end.answers()


def test_a_silent_web_server_does_not_delay_the_end(front_end):
    assert b"Status: 200" in front_end.answers()
    with front_end.connect() as silent:
        silent.sendall(b"\x01")  # of the eight bytes of a head
        start = time.monotonic()
        assert front_end.stop() == 0
        assert time.monotonic() - start < 3
    assert "ev=stopped_by_force" not in front_end.log()


# --- plain CGI

def test_cgi_takes_a_question_and_gives_the_answer(campus):
    question = b'{"question": "Which workshops are there?"}'
    status, headers, body = cgi(campus, "POST",
                                "/landing-assistant/query", question)
    assert status == 202, body
    job = json.loads(body)["jobId"]
    path = f"/landing-assistant/job/{job}"
    assert headers["Location"].endswith(path)

    def final():
        status, _, body = cgi(campus, "GET", path)
        assert status == 200, body
        job = json.loads(body)
        return job["status"] == "COMPLETED" and job
    job = until(final, 10, "the job has ended")
    assert "Query Tuning in a Day" in job["result"]["answer"]


def test_cgi_knows_who_asks(campus):
    ask = json.dumps({"courseId": WEB, "topicId": topic_id(WEB),
                      "question": "What is recursion?", "moduleNo": 1})
    status, _, _ = cgi(campus, "POST", "/api/assistant/query", ask.encode())
    assert status == 401
    status, _, body = cgi(
        campus, "POST", "/api/assistant/query", ask.encode(),
        HTTP_AUTHORIZATION=f"Bearer {campus.token(ADA)}")
    assert status == 202, body


@pytest.mark.parametrize("variables, status", [
    ({"CONTENT_LENGTH": ""}, 411), ({"CONTENT_LENGTH": "5000"}, 400),
    ({"CONTENT_LENGTH": "-1"}, 400), ({"CONTENT_LENGTH": "0"}, 400),
    ({"CONTENT_LENGTH": "99999999999999999999"}, 400),
    ({"CONTENT_LENGTH": "70000"}, 413), ({"CONTENT_TYPE": "text/xml"}, 415),
    ({"REQUEST_METHOD": "BREW"}, 405)])
def test_cgi_variables_that_are_wrong(campus, variables, status):
    got, headers, body = cgi(campus, "POST", "/landing-assistant/query",
                             b'{"question": "a"}', **variables)
    assert got == status, body
    assert headers["Content-Type"].startswith("application/problem+json")


def test_cgi_without_a_database_is_503(campus, tmp_path):
    class Away:
        conf = write_conf(tmp_path / "away.conf", {
            **campus.settings,
            "database.web_url": f"host={tmp_path} dbname=campus"})
    status, headers, body = cgi(Away, "POST", "/landing-assistant/query",
                                b'{"question": "a"}')
    assert status == 503, body
    assert int(headers["Retry-After"]) >= 1


def test_a_statement_that_is_given_up_does_not_go_on(campus, tmp_path):
    class Hasty:
        conf = write_conf(tmp_path / "hasty.conf", {
            **campus.settings, "database.statement_timeout": "600ms"})
    job = campus.visitor.ask_landing("Which workshops are there?").json
    held = psycopg2.connect(campus.postgres.url())
    try:
        held.cursor().execute("LOCK TABLE coatcheck.job")
        status, _, body = cgi(
            Hasty, "GET", f"/landing-assistant/job/{job['jobId']}")
        assert status == 503, body
        until(lambda: not campus.one(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
            " AND query LIKE '%%job_view%%' AND pid <> pg_backend_pid()"),
            2, "the server has ended it")
    finally:
        held.close()


# --- the command line

def run(conf, *argv):
    return subprocess.run([str(a) for a in argv], env=environment(conf),
                          capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("program", [FCGI, WORKER, CLI])
def test_help_and_version(campus, program):
    for option in ("--help", "--version"):
        done = run(campus.conf, program, option)
        assert done.returncode == 0, done
        assert "coatcheck" in done.stdout.lower()


@pytest.mark.parametrize("program", [FCGI, WORKER, CLI])
def test_an_unknown_option_is_a_usage_error(campus, program):
    done = run(campus.conf, program, "--no-such-option")
    assert done.returncode == 64
    assert "--no-such-option" in done.stderr


@pytest.mark.parametrize("argv", [["x"], ["--config"], []])
def test_the_front_end_says_briefly_how_it_is_used(campus, argv):
    done = run(campus.conf, FCGI, *argv)
    assert done.returncode == 64
    first, second = done.stderr.splitlines()
    assert first.startswith("coatcheck.fcgi: ")
    assert second == "Try: coatcheck.fcgi --help"


@pytest.mark.parametrize("argv", [(FCGI, "--check"), (WORKER, "--check"),
                                  (CLI, "check")])
def test_check_finds_nothing_wrong(campus, argv):
    done = run(campus.conf, *argv)
    assert done.returncode == 0, done
    assert campus.settings["auth.jwt_secret"] not in done.stdout + done.stderr


@pytest.mark.parametrize("argv", [(FCGI, "--check"), (WORKER, "--check"),
                                  (CLI, "check")])
def test_a_bad_configuration_names_its_line(campus, tmp_path, argv):
    conf = tmp_path / "bad.conf"
    conf.write_text("[worker]\npoll = 1s\npole = 2s\n", encoding="utf-8")
    conf.chmod(0o600)
    done = run(conf, *argv)
    assert done.returncode == 78
    assert "bad.conf" in done.stderr and "3" in done.stderr
    assert "pole" in done.stderr


def test_an_unknown_command_lists_those_there_are(campus):
    done = run(campus.conf, CLI, "destroy")
    assert done.returncode == 64
    for command in ("migrate", "ingest", "token", "check"):
        assert command in done.stderr


def test_migrating_again_changes_nothing(campus):
    conf = write_conf(campus.home / "admin.conf", {
        **campus.settings, "database.admin_url": campus.postgres.url()})
    versions = campus.sql("SELECT * FROM coatcheck.schema_version")
    assert run(conf, CLI, "migrate").returncode == 0
    assert campus.sql("SELECT * FROM coatcheck.schema_version") == versions
    status = run(conf, CLI, "migrate", "--status")
    assert status.returncode == 0
    assert "queue" in status.stdout and "assistant" in status.stdout


def test_programs_refuse_a_database_that_is_not_migrated(campus):
    campus.postgres.sql("CREATE DATABASE empty", database="postgres")
    conf = write_conf(campus.home / "empty.conf", {
        **campus.settings, **{
            f"database.{k}": campus.postgres.url(database="empty")
            for k in ("url", "web_url", "worker_url", "admin_url")}})
    for argv in ((FCGI, "--check"), (WORKER, "--once"), (CLI, "check")):
        done = run(conf, *argv)
        assert done.returncode not in (0, None), (argv, done)
        assert "migrate" in done.stdout + done.stderr, (argv, done)
