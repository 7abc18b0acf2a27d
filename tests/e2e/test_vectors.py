"""
Passages by meaning: vectors are made by jobs of the queue, stored with their
model, and find what shares no word with the question.
"""
import pytest

from lib import vectors
from lib.provider import Provider, embeds, fails
from lib.sample import REFUSAL, WEB, course_id, new_user, topic_id
from lib.stack import NO_LIMITS, Stack
from lib.wait import until

# Asked in words that the material does not have, and what they mean.
STRANGE = "Wherefore doth yonder subroutine summon ipsissimus?"
MEANT = ("a function that solves a problem by calling itself on a smaller"
         " version of the same problem")


def understands(call):
    """A model for embeddings that knows what the strange words mean."""
    texts = call.request["input"]
    texts = [texts] if isinstance(texts, str) else texts
    call.request["input"] = [MEANT if "Wherefore" in t else t for t in texts]
    embeds()(call)
    call.request["input"] = texts


@pytest.fixture(scope="module")
def model():
    with Provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def place(model):
    settings = {"embeddings.base_url": model.url,
                "embeddings.model": "meanings", **NO_LIMITS}
    with Stack(workers=0, settings=settings) as stack:
        yield stack


@pytest.fixture(autouse=True)
def fresh(place, model):
    model.reset()
    model.usual_embeddings = understands
    yield
    place.drop_workers()
    place.forget()
    place.sql("TRUNCATE campus.chunk_vector")


def lacking(place, name="meanings"):
    return place.one(
        "SELECT count(*) FROM campus.chunk k WHERE NOT EXISTS (SELECT FROM"
        " campus.chunk_vector v WHERE v.chunk_id = k.chunk_id"
        " AND v.model = %s)", name)


def embed(place):
    place.cli("embed")
    place.start_worker("--once", ready=False).wait(60)


def found(place, question=STRANGE):
    """Titles of what an answer is made from; a model gets all of it."""
    learner = place.learner(new_user())
    result = learner.collect_answer(learner.ask_course(
        WEB, topic_id(WEB, 4), question))
    return [source["title"] for source in result["sources"]]


def test_every_passage_gets_a_vector(place, model):
    chunks = lacking(place)
    assert f"{chunks} passages to embed with meanings" in place.cli("embed")
    place.start_worker("--once", ready=False).wait(60)
    assert lacking(place) == 0
    assert {len(v.vector) for v in place.sql(
        "SELECT vector FROM campus.chunk_vector")} == {256}
    assert sum(len(c.request["input"]) for c in model.embeddings) == chunks
    assert max(len(c.request["input"]) for c in model.embeddings) <= 64
    assert "0 passages" in place.cli("embed")


def test_what_is_read_in_is_embedded(place, model, tmp_path):
    embed(place)
    before = len(model.embeddings)
    (tmp_path / "zebra.md").write_text("# Zebras\n\nZebras have stripes.\n")
    try:
        told = place.cli("ingest", "--course", WEB, tmp_path)
        assert "1 passage to embed with meanings" in told
        place.start_worker("--once", ready=False).wait(60)
        assert [c.request["input"] for c in model.embeddings[before:]] == [
            ["Zebras\nZebras have stripes."]]
    finally:
        place.sql("DELETE FROM campus.document WHERE path = 'zebra.md'")


def test_another_model_makes_them_anew(place, model):
    embed(place)
    place.start_worker("--once", ready=False, embeddings_model="other").wait(60)
    place.sql("SELECT campus.embed_missing(NULL, 'other', 64)")
    place.start_worker("--once", ready=False, embeddings_model="other").wait(60)
    assert lacking(place, "other") == 0
    assert {c.request["model"] for c in model.embeddings} == {
        "meanings", "other"}


def test_jobs_for_a_model_that_is_gone_end(place):
    place.cli("embed")
    place.start_worker("--once", ready=False, embeddings_model="new").wait(60)
    assert {r.error_code for r in place.sql(
        "SELECT error_code FROM coatcheck.result")} == {"embeddings_changed"}


def test_a_question_is_understood_without_its_words(place, model):
    place.start_worker(llm_base_url=model.url)
    assert found(place) == []  # by words alone
    place.drop_workers()
    embed(place)
    place.start_worker(llm_base_url=model.url)
    assert found(place)[0].startswith("Recursion"), found(place)


def test_without_a_model_that_writes_nothing_is_made_up(place):
    embed(place)
    place.start_worker()
    learner = place.learner(new_user())
    result = learner.collect_answer(learner.ask_course(
        WEB, topic_id(WEB, 4), STRANGE))
    assert result["engine"] == "extractive"
    assert REFUSAL.search(result["answer"]) or "itself" in result["answer"]


def test_words_do_when_the_endpoint_is_away(place, model):
    embed(place)
    model.usual_embeddings = fails(503)
    place.start_worker()
    assert found(place, "What is recursion?")[0].startswith("Recursion")


def test_failures_of_the_endpoint_are_tried_again(place, model):
    model.script_embeddings(fails(500))
    place.cli("embed")
    place.start_worker()
    until(lambda: lacking(place) == 0, 30, "all passages have vectors")
    assert place.one("SELECT count(*) FROM coatcheck.attempt_failure"
                     " WHERE error_code = 'provider_unavailable'") == 1


def test_nothing_personal_is_sent(place, model):
    embed(place)
    before = len(model.embeddings)
    place.start_worker()
    found(place, "What is recursion? Tell ada@example.org or +49 30 1234567.")
    sent = str([c.request["input"] for c in model.embeddings[before:]])
    assert "recursion" in sent
    assert "ada@" not in sent and "1234567" not in sent


def test_vectors_of_other_courses_are_not_looked_at(place):
    embed(place)
    place.sql("DELETE FROM campus.chunk_vector WHERE course_id = %s",
              course_id(WEB))
    near = place.one(
        "SELECT campus.course_passages_near(%s, %s, 5, 'meanings',"
        " %s::real[], 0.1)", course_id(WEB), STRANGE,
        "{" + ",".join(map(str, vectors.of(MEANT))) + "}")
    assert near["passages"] == []
