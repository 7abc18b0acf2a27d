"""
How well passages are found and answers chosen, without any model: the sample
courses (sample/questions.json) and the PostgreSQL 15 manual
(sample/manual-questions.json). Questions marked held_out had no part in
tuning and are reported apart.

  retrieval_SET_hit1, _hit5     a right passage is the first, or among five that
                                are relevant enough
  retrieval_SET_floor_hit1, …   the same for websearch_to_tsquery by ts_rank_cd
  retrieval_SET_gain_hit1, …    how many times the floor
  retrieval_SET_answers         answers of a worker that say what they must
  retrieval_SET_refusals        questions out of scope that it refuses
  retrieval_SET_p50, _p99       a call of campus.course_passages()

A passage is right if it is from one of the pages that hold the answer (manual)
or has the words of the answer (sample). A follow-up is asked in the stand-alone
form that campus.follow_up() gives it. `-v` lists what went wrong.
"""
import json
import pathlib
import sys
import time

from common import percentile, report

from lib.sample import REFUSAL, SAMPLE, flat
from lib.stack import Stack, run_cli

MANUAL = "/usr/share/doc/postgresql-doc-15/html"
THRESHOLD = 0.51  # default of [assistant] threshold
PASSAGES = 5
FLOOR = """
    SELECT d.url, k.content FROM campus.chunk k
    JOIN campus.document d USING (document_id), websearch_to_tsquery(
        'english', %s) q
    WHERE k.course_id = %s AND k.words @@ q
    ORDER BY ts_rank_cd(k.words, q) DESC, chunk_id LIMIT %s"""


def read(name):
    return json.loads((SAMPLE / name).read_text(encoding="utf-8"))


def question_sets():
    """{name: entries}, each entry with the course it is about."""
    manual = [{"where": "postgresql-15", **q}
              for q in read("manual-questions.json")]
    return {
        "sample": [q for q in read("questions.json")
                   if q["where"] != "landing"],
        "manual": [q for q in manual if not q.get("held_out")],
        "manual_held_out": [q for q in manual if q.get("held_out")]}


def stand_alone(stack, entry):
    return stack.one("SELECT coalesce(campus.follow_up(%s, %s), %s)",
                     entry.get("after"), entry["question"],
                     entry["question"])


def is_hit(entry, url, content):
    if "pages" in entry:
        return (url or "").rpartition("/")[2] in entry["pages"]
    return all(words in flat(content) for words in entry["expect"])


def is_right(entry, result):
    answer = flat(result["answer"])
    if entry["kind"] == "out_of_scope":
        return bool(REFUSAL.search(answer)) and not result.get("sources")
    test = any if "pages" in entry else all
    return test(words in answer for words in entry["expect"])


def rank(entry, found):
    """Place of the first right one of (url, content), or None."""
    return next((n for n, one in enumerate(found, 1)
                 if is_hit(entry, *one)), None)


class Set:
    def __init__(self, stack, name, entries):
        self.stack, self.name = stack, name
        self.entries = [(q, stand_alone(stack, q)) for q in entries]
        self.courses = {row.slug: row.course_id for row in stack.sql(
            "SELECT slug, course_id FROM campus.course")}
        self.times_ms = []

    def report(self, figure, value, unit):
        report(f"retrieval_{self.name}_{figure}", value, unit)

    def complain(self, *what):
        if "-v" in sys.argv:
            print(f"  {self.name}:", *what, file=sys.stderr)

    def find(self, entry, text):
        begin = time.perf_counter()
        found = self.stack.one("SELECT campus.course_passages(%s, %s, %s)",
                               self.courses[entry["where"]], text, PASSAGES)
        self.times_ms.append((time.perf_counter() - begin) * 1000)
        return [(p["url"], p["content"]) for p in found["passages"]
                if p["relevance"] >= THRESHOLD]

    def floor(self, entry, text):
        return [(row.url, row.content) for row in self.stack.sql(
            FLOOR, text, self.courses[entry["where"]], PASSAGES)]

    def answer_all(self):
        jobs = [(entry, text, self.stack.enqueue("AI_QUERY", json.dumps({
            "courseId": self.courses[entry["where"]], "question": text})))
            for entry, text in self.entries]
        return [(entry, text, self.stack.wait_job(job, "COMPLETED", 60).result)
                for entry, text, job in jobs]

    def bench(self):
        wanted = [(q, text) for q, text in self.entries
                  if q["kind"] != "out_of_scope"]
        ranks, floors = [], []
        for entry, text in wanted:
            found = self.find(entry, text)
            ranks.append(rank(entry, found))
            floors.append(rank(entry, self.floor(entry, text)))
            if ranks[-1] is None:
                self.complain("not found:", text, [url for url, _ in found])
        for figure, top in (("hit1", 1), ("hit5", PASSAGES)):
            ours, theirs = (
                sum(n is not None and n <= top for n in places) / len(wanted)
                for places in (ranks, floors))
            self.report(figure, ours, "share")
            self.report(f"floor_{figure}", theirs, "share")
            if theirs > 0:
                self.report(f"gain_{figure}", ours / theirs, "times")
        marks = {True: [], False: []}
        for entry, text, result in self.answer_all():
            is_out = entry["kind"] == "out_of_scope"
            marks[is_out].append(is_right(entry, result))
            if not marks[is_out][-1]:
                self.complain(entry["kind"], "wrong:", text, "->",
                              flat(result["answer"])[:300])
        for figure, right in (("answers", marks[False]),
                              ("refusals", marks[True])):
            self.report(figure, sum(right) / len(right), "share")
        self.report("p50", percentile(self.times_ms, 0.5), "ms")
        self.report("p99", percentile(self.times_ms, 0.99), "ms")


def main():
    if not pathlib.Path(MANUAL, "index.html").exists():
        sys.exit("the manual is missing: scripts/bootstrap --manual")
    with Stack() as stack:
        run_cli(stack.conf, "ingest", "--course", "postgresql-15", "--create",
                "PostgreSQL 15 Manual", "--base-url",
                "https://www.postgresql.org/docs/15/", MANUAL)
        stack.sql("ANALYZE")
        for name, entries in question_sets().items():
            Set(stack, name, entries).bench()


if __name__ == "__main__":
    main()
