"""What a browser or a program does over HTTP, and what it got back."""
import http.client
import json
from dataclasses import dataclass

from lib.wait import until

FINAL = ("COMPLETED", "FAILED", "CANCELLED")


@dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"Reply({self.status}, {self.body[:400]!r})"


class Client:
    """One caller: a visitor, or with a token a learner."""

    def __init__(self, port, token=None, prefix="/api"):
        self.port, self.token, self.prefix = port, token, prefix

    def with_token(self, token):
        return Client(self.port, token, self.prefix)

    def without_prefix(self):
        return Client(self.port, self.token, "")

    def send(self, method, path, body=None, headers=None, timeout=20):
        """
        body: an object is sent as JSON, bytes go as they are. A header of
        None is left out.
        """
        sent = {"Content-Type": "application/json"} if body is not None else {}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        sent.update(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(
                method, path, body,
                {k: v for k, v in sent.items() if v is not None})
            reply = connection.getresponse()
            return Reply(reply.status, reply.headers, reply.read())
        finally:
            connection.close()

    def get(self, path, **more):
        return self.send("GET", self.prefix + path, **more)

    def post(self, path, body, **more):
        return self.send("POST", self.prefix + path, body, **more)

    def delete(self, path, **more):
        return self.send("DELETE", self.prefix + path, **more)

    # --- the assistants

    def ask_landing(self, question, **more):
        return self.post("/landing-assistant/query",
                         {"question": question, **more})

    def ask_course(self, course, topic, question, **more):
        return self.post("/assistant/query", {
            "courseId": course, "topicId": topic, "question": question,
            "moduleNo": 1, **more})

    def ask_tutor(self, course, question, **more):
        return self.post("/tutors/assistant/query", {
            "courseId": course, "question": question, **more})

    def ask_persona(self, course, *answers):
        return self.post(f"/persona-profiles/{course}/analyze", {
            "responses": [{"questionId": f"q{i}", "prompt": "How do you learn?",
                           "answer": text} for i, text in enumerate(answers)]})

    def history(self, course, topic):
        """(role, content) of what GET /assistant/session shows."""
        reply = self.get(f"/assistant/session?courseId={course}"
                         f"&topicId={topic}")
        assert reply.status == 200, reply
        return [(m["role"], m["content"]) for m in reply.json["messages"]]

    def job(self, ticket):
        """The job of a 202, as its Location names it."""
        return self.send("GET", location(ticket))

    def cancel(self, ticket):
        return self.send("DELETE", location(ticket))

    def collect(self, ticket, within=15):
        """Polls the job of a 202 to its end and returns its last body."""
        def final():
            reply = self.job(ticket)
            assert reply.status == 200, reply
            return reply.json if reply.json["status"] in FINAL else None
        return until(final, within, f"the end of {ticket!r}")

    def collect_answer(self, ticket, within=15):
        """As collect, for a job that must succeed: its result."""
        job = self.collect(ticket, within)
        assert job["status"] == "COMPLETED", job
        return job["result"]


def location(ticket):
    assert ticket.status == 202, ticket
    return ticket.headers["Location"]


def assert_problem(reply, status, message, code=None):
    """An error as the contract has it: RFC 9457, plus `message`."""
    assert reply.status == status, reply
    assert reply.headers.get_content_type() == "application/problem+json"
    problem = reply.json
    assert problem["status"] == status
    assert problem["detail"] == problem["message"] == message
    for member in ("type", "title", "code", "requestId"):
        assert isinstance(problem[member], str) and problem[member], problem
    assert problem["requestId"] == reply.headers["X-Request-Id"]
    assert code is None or problem["code"] == code, problem
    return problem
