"""
The questions of sample/questions.json, asked like anybody would. A system that
answers "I don't know" to everything is green by its states: so each answer is
compared with what it must say.
"""
import pytest

from lib.sample import REFUSAL, flat, new_user, questions, topic_id

# Least share of right answers. The easy ones have no excuse.
LEAST = {"easy": 1.0, "paraphrased": 0.8, "follow_up": 0.7,
         "out_of_scope": 0.8}


def ask(campus, entry):
    """Asks one question, each as another learner; (caller, ticket)."""
    where, question = entry["where"], entry["question"]
    if where == "landing":
        return campus.visitor, campus.visitor.ask_landing(question)
    learner = campus.learner(new_user())
    if "after" in entry:
        before = learner.ask_course(where, topic_id(where), entry["after"])
        learner.collect_answer(before)
    return learner, learner.ask_course(where, topic_id(where), question)


def ask_all(campus, entries):
    """(entry, result) of each; all are asked before any is collected."""
    asked = [(entry, *ask(campus, entry)) for entry in entries]
    return [(entry, caller.collect_answer(ticket))
            for entry, caller, ticket in asked]


def is_right(entry, result):
    if entry["kind"] == "out_of_scope":
        return REFUSAL.search(result["answer"]) and not result.get("sources")
    return all(words in flat(result["answer"]) for words in entry["expect"])


@pytest.mark.parametrize("kind", LEAST)
def test_fault_03_answers_have_content(campus, kind):
    results = ask_all(campus, questions(kind))
    wrong = [(entry, result) for entry, result in results
             if not is_right(entry, result)]
    report = "\n".join(
        f"{entry['where']}: {entry['question']}\n"
        f"   wants {entry['expect']}\n   got   {result['answer']!r}"
        for entry, result in wrong)
    print(f"{kind}: {len(results) - len(wrong)} of {len(results)} right\n"
          f"{report}")
    assert len(wrong) <= (1 - LEAST[kind]) * len(results), report


def test_fault_03_a_quoted_answer_is_in_the_sources_it_names(campus):
    for entry, result in ask_all(campus, questions("easy")):
        if entry["where"] == "landing":
            continue
        titles = [source["title"] for source in result["sources"]]
        assert titles, entry
        stored = " ".join(flat(row.content) for row in campus.sql(
            "SELECT content FROM campus.chunk c JOIN campus.course USING"
            " (course_id) WHERE slug = %s AND c.title = ANY(%s)",
            entry["where"], titles))
        assert all(words in stored for words in entry["expect"]), (
            entry, titles)
