"""The sample campus as the tests know it: ids, questions, refusals."""
import json
import pathlib
import re
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample"
COURSES = ("databases-with-postgresql", "web-programming",
           "everyday-statistics")

DATABASES, WEB, STATISTICS = COURSES
NAMES = {DATABASES: "Databases with PostgreSQL",
         WEB: "Web Programming with JavaScript",
         STATISTICS: "Everyday Statistics"}

ADA = "a0000000-0000-4000-8000-00000000000a"
BOB = "b0000000-0000-4000-8000-00000000000b"
TUTOR = "e0000000-0000-4000-8000-00000000000e"      # of databases
WEB_TUTOR = "e0000000-0000-4000-8000-00000000000f"  # of web programming
NOBODY = "00000000-0000-0000-0000-000000000000"


def course_id(slug):
    return f"c0000000-0000-4000-8000-{COURSES.index(slug) + 1:012d}"


def topic_id(slug, position=1):
    n = (COURSES.index(slug) + 1) * 100 + position
    return f"70000000-0000-4000-8000-{n:012d}"


def suggestion_id(number):
    return f"5a000000-0000-4000-8000-{number:012d}"


POLYMORPHISM = suggestion_id(201)  # web, topic 5; has a stored answer
CLOSURE = suggestion_id(206)       # web, topic 3; has none
INACTIVE = suggestion_id(208)      # web, topic 6


def questions(kind):
    """Entries of questions.json of one kind."""
    with open(SAMPLE / "questions.json", encoding="utf-8") as f:
        return [q for q in json.load(f) if q["kind"] == kind]


def new_user():
    return str(uuid.uuid4())


# How an answer says that the material has none. Kept wide: the words may
# change, the honesty may not.
REFUSAL = re.compile(
    r"\b(not|nothing|no)\b.*\b(find|found|answer|material)\b|\bonly answer\b",
    re.I | re.S)


def flat(text):
    """Text as a reader compares it: one kind of blank."""
    return " ".join(text.split())
