"""
Ten thousand calls to a provider at the same time, by one worker: none is
answered before all have come.

  calls_in_flight     how many there were at once
  calls_all_sent_s    from the first job's claim until the last call came
  calls_worker_mb     most memory of the worker
  calls_worker_cpu_ms of the worker, for each job from claim to answer
"""
import asyncio
import json
import resource
import threading
import time

from common import report

from lib.stack import NO_LIMITS, Stack
from lib.wait import until

CALLS = 10_000
ANSWER = json.dumps({
    "choices": [{"index": 0, "finish_reason": "stop", "message": {
        "role": "assistant", "content": "Together."}}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 2,
              "total_tokens": 12}}).encode()
REPLY = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
         b"Content-Length: %d\r\n\r\n%s" % (len(ANSWER), ANSWER))


class Crowd:
    """A provider that answers when `size` calls are open."""

    def __init__(self, size):
        self.size, self.here, self.most = size, 0, 0
        self.loop = asyncio.new_event_loop()
        self.all_here = asyncio.Event()
        started = threading.Event()
        threading.Thread(target=self._run, args=(started,),
                         daemon=True).start()
        started.wait()

    def _run(self, started):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(
            self._serve, "127.0.0.1", 0, backlog=4096))
        port = server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/v1"
        started.set()
        self.loop.run_forever()

    async def _serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                (length,) = [int(line.split(b":")[1])
                             for line in head.lower().split(b"\r\n")
                             if line.startswith(b"content-length:")]
                await reader.readexactly(length)
                self.here += 1
                self.most = max(self.most, self.here)
                if self.here == self.size:
                    self.all_here.set()
                await self.all_here.wait()
                self.here -= 1
                writer.write(REPLY)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    calls = min(CALLS, hard - 500)
    crowd = Crowd(calls)
    with Stack(workers=0, settings=NO_LIMITS) as stack:
        stack.sql("SELECT coatcheck.enqueue('LANDING_QUERY',"
                  " jsonb_build_object('question', 'Which courses do you"
                  " offer?', 'turnCount', 20))"
                  " FROM generate_series(1, %s)", calls)
        start = time.monotonic()
        worker = stack.start_worker(
            llm_base_url=crowd.url, llm_stream="no", llm_timeout="200s",
            worker_in_flight_max=str(calls), ready=False)
        until(lambda: crowd.most == calls or worker.assert_alive(), 100,
              "all calls are open")
        sent = time.monotonic() - start
        until(lambda: stack.one("SELECT count(*) FROM coatcheck.result")
              == calls, 100, "all jobs have ended")
        by_model = stack.one(
            "SELECT count(*) FROM coatcheck.result"
            " WHERE result ->> 'answer' = 'Together.' AND attempts = 1")
        assert by_model == calls, by_model
        report("calls_in_flight", crowd.most, "1")
        report("calls_all_sent_s", sent, "s")
        report("calls_worker_mb", worker.peak_mb(), "MB")
        report("calls_worker_cpu_ms", worker.cpu_seconds() * 1000 / calls,
               "ms")


if __name__ == "__main__":
    main()
