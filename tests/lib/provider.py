"""
A language model provider that does what a test tells it: OpenAI-compatible
/chat/completions (plain and streamed) and /embeddings on a loopback port. It
keeps every request it got.

A behaviour is a function of a Call. The next chat calls take from the script,
in order; with an empty script the usual behaviour answers. Embeddings have a
script and a usual behaviour of their own. What can go wrong is in troubles.py.
"""
import json
import select
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from lib import vectors
from lib.wait import until

USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
EVENTS = "text/event-stream; charset=utf-8"


def ready(within, *sockets):
    """Which can be read, after so many seconds at most; not select(2), which
    ends at 1,024 files."""
    poll = select.poll()
    for each in sockets:
        poll.register(each, select.POLLIN)
    return [fd for fd, _ in poll.poll(
        None if within is None else within * 1000)]


class Call:
    """One request: what came, and what is done with the connection."""

    def __init__(self, provider, handler, body):
        self.provider = provider
        self.path = handler.path
        self.headers = handler.headers
        self.body = body
        self.request = json.loads(body)
        self.at = time.monotonic()
        self.was_cut = threading.Event()  # the caller hung up
        self._handler = handler

    @property
    def streamed(self):
        return bool(self.request.get("stream"))

    @property
    def prompt(self):
        """All that the model would read."""
        return "\n".join(text_of(m) for m in self.request["messages"])

    @property
    def asked(self):
        """The last thing a user said."""
        return [text_of(m) for m in self.request["messages"]
                if m["role"] == "user"][-1]

    @property
    def key(self):
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    # --- answering

    def reply(self, status, body, headers=None):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.head(status, {"Content-Type": "application/json",
                           "Content-Length": str(len(body)),
                           **(headers or {})})
        self.write(body)

    def head(self, status, headers):
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def start_stream(self, headers=None):
        self.head(200, {"Content-Type": EVENTS, "Cache-Control": "no-cache",
                        "Transfer-Encoding": "chunked", **(headers or {})})

    def piece(self, data):
        """One HTTP chunk; libcurl hands each to the program on its own."""
        self.write(b"%x\r\n%s\r\n" % (len(data), data))

    def end_stream(self):
        self.write(b"0\r\n\r\n")

    def write(self, data):
        self._handler.wfile.write(data)

    # --- the connection

    def caller_left(self, within, *others):
        """Waits so long, or until one of the other sockets has news."""
        sock = self._handler.connection
        try:
            gone = (sock.fileno() in ready(within, sock, *others)
                    and sock.recv(1, socket.MSG_PEEK) == b"")
        except (OSError, ValueError):
            gone = True
        if gone:
            self.was_cut.set()
        return gone

    def pause(self, seconds):
        """True when they have passed, False when the caller left first."""
        end = time.monotonic() + seconds
        while not self.provider.closing.is_set():
            left = end - time.monotonic()
            if left <= 0:
                return True
            if self.caller_left(min(left, 0.05)):
                return False
        return False

    def hang_up(self):
        self._handler.close_connection = True
        self._handler.connection.shutdown(socket.SHUT_RDWR)


def text_of(message):
    content = message.get("content") or ""
    return content if isinstance(content, str) else json.dumps(content)


# --- what a stream is made of

def event(data, newline="\n", space=" "):
    text = data if isinstance(data, str) else json.dumps(
        data, ensure_ascii=False)
    return f"data:{space}{text}{newline}{newline}".encode()


def chunk(delta=None, finish=None, **more):
    choices = [] if delta is None else [
        {"index": 0, "delta": delta, "finish_reason": finish}]
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk",
            "model": "test", "choices": choices, **more}


def deltas(message, size=12):
    """The deltas that a message arrives in."""
    yield {"role": "assistant", "content": ""}
    text = message.get("content") or ""
    for at in range(0, len(text), size):
        yield {"content": text[at:at + size]}
    if message.get("refusal"):
        yield {"refusal": message["refusal"]}
    for i, tool in enumerate(message.get("tool_calls") or []):
        function = tool["function"]
        yield {"tool_calls": [{"index": i, "id": tool["id"], "type":
                               "function", "function": {
                                   "name": function["name"],
                                   "arguments": ""}}]}
        words = function["arguments"]
        for at in range(0, len(words), size):
            yield {"tool_calls": [{"index": i, "function": {
                "arguments": words[at:at + size]}}]}


def events_of(call, message, finish, usage=USAGE):
    yield from (chunk(d) for d in deltas(message))
    yield chunk({}, finish)
    wanted = (call.request.get("stream_options") or {}).get("include_usage")
    if wanted and usage:
        yield chunk(usage=usage)  # after the end, and without choices
    yield "[DONE]"


# --- behaviours

def answers(message, finish="stop", usage=USAGE, headers=None):
    """A whole message, in the manner that was asked for."""
    def behave(call):
        if call.streamed:
            call.start_stream(headers)
            for each in events_of(call, message, finish, usage):
                call.piece(event(each))
            call.end_stream()
            return
        call.reply(200, {
            "id": "chatcmpl-1", "object": "chat.completion", "model": "test",
            "choices": [{"index": 0, "finish_reason": finish,
                         "message": message}],
            **({"usage": usage} if usage else {})}, headers)
    return behave


def says(text, finish="stop", usage=USAGE, headers=None, **message):
    return answers({"role": "assistant", "content": text, **message},
                   finish, usage, headers)


def refuses():
    return says(None, refusal="I cannot help with that.")


def calls_tools(*tools, text=None):
    """tools: (name, arguments); arguments that are a string go as they are."""
    return says(text, "tool_calls", tool_calls=[
        {"id": f"call_{i}", "type": "function", "function": {
            "name": name, "arguments": arguments if isinstance(
                arguments, str) else json.dumps(arguments)}}
        for i, (name, arguments) in enumerate(tools)])


def fails(status, message="provider-internal-text", code=None, **headers):
    headers = {k.replace("_", "-"): str(v) for k, v in headers.items()}
    return lambda call: call.reply(status, {"error": {
        "message": message, "type": code or "error", "code": code}}, headers)


def sends(body, status=200, content_type="application/json", **headers):
    return lambda call: call.reply(status, body, {
        "Content-Type": content_type, **headers})


def hangs_up():
    return lambda call: call.hang_up()


def hangs_up_midway(text="Half of"):
    def behave(call):
        if call.streamed:
            call.start_stream()
            for each in deltas({"content": text}):
                call.piece(event(chunk(each)))
        else:
            call.head(200, {"Content-Type": "application/json",
                            "Content-Length": "1000"})
            call.write(b'{"choices": [{"mess')
        call.hang_up()
    return behave


def embeds(dimensions=256, shuffled=False, base64=None):
    """Vectors in which texts that share words are near each other."""
    def behave(call):
        texts = call.request["input"]
        texts = [texts] if isinstance(texts, str) else texts
        packed = (call.request.get("encoding_format") == "base64"
                  if base64 is None else base64)
        size = call.request.get("dimensions") or dimensions
        data = [{"object": "embedding", "index": i, "embedding":
                 vectors.pack(v) if packed else v}
                for i, v in enumerate(vectors.of(t, size) for t in texts)]
        words = sum(len(t.split()) for t in texts)
        call.reply(200, {"object": "list", "model": call.request["model"],
                         "data": data[::-1] if shuffled else data,
                         "usage": {"prompt_tokens": words,
                                   "total_tokens": words}})
    return behave


class Held:
    """A call that waits until the test releases it or its caller leaves."""

    def __init__(self, then):
        self.then, self.call = then, None
        self._arrived = threading.Event()
        self._bell, self._wake = socket.socketpair()

    def __call__(self, call):
        self.call = call
        self._arrived.set()
        while not ready(0, self._wake):
            if call.caller_left(None, self._wake):
                return
        self.then(call)

    def wait_arrived(self, within=10):
        assert self._arrived.wait(within), "the provider was not called"

    def wait_cut(self, within=10):
        self.wait_arrived()
        assert self.call.was_cut.wait(within), "the call was not cut"

    def release(self):
        self._bell.close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        provider = self.server.provider
        call = Call(provider, self, body)
        provider.take(call)(call)

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass  # the caller is gone

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024


class Provider:
    """Use as a context manager; url is what goes into [llm] base_url."""

    def __init__(self, usual=None):
        self.usual = usual or says("The usual answer.")
        self.usual_embeddings = embeds()
        self.closing = threading.Event()
        self.reset()
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.provider = self
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        for held in self.held:
            held.release()
        self.server.shutdown()
        self.server.server_close()

    def reset(self):
        self.lock = threading.Lock()
        self.calls, self.embeddings, self.held = [], [], []
        self._script, self._embedding_script = [], []

    def script(self, *behaviours):
        """What the next chat calls get, one each."""
        self._script.extend(behaviours)

    def script_embeddings(self, *behaviours):
        self._embedding_script.extend(behaviours)

    def hold(self, then=None):
        """The next chat call waits. Returns its Held."""
        held = Held(then or says("The held answer."))
        self.held.append(held)
        self.script(held)
        return held

    def take(self, call):
        with self.lock:
            if call.path.split("?")[0].endswith("/embeddings"):
                self.embeddings.append(call)
                script, usual = self._embedding_script, self.usual_embeddings
            else:
                self.calls.append(call)
                script, usual = self._script, self.usual
            return script.pop(0) if script else usual

    def calls_with(self, words):
        """The chat calls whose prompt has these words."""
        return [call for call in self.calls if words in call.prompt]

    def wait_calls(self, n, within=10):
        until(lambda: len(self.calls) >= n, within, f"{n} provider calls")
