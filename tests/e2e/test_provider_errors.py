"""What a provider answers instead of an answer, in every shape seen."""
import pytest

from lib import troubles
from lib.asking import (QUESTION, answer, ask, assert_by_model,
                        assert_extracted, start)
from lib.provider import fails, refuses, says
from lib.sample import new_user
from lib.troubles import INTERNAL, streams


def cases(table):
    return pytest.mark.parametrize("trouble", table.values(),
                                   ids=table.keys())


# --- what passes

@cases(troubles.RATE_LIMITS)
def test_429_is_waited_out(site, provider, trouble):
    behaviour, least_s = trouble
    provider.script(behaviour, says("Now."))
    start(site, provider)
    assert_by_model(answer(site), "Now.")
    first, second = provider.calls
    assert least_s <= second.at - first.at < 8


@cases(troubles.TRANSIENT)
def test_transient_trouble_is_tried_again(site, provider, trouble):
    provider.script(trouble, says("The second attempt."))
    start(site, provider)
    assert_by_model(answer(site), "The second attempt.")
    assert len(provider.calls) == 2


def test_a_server_that_goes_on_failing_is_left_alone(site, provider):
    """Three attempts of a job, and not one call more."""
    provider.usual = fails(500)
    start(site, provider)
    assert_extracted(answer(site, within=30))
    assert len(provider.calls) <= 3


# --- what does not pass

PERMANENT = {**troubles.QUOTA, **troubles.AUTH, **troubles.CONFIGURATION,
             **troubles.BAD_REQUEST}


@cases(PERMANENT)
def test_fault_15_permanent_trouble_is_not_tried_again(site, provider,
                                                       trouble):
    provider.usual = trouble
    start(site, provider)
    learner, ticket = ask(site)
    assert_extracted(learner.collect_answer(ticket))
    assert (len(provider.calls), site.job_row(ticket).attempts) == (1, 1)


@cases({**troubles.QUOTA, **troubles.AUTH, **troubles.CONFIGURATION})
def test_trouble_of_the_account_is_not_asked_for_again(site, provider,
                                                       trouble):
    """The next question does not even try: the circuit is open."""
    provider.usual = trouble
    start(site, provider)
    for _ in range(3):
        assert_extracted(answer(site))
    assert len(provider.calls) == 1


def test_a_bad_request_says_nothing_about_the_next(site, provider):
    provider.script(fails(400))
    start(site, provider)
    assert_extracted(answer(site))
    assert_by_model(answer(site), "The usual answer.")


# --- what a second, other request can mend

@pytest.mark.parametrize("param, renamed", [
    ("max_tokens", "max_completion_tokens"), ("temperature", None),
    ("stream_options", None)])
@pytest.mark.parametrize("code", ["unsupported_parameter",
                                  "unsupported_value", None])
def test_a_parameter_that_is_refused_is_not_sent_again(
        site, provider, param, renamed, code):
    provider.usual = troubles.rejects(param, code=code)
    start(site, provider)
    for _ in range(2):
        assert_by_model(answer(site), "Without it.")
    first, *others = [call.request for call in provider.calls]
    assert param in first and len(others) == 2, "it is remembered"
    for request in others:
        assert param not in request
        assert renamed is None or request[renamed] == first[param]
        assert ("max_tokens" in request) != ("max_completion_tokens" in
                                             request)


@cases(troubles.TOO_LONG)
def test_a_prompt_that_is_too_long_is_cut_once(site, provider, trouble):
    """What was said before is left out; the question stays."""
    user = new_user()
    start(site, provider)
    answer(site, "What is a closure?", user=user)
    provider.script(trouble, says("It fits."))
    assert_by_model(answer(site, user=user), "It fits.")
    _, first, second = provider.calls
    assert "closure?" in first.prompt and "closure?" not in second.prompt
    assert QUESTION in second.asked
    assert second.asked == first.asked, "and so do the passages"


@cases(troubles.TOO_LONG)
def test_a_prompt_that_stays_too_long_ends_in_the_course_text(
        site, provider, trouble):
    provider.usual = trouble
    start(site, provider)
    assert_extracted(answer(site))
    assert len(provider.calls) <= 2


# --- what is declined

DECLINED = {
    "refusal": refuses(), "azure": troubles.CONTENT_FILTER,
    "filtered": says(None, "content_filter"),
    "filtered-midway": streams("Half of", finish="content_filter"),
}


@cases(DECLINED)
def test_what_is_declined_is_said_politely(site, provider, trouble):
    """Once, without the provider's words and without half an answer."""
    provider.usual = trouble
    start(site, provider)
    learner, ticket = ask(site)
    result = learner.collect_answer(ticket)
    assert len(result["answer"]) > 20 and result["sources"] == []
    for words in ("cannot help with that", "filtered", "Half of", INTERNAL):
        assert words not in result["answer"]
    assert (len(provider.calls), site.job_row(ticket).attempts) == (1, 1)


def test_a_declined_question_is_no_trouble_of_the_provider(site, provider):
    provider.script(*[refuses()] * 6)
    start(site, provider)
    for _ in range(6):
        answer(site)
    assert_by_model(answer(site), "The usual answer.")


# --- answers that are none, or not whole

def test_null_content_is_no_answer(site, provider):
    provider.script(says(None), says("Now there is one."))
    start(site, provider)
    result = answer(site)
    assert result["engine"] == "extractive" or (
        result["answer"] == "Now there is one.")
    assert result["answer"] not in ("null", "None", "")


def test_length_with_text_is_an_answer(site, provider):
    provider.script(says("As far as it goes.", "length"))
    start(site, provider)
    result = answer(site)
    assert result["answer"].startswith("As far as it goes.")
    assert len(provider.calls) == 1


def test_length_without_text_is_tried_with_more_room(site, provider):
    """All of it went into thinking."""
    provider.script(says("", "length"), says("With more room."))
    start(site, provider)
    assert_by_model(answer(site), "With more room.")
    first, second = [call.request["max_tokens"] for call in provider.calls]
    assert second > first


def test_length_without_text_twice_ends_in_the_course_text(site, provider):
    provider.usual = says(None, "length")
    start(site, provider)
    assert_extracted(answer(site))
    assert len(provider.calls) <= 3
