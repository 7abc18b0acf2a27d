"""The way to a provider: names, sockets, TLS, HTTP/2, and a crowd of calls."""
import os
import pathlib
import socket
import subprocess

import pytest

from lib import provider_h2
from lib.asking import (answer, ask, assert_by_model,
                        assert_extracted, start)
from lib.provider import says
from lib.provider_h2 import ProviderH2
from lib.wait import until

FAST = {"llm_connect_timeout": "300ms", "llm_first_byte_timeout": "400ms",
        "llm_timeout": "600ms"}
# Not in the material: answered without a call.
UNKNOWN = "How do I bake sourdough bread?"


@pytest.fixture
def slow_dns(tmp_path):
    """An environment in which slow.test is looked up for four seconds."""
    shim = tmp_path / "slow_dns.so"
    source = pathlib.Path(__file__).parent / "slow_dns.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", shim,
                    source, "-ldl"], check=True)
    sanitizer = os.environ.get("ASAN_OPTIONS", "")
    return {"LD_PRELOAD": str(shim), "SLOW_DNS_SECONDS": "4",
            "ASAN_OPTIONS": f"{sanitizer}:verify_asan_link_order=0"}


def slow_url(provider):
    return provider.url.replace("127.0.0.1", "slow.test")


def test_a_slow_name_server_holds_up_nobody_else(site, provider, slow_dns):
    site.start_worker(env=slow_dns, llm_base_url=slow_url(provider),
                      llm_connect_timeout="10s")
    learner, ticket = ask(site)
    site.wait_job(ticket.json["jobId"], "PROCESSING")
    for _ in range(3):
        other, unknown = ask(site, UNKNOWN)
        other.collect_answer(unknown, within=2)
    assert learner.job(ticket).json["status"] == "PROCESSING"
    assert_by_model(learner.collect_answer(ticket), "The usual answer.")


def test_a_name_server_that_is_too_slow_is_given_up(site, provider, slow_dns):
    """Another provider answers, and the loop does not wait for the thread."""
    site.start_worker(env=slow_dns, settings={
        "llm.base_url": slow_url(provider), "llm.connect_timeout": "300ms",
        "llm backup.base_url": provider.url})
    learner, ticket = ask(site)
    assert_by_model(learner.collect_answer(ticket, within=3),
                    "The usual answer.")
    other, unknown = ask(site, UNKNOWN)
    other.collect_answer(unknown, within=2)


def test_a_provider_that_accepts_and_never_answers(site):
    """Nothing is left hanging: the job ends by its own deadlines."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as silent:
        port = silent.getsockname()[1]
        worker = site.start_worker(
            llm_base_url=f"http://127.0.0.1:{port}/v1", **FAST)
        learner, ticket = ask(site)
        assert_extracted(learner.collect_answer(ticket, 20))
        assert site.one("SELECT count(*) FROM coatcheck.lease") == 0
        until(lambda: worker.connections_to(port) == 0, 5,
              "no connection is left")


def test_a_port_that_nobody_listens_on(site):
    site.start_worker(llm_base_url="http://127.0.0.1:9/v1")
    assert_extracted(answer(site, within=20))


# --- limits of the machine

def test_few_files_are_no_trouble_of_the_provider(site, provider):
    """More calls than files: they wait their turn or quote the course text,
    and the next question finds the model as usable as before."""
    worker = start(site, provider, limits=("--nofile=64:64",))
    held = [provider.hold(says("Held.")) for _ in range(20)]
    asked = [ask(site) for _ in range(120)]
    for each in held:
        each.wait_arrived()
        each.release()
    for learner, ticket in asked:
        learner.collect_answer(ticket, 30)
    assert_by_model(answer(site), "The usual answer.")
    worker.assert_alive()


MANY = 300  # thousands are for tests/bench/calls.py


def test_hundreds_of_calls_at_once(site, provider):
    held = [provider.hold() for _ in range(MANY)]
    worker = start(site, provider)
    site.sql("SELECT coatcheck.enqueue('LANDING_QUERY', jsonb_build_object("
             "'question', 'Which courses do you offer?', 'turnCount', 0))"
             " FROM generate_series(1, %s)", MANY)
    for each in held:
        each.wait_arrived(20)
    assert site.one("SELECT count(*) FROM coatcheck.lease") == MANY
    for each in held:
        each.release()
    until(lambda: site.one(
        "SELECT count(*) FROM coatcheck.result WHERE status = 'COMPLETED'"
        " AND result ->> 'answer' = 'The held answer.'") == MANY, 30,
        "all have their answers")
    assert len(provider.calls) == MANY
    worker.assert_alive()


# --- TLS and HTTP/2

@pytest.fixture
def provider_h2_(tmp_path):
    with ProviderH2(tmp_path) as provider:
        yield provider


def start_h2(site, provider, **settings):
    return site.start_worker(llm_base_url=provider.url,
                             llm_ca_file=provider.ca_file, **settings)


def test_http2_with_an_authority_of_its_own(site, provider_h2_):
    start_h2(site, provider_h2_)
    for _ in range(3):
        assert_by_model(answer(site), "The usual answer.")
    assert provider_h2_.connections == 1, "it is kept"


def test_an_unknown_authority_is_not_trusted(site, provider_h2_):
    site.start_worker(llm_base_url=provider_h2_.url)
    assert_extracted(answer(site, within=20))
    assert provider_h2_.requests == []


def test_goaway_before_the_request_was_looked_at(site, provider_h2_):
    provider_h2_.script(provider_h2.sends_away(), provider_h2.says("Again."))
    start_h2(site, provider_h2_)
    assert_by_model(answer(site), "Again.")
    assert (len(provider_h2_.requests), provider_h2_.connections) == (2, 2)


def test_goaway_behind_an_answer(site, provider_h2_):
    provider_h2_.script(provider_h2.says_and_sends_away("The last one."))
    start_h2(site, provider_h2_)
    assert_by_model(answer(site), "The last one.")
    assert_by_model(answer(site), "The usual answer.")
    assert (len(provider_h2_.requests), provider_h2_.connections) == (2, 2)


def test_a_stream_that_is_reset_midway(site, provider_h2_):
    provider_h2_.script(provider_h2.breaks_off(), provider_h2.says("Whole."))
    start_h2(site, provider_h2_)
    assert_by_model(answer(site), "Whole.")
    assert len(provider_h2_.requests) == 2
