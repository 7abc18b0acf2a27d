"""
A language model provider that does what a test tells it: an OpenAI-compatible
/chat/completions on a loopback port. It keeps every request it got.

A behaviour is a function of a Call. The next calls take from the script, in
order; with an empty script the usual behaviour answers.
"""
import json
import select
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from lib.wait import until


class Call:
    """One request: what came, and what is done with the connection."""

    def __init__(self, handler, body):
        self.path = handler.path
        self.headers = handler.headers
        self.request = json.loads(body)
        self.was_cut = threading.Event()  # the caller hung up
        self._handler = handler

    @property
    def prompt(self):
        """All that the model would read."""
        return "\n".join(m["content"] for m in self.request["messages"])

    def reply(self, status, body, headers=None):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        out = self._handler
        out.send_response(status)
        for name, value in {"Content-Type": "application/json",
                            "Content-Length": str(len(body)),
                            **(headers or {})}.items():
            out.send_header(name, value)
        out.end_headers()
        out.wfile.write(body)

    def caller_left(self):
        sock = self._handler.connection
        readable, _, _ = select.select([sock], [], [], 0.02)
        try:
            gone = bool(readable) and sock.recv(1) == b""
        except OSError:
            gone = True
        if gone:
            self.was_cut.set()
        return gone

    def hang_up(self):
        self._handler.close_connection = True
        self._handler.connection.shutdown(2)


# --- behaviours

def says(text, **message):
    return lambda call: call.reply(200, {
        "id": "chatcmpl-1", "object": "chat.completion", "model": "test",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {
            "role": "assistant", "content": text, **message}}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5,
                  "total_tokens": 15}})


def refuses():
    return says(None, refusal="I cannot help with that.")


def fails(status, message="provider-internal-text", code=None, **headers):
    headers = {k.replace("_", "-"): str(v) for k, v in headers.items()}
    return lambda call: call.reply(status, {"error": {
        "message": message, "type": code or "error", "code": code}}, headers)


def sends(body, status=200, content_type="application/json"):
    return lambda call: call.reply(status, body,
                                   {"Content-Type": content_type})


def hangs_up():
    return lambda call: call.hang_up()


def hangs_up_midway():
    def behave(call):
        out = call._handler
        out.send_response(200)
        out.send_header("Content-Type", "application/json")
        out.send_header("Content-Length", "1000")
        out.end_headers()
        out.wfile.write(b'{"choices": [{"mess')
        out.wfile.flush()
        call.hang_up()
    return behave


class Held:
    """A call that waits until the test releases it or its caller leaves."""

    def __init__(self, then):
        self.then, self.call = then, None
        self._arrived, self._open = threading.Event(), threading.Event()

    def __call__(self, call):
        self.call = call
        self._arrived.set()
        while not self._open.is_set():
            if call.caller_left():
                return
        self.then(call)

    def wait_arrived(self, within=10):
        assert self._arrived.wait(within), "the provider was not called"

    def wait_cut(self, within=10):
        self.wait_arrived()
        assert self.call.was_cut.wait(within), "the call was not cut"

    def release(self):
        self._open.set()


class Provider:
    """Use as a context manager; url is what goes into [llm] base_url."""

    def __init__(self, usual=None):
        self.usual = usual or says("The usual answer.")
        self.reset()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                call = Call(self, self.rfile.read(length))
                provider.take(call)(call)

            def handle(self):
                try:
                    super().handle()
                except OSError:
                    pass  # the caller is gone

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()
        return self

    def __exit__(self, *_):
        for held in self.held:
            held.release()
        self.server.shutdown()
        self.server.server_close()

    def reset(self):
        self.lock = threading.Lock()
        self.calls, self.held, self._script = [], [], []

    def script(self, *behaviours):
        """What the next calls get, one each."""
        self._script.extend(behaviours)

    def hold(self, then=None):
        """The next call waits. Returns its Held."""
        held = Held(then or says("The held answer."))
        self.held.append(held)
        self.script(held)
        return held

    def take(self, call):
        with self.lock:
            self.calls.append(call)
            return self._script.pop(0) if self._script else self.usual

    def wait_calls(self, n, within=10):
        until(lambda: len(self.calls) >= n, within, f"{n} provider calls")
