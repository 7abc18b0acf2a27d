"""
Everything that a provider can do wrong, and some things that are right but
unusual. Each is a behaviour for Provider.script().
"""
import email.utils
import time

from lib.provider import (USAGE, chunk, deltas, event, events_of, says,
                          sends)

# What a provider says of itself; no client and no log may ever show it.
INTERNAL = "provider-internal-text"


def openai(status, kind=None, code=None, param=None, message=INTERNAL,
           **headers):
    headers = {k.replace("_", "-"): str(v) for k, v in headers.items()}
    return lambda call: call.reply(status, {"error": {
        "message": message, "type": kind, "param": param, "code": code}},
        headers)


def http_date(seconds):
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


def rate_limited(**headers):
    return openai(429, "requests", "rate_limit_exceeded", **headers)


def until_date(seconds):
    """A 429 whose Retry-After is a date, counted from the call."""
    return lambda call: rate_limited(retry_after=http_date(seconds))(call)


# 429 that passes, and the least wait in seconds that it asks for.
RATE_LIMITS = {
    "seconds": (rate_limited(retry_after=1), 1),
    "float": (rate_limited(retry_after="0.9"), 0.9),
    "ms-before-seconds": (rate_limited(retry_after=30, retry_after_ms=800),
                          0.8),
    "date": (until_date(2), 1),
    "minus-one": (rate_limited(retry_after=-1), 0),
    "garbage": (rate_limited(retry_after="soon"), 0),
    # The time until all is free again, and not until the next may come.
    "six-minutes-to-full": (rate_limited(retry_after=1, **{
        "x_ratelimit_limit_requests": 360, "x_ratelimit_remaining_requests": 0,
        "x_ratelimit_reset_requests": "6m0s",
        "x_ratelimit_reset_tokens": "-1"}), 1),
    "no-code": (sends(b'{"error": {"message": "slow down"}}', 429), 0),
    "empty": (sends(b"", 429), 0),
    "anthropic": (sends(
        b'{"type": "error", "error": {"type": "rate_limit_error",'
        b' "message": "slow down"}}', 429, **{"retry-after": "1"}), 1),
    "mistral": (sends(
        b'{"object": "error", "message": "Requests rate limit exceeded",'
        b' "type": "rate_limited", "code": "1300"}', 429), 0),
}

QUOTA = {
    "insufficient-quota": openai(429, "insufficient_quota",
                                 "insufficient_quota", retry_after=1),
    "quota-by-type": openai(429, "insufficient_quota"),
    "402": openai(402, message="Insufficient Balance"),
    "billing": openai(400, "billing_error", "billing_hard_limit_reached"),
}

AUTH = {
    "401": openai(401, "invalid_request_error", "invalid_api_key"),
    "403": openai(403, message="Country not supported"),
}

CONFIGURATION = {
    "404-model": openai(404, "invalid_request_error", "model_not_found"),
    "404-html": sends(b"<html>Not Found</html>", 404, "text/html"),
}

# A second try can help.
TRANSIENT = {
    "408": openai(408), "409": openai(409), "500": openai(500, "server_error"),
    "502-html": sends(b"<html>Bad gateway</html>", 502, "text/html"),
    "503-empty": sends(b"", 503, "text/plain"),
    "503-loading": sends(
        b'{"error": {"code": 503, "message": "Loading model",'
        b' "type": "unavailable_error"}}', 503),
    "504-html": sends(b"<html>Gateway Timeout</html>", 504, "text/html"),
    "529": sends(b'{"type": "error", "error": {"type": "overloaded_error",'
                 b' "message": "Overloaded"}}', 529),
    "gemini-503": sends(
        b'[{"error": {"code": 503, "message": "The model is overloaded.",'
        b' "status": "UNAVAILABLE"}}]', 503),
}

# The same request would fail again.
BAD_REQUEST = {
    "400-string": sends(b'{"error": "provider-internal-text"}', 400),
    "400-vllm": sends(
        b'{"object": "error", "message": "provider-internal-text",'
        b' "type": "BadRequestError", "param": null, "code": 400}', 400),
    "400-gemini": sends(
        b'[{"error": {"code": 400, "message": "provider-internal-text",'
        b' "status": "INVALID_ARGUMENT", "details": []}}]', 400),
    "413": openai(413), "422": openai(422),
}

CONTENT_FILTER = openai(400, None, "content_filter", "prompt",
                        "The response was filtered")
TOO_LONG = {
    "openai": openai(400, "invalid_request_error", "context_length_exceeded",
                     "messages"),
    "vllm": sends(b'{"object": "error", "message": "This model\'s maximum'
                  b' context length is 4096 tokens.", "type":'
                  b' "BadRequestError", "code": 400}', 400),
}


def unsupported(param, code="unsupported_parameter"):
    return openai(400, "invalid_request_error", code, param,
                  f"Unsupported parameter: '{param}' is not supported with"
                  " this model.")


def rejects(param, then=None, code="unsupported_parameter"):
    """A model that refuses a parameter for as long as it is sent."""
    then = then or says("Without it.")

    def behave(call):
        (unsupported(param, code) if param in call.request else then)(call)
    return behave


def needs_key(key, then=None):
    """401 for any other key."""
    then = then or says("The key is right.")

    def behave(call):
        (then if call.key == key else AUTH["401"])(call)
    return behave


# --- unusual streams. A caller that did not ask for one gets a plain answer.

def streams(text, newline="\n", space=" ", size=None, comments=False,
            usage=USAGE, finish="stop"):
    """size: bytes a piece; 1 splits every character that has more."""
    def behave(call):
        if not call.streamed:
            says(text, finish, usage)(call)
            return
        parts = [event(e, newline, space) for e in events_of(
            call, {"content": text}, finish, usage)]
        if comments:
            note = f": still at it{newline}{newline}".encode()
            ping = f"event: ping{newline}id: 7{newline}{newline}".encode()
            parts = [x for p in parts for x in (note, ping, p)]
        whole = b"".join(parts)
        call.start_stream()
        step = size or len(whole)
        for at in range(0, len(whole), step):
            call.piece(whole[at:at + step])
        call.end_stream()
    return behave


def streams_then(text, last, usage=None):
    """Some text, and then what `last` does with the call."""
    def behave(call):
        if not call.streamed:
            last(call)
            return
        call.start_stream()
        for each in deltas({"content": text}):
            call.piece(event(chunk(each)))
        last(call)
    return behave


def ends_early(text="Half of"):
    """The connection is whole, the answer is not: no end, no [DONE]."""
    def last(call):
        if call.streamed:
            call.end_stream()
        else:
            call.reply(200, {"choices": [{"index": 0, "finish_reason": None,
                                          "message": {"content": text}}]})
    return streams_then(text, last)


def fails_midway(error=None, text="Half of"):
    """An error event inside of a 200."""
    body = {"error": error or {"message": INTERNAL, "type": "server_error",
                               "code": None}}

    def last(call):
        if call.streamed:
            call.piece(event(body))
            call.piece(event("[DONE]"))
            call.end_stream()
        else:
            call.reply(500, body)
    return streams_then(text, last)


def stalls_midway(text="Half of"):
    """Then nothing, until the caller leaves."""
    def last(call):
        if not call.streamed:
            call.head(200, {"Content-Type": "application/json",
                            "Content-Length": "1000"})
            call.write(b'{"choices": [')
        while call.pause(1):
            pass
    return streams_then(text, last)


def drips(text, every, newline="\n"):
    """A byte of text at a time, `every` seconds one; for ever if it is ""."""
    def behave(call):
        if not call.streamed:
            says(text)(call)
            return
        call.start_stream()
        for letter in text:
            call.piece(event(chunk({"content": letter}), newline))
            if not call.pause(every):
                return
        while not text and call.pause(every):
            call.piece(b": wait\n\n")
        call.piece(event(chunk({}, "stop")))
        call.piece(event("[DONE]"))
        call.end_stream()
    return behave


def prelude_without_choices(text):
    """Azure sends what its filter found first, and no choice."""
    def behave(call):
        if not call.streamed:
            says(text)(call)
            return
        call.start_stream()
        call.piece(event(chunk(prompt_filter_results=[])))
        for each in events_of(call, {"content": text}, "stop"):
            call.piece(event(each))
        call.end_stream()
    return behave


def plain(text):
    """JSON, though a stream was asked for."""
    def behave(call):
        call.request["stream"] = False
        says(text)(call)
    return behave


def floods(size=50_000_000, declared=False):
    """A body without end, until the caller hangs up."""
    def behave(call):
        headers = {"Content-Type": "text/event-stream" if call.streamed
                   else "application/json"}
        if declared:
            headers["Content-Length"] = str(size)
        call._handler.close_connection = True
        call.head(200, headers)
        block = b"x" * 65536
        try:
            for _ in range(size // len(block)):
                call.write(block)
        except OSError:
            call.was_cut.set()
    return behave


def after(seconds, then=None):
    """Nothing for a while, then an answer."""
    then = then or says("Late.")

    def behave(call):
        if call.pause(seconds):
            then(call)
    return behave


