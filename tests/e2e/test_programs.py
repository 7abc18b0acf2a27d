"""The programs as an operator meets them: stop, CGI, checks, usage."""
import json
import os
import signal
import subprocess

import pytest

from lib.process import children_of
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


# --- plain CGI

def cgi(stack, method, path, body=b"", **variables):
    """Runs the program as a web server would for one request."""
    env = {"GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": method,
           "SERVER_PROTOCOL": "HTTP/1.1", "SCRIPT_NAME": "/coatcheck.fcgi",
           "PATH_INFO": path, "REQUEST_URI": path}
    if method == "POST":
        env.update(CONTENT_LENGTH=str(len(body)),
                   CONTENT_TYPE="application/json")
    env.update(variables)
    done = subprocess.run([FCGI], input=body, capture_output=True, timeout=20,
                          env=environment(stack.conf, **env))
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    lines = dict(line.split(": ", 1) for line in head.decode().splitlines())
    return int(lines.get("Status", "200").split()[0]), lines, body


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
