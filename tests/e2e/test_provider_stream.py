"""Streams as providers send them: odd, cut, slow or without an end."""
import pytest

from lib import troubles
from lib.asking import (EXTRACT, answer, ask, assert_by_model,
                        assert_extracted, start)
from lib.provider import hangs_up, hangs_up_midway, says, sends
from lib.sample import flat

TEXT = "Ünï \U0001f600 – a function \u2028 that calls itself."
FAST = {"llm_first_byte_timeout": "400ms", "llm_stall_timeout": "400ms",
        "llm_timeout": "2s"}

WHOLE = {
    "as-openai-sends-it": troubles.streams(TEXT),
    "split-utf-8": troubles.streams(TEXT, size=1),
    "pieces-of-seven": troubles.streams(TEXT, size=7),
    "crlf": troubles.streams(TEXT, newline="\r\n", size=5),
    "data-without-blank": troubles.streams(TEXT, space=""),
    "comments-and-other-fields": troubles.streams(TEXT, comments=True),
    "no-usage": troubles.streams(TEXT, usage=None),
    "no-choices-first": troubles.prelude_without_choices(TEXT),
    "plain-json": troubles.plain(TEXT),
}


@pytest.mark.parametrize("behaviour", WHOLE.values(), ids=WHOLE.keys())
def test_a_stream_is_read_whole(site, provider, behaviour):
    provider.usual = behaviour
    start(site, provider)
    assert_by_model(answer(site), TEXT)
    (call,) = provider.calls
    assert call.body and len(provider.calls) == 1


@pytest.mark.parametrize("wanted", ["yes", "no"])
def test_streaming_is_a_setting(site, provider, wanted):
    start(site, provider, llm_stream=wanted)
    assert_by_model(answer(site), "The usual answer.")
    (call,) = provider.calls
    assert call.headers["Content-Type"] == "application/json"
    asked_for = b'"stream": true' in call.body or b'"stream":true' in call.body
    assert asked_for == (wanted == "yes")


def test_usage_that_comes_after_the_end_is_read(site, provider):
    provider.script(says("Counted.", usage={
        "prompt_tokens": 123, "completion_tokens": 45, "total_tokens": 168,
        "prompt_tokens_details": {"cached_tokens": 100}}))
    start(site, provider)
    learner, ticket = ask(site)
    learner.collect_answer(ticket)
    (row,) = site.ledger(ticket)
    assert (row.prompt_tokens, row.cached_tokens, row.completion_tokens,
            row.is_estimated) == (123, 100, 45, False)


def test_usage_that_never_comes_is_estimated(site, provider):
    provider.script(says("A word or two, uncounted.", usage=None))
    start(site, provider)
    learner, ticket = ask(site)
    learner.collect_answer(ticket)
    (row,) = site.ledger(ticket)
    assert row.is_estimated and row.prompt_tokens > 50
    assert 1 <= row.completion_tokens <= 50


# --- streams that end wrongly: the next attempt answers, whole and alone

BROKEN = {
    "cut-without-done": troubles.ends_early(),
    "connection-lost": hangs_up_midway(),
    "no-byte": hangs_up(),
    "error-midway": troubles.fails_midway(),
    "error-is-a-string": troubles.fails_midway("overloaded"),
    "not-json": sends(b"data: {\n\ndata: [DONE]\n\n", 200,
                      "text/event-stream"),
    "nothing": sends(b"", 200, "text/event-stream"),
    "only-done": sends(b"data: [DONE]\n\n", 200, "text/event-stream"),
    "html": sends(b"<html>Sign in</html>", 200, "text/html"),
}


@pytest.mark.parametrize("behaviour", BROKEN.values(), ids=BROKEN.keys())
def test_half_a_stream_is_no_answer(site, provider, behaviour):
    provider.script(behaviour, says("Whole."))
    start(site, provider)
    learner, ticket = ask(site)
    result = learner.collect_answer(ticket, 20)
    assert "Half" not in result["answer"]
    if result["engine"] == "llm":
        assert result["answer"] == "Whole."
        assert len(provider.calls) == 2
    else:
        assert EXTRACT in flat(result["answer"]) and result["notice"]


def test_a_quota_error_midway_is_final(site, provider):
    provider.usual = troubles.fails_midway(
        {"message": "no credit", "code": "insufficient_quota",
         "type": "insufficient_quota"})
    start(site, provider)
    assert_extracted(answer(site))
    assert len(provider.calls) == 1


# --- streams that stop

def test_a_stall_before_the_first_byte_is_cut(site, provider):
    held = provider.hold()
    provider.script(says("The second attempt."))
    start(site, provider, **FAST)
    result = answer(site)
    held.wait_cut()
    assert_by_model(result, "The second attempt.")
    first, second = provider.calls
    assert 0.4 <= second.at - first.at < 6


def test_a_stall_midway_is_cut(site, provider):
    provider.script(troubles.stalls_midway(), says("The second attempt."))
    start(site, provider, **FAST)
    assert_by_model(answer(site), "The second attempt.")
    assert provider.calls[0].was_cut.wait(5)


def test_a_slow_stream_that_goes_on_is_let_go_on(site, provider):
    """Longer than any silence allowed, shorter than the whole."""
    provider.script(troubles.drips("slowly", every=0.15))
    start(site, provider, **FAST)
    assert_by_model(answer(site), "slowly")
    assert len(provider.calls) == 1


def test_a_stream_of_comments_alone_ends_with_its_time(site, provider):
    provider.script(troubles.drips("", every=0.1), says("At last."))
    start(site, provider, **{**FAST, "llm_timeout": "1s"})
    assert_by_model(answer(site), "At last.")
    assert provider.calls[0].was_cut.wait(5)


def test_a_slow_plain_answer_is_waited_for(site, provider):
    """Nothing comes before all of it: no stall of a stream."""
    provider.script(troubles.after(0.8, says("In one piece.")))
    start(site, provider, **{**FAST, "llm_stream": "no"})
    assert_by_model(answer(site), "In one piece.")
    assert len(provider.calls) == 1


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("stream", ["yes", "no"])
def test_fifty_megabytes_are_cut_off(site, provider, declared, stream):
    provider.usual = troubles.floods(50_000_000, declared)
    worker = start(site, provider, llm_stream=stream)
    assert_extracted(answer(site, within=30))
    until_cut = [call.was_cut.wait(5) for call in provider.calls]
    assert all(until_cut) and len(until_cut) <= 3
    assert worker.peak_mb() < 200
