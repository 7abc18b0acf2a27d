"""A job is its owner's. Who may not see it learns as much as of no job."""
import uuid

import pytest

from lib.client import assert_problem
from lib.sample import ADA, BOB, WEB, topic_id

SAME_ID = {"X-Request-Id": "the-same-for-all"}


@pytest.fixture(scope="module")
def private_job(campus):
    ada = campus.learner(ADA)
    ticket = ada.ask_course(WEB, topic_id(WEB), "What is recursion?")
    ada.collect_answer(ticket)
    return ticket.json["jobId"]


@pytest.fixture(scope="module")
def public_job(campus):
    ticket = campus.visitor.ask_landing("Which workshops are there?")
    campus.visitor.collect_answer(ticket)
    return ticket.json["jobId"]


@pytest.mark.parametrize("method", ["GET", "DELETE", "HEAD"])
def test_fault_17_no_foreign_jobs(campus, private_job, method):
    bob, path = campus.learner(BOB), "/api/assistant/job/"
    foreign = bob.send(method, path + private_job, headers=SAME_ID)
    unknown = bob.send(method, path + str(uuid.uuid4()), headers=SAME_ID)
    assert foreign.status == unknown.status == 404
    assert foreign.body == unknown.body
    assert (sorted(foreign.headers.keys()) == sorted(unknown.headers.keys()))
    if method != "HEAD":
        assert_problem(foreign, 404, "Job not found")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_fault_17_public_route_reaches_no_private_job(campus, private_job,
                                                      method):
    for caller in (campus.visitor, campus.learner(ADA)):
        assert_problem(caller.send(
            method, f"/api/landing-assistant/job/{private_job}"),
            404, "Job not found")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_private_route_reaches_no_public_job(campus, public_job, method):
    assert_problem(campus.learner(ADA).send(
        method, f"/api/assistant/job/{public_job}"), 404, "Job not found")


def test_private_route_needs_a_token(campus, private_job):
    assert_problem(campus.visitor.get(f"/assistant/job/{private_job}"),
                   401, "Authorization header is missing")


def test_the_owner_still_reads_it(campus, private_job):
    reply = campus.learner(ADA).get(f"/assistant/job/{private_job}")
    assert reply.json["status"] == "COMPLETED"


@pytest.mark.parametrize("spelled", [str.upper, str.lower])
def test_ids_in_either_case(campus, private_job, spelled):
    reply = campus.learner(ADA).get(f"/assistant/job/{spelled(private_job)}")
    assert reply.json["jobId"] == private_job


@pytest.mark.parametrize("bad", [
    "1", "not-a-uuid", "%00", "..%2F..%2Fetc", "{" + str(uuid.uuid4()) + "}",
    str(uuid.uuid4())[:-1], str(uuid.uuid4()) + "0", "1' OR '1'='1"])
@pytest.mark.parametrize("route", ["assistant", "landing-assistant"])
def test_a_bad_id_is_said_to_be_bad(campus, route, bad):
    path = f"/{route}/job/" + bad.replace(" ", "%20").replace("'", "%27")
    reply = campus.learner(ADA).get(path)
    if reply.status == 404:  # the path has become another one
        assert "%00" in path or "%2F" in path
    elif "%00" not in path:  # which the web server itself refuses
        assert_problem(reply, 400, "Invalid job ID")
