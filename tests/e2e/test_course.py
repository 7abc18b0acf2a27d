"""What learners ask: answers, sources, suggestions, names of a course."""
import pytest

from lib.client import assert_problem
from lib.prompts import calls_for
from lib.provider import fails, says, text_of
from lib.sample import (ADA, CLOSURE, DATABASES, INACTIVE, NAMES,
                        POLYMORPHISM, STATISTICS, WEB, course_id, flat,
                        new_user, suggestion_id, topic_id)


@pytest.fixture
def learner(campus):
    return campus.learner(new_user())


def test_answer_with_its_sources(campus, learner):
    ticket = learner.ask_course(WEB, topic_id(WEB, 4), "What is recursion?")
    result = learner.collect_answer(ticket)
    assert ("calling itself on a smaller version of the same problem"
            in flat(result["answer"]))
    assert result["engine"] == "extractive"
    assert result["sessionId"] == ticket.json["sessionId"]
    assert result["nextSuggestions"] == []
    titles = [source["title"] for source in result["sources"]]
    assert any("Recursion" in title for title in titles)
    stored = {row.title for row in campus.sql(
        "SELECT title FROM campus.chunk WHERE course_id = %s",
        course_id(WEB))}
    assert set(titles) <= stored


@pytest.mark.parametrize("where, question, wanted", [
    (DATABASES, "difference between left join and inner join",
     ["A left join returns every row", "An inner join returns only the pairs"]),
    (DATABASES, "What is the difference between WHERE and HAVING?",
     ["filters rows before they are grouped"]),
    (DATABASES, "what is a many-to-many relationship",
     ["A many-to-many relationship needs a third table"]),
    (STATISTICS, "mean vs median",
     ["The mean is the sum", "The median is the middle"]),
    (STATISTICS, "How do I calculate the variance?",
     ["mean of the squared deviations"]),
    (WEB, "How do I prevent XSS?", ["Cross-site scripting, or XSS,"]),
])
def test_ways_to_ask(learner, where, question, wanted):
    answer = flat(learner.collect_answer(learner.ask_course(
        where, topic_id(where), question))["answer"])
    assert all(words in answer for words in wanted), answer
    assert "A one-to-one" not in answer


def test_answers_come_from_the_course_that_was_asked(learner):
    question = "What is the standard deviation?"
    elsewhere = learner.collect_answer(
        learner.ask_course(WEB, topic_id(WEB), question))
    assert elsewhere["sources"] == []
    assert "square root" not in elsewhere["answer"]


@pytest.mark.parametrize("key", [
    course_id(DATABASES), course_id(DATABASES).upper(), DATABASES,
    DATABASES.upper(), NAMES[DATABASES], NAMES[DATABASES].lower(),
    "databases_with_postgresql"])
def test_a_course_by_any_of_its_names(learner, key):
    result = learner.collect_answer(learner.ask_course(
        key, topic_id(DATABASES, 2), "What is a primary key?"))
    assert "identifies exactly one row" in flat(result["answer"])


def test_one_conversation_for_each_topic(learner):
    def session(position):
        return learner.ask_course(WEB, topic_id(WEB, position),
                                  "What is recursion?").json["sessionId"]
    assert session(1) == session(1)
    assert session(1) != session(2)


@pytest.mark.parametrize("module", [3, "3"])
def test_module_number_or_its_text(learner, module):
    ticket = learner.ask_course(WEB, topic_id(WEB), "What is recursion?",
                                moduleNo=module)
    assert ticket.status == 202


def suggest(learner, suggestion, topic, **more):
    return learner.post("/assistant/query", {
        "courseId": WEB, "topicId": topic, "suggestionId": suggestion, **more})


def test_suggestion_with_an_answer_makes_no_job(campus):
    user = new_user()
    learner, before = campus.learner(user), campus.job_count()
    reply = suggest(learner, POLYMORPHISM, topic_id(WEB, 5))
    assert reply.status == 200
    assert campus.job_count() == before
    body = reply.json
    assert body["answer"].startswith("Polymorphism is the ability of")
    assert [s["promptText"] for s in body["nextSuggestions"]] == [
        "What is the prototype of an object?", "What is duck typing?"]
    assert body["nextSuggestions"][0]["answer"] is None
    assert campus.messages(user) == [
        ("user", "What is polymorphism?"), ("assistant", body["answer"])]


def test_suggestion_without_an_answer_is_queued(campus):
    user = new_user()
    learner = campus.learner(user)
    ticket = suggest(learner, CLOSURE, topic_id(WEB, 3),
                     question="this text is not asked")
    result = learner.collect_answer(ticket)
    assert ("together with the variables of the place where it was created"
            in flat(result["answer"]))
    assert campus.messages(user)[0] == ("user", "What is a closure?")


def test_inactive_suggestion_is_not_there(learner):
    assert_problem(suggest(learner, INACTIVE, topic_id(WEB, 6)),
                   404, "Suggestion not found for this course.")


def test_suggestion_of_another_course_is_not_there(learner):
    assert_problem(suggest(learner, suggestion_id(101), topic_id(WEB, 1)),
                   404, "Suggestion not found for this course.")


def test_topic_of_another_course_is_not_there(learner):
    assert_problem(learner.ask_course(WEB, topic_id(DATABASES), "Why?"),
                   404, "Topic not found for this course.")


def test_unknown_course_is_not_there(learner):
    assert_problem(learner.ask_course("alchemy", topic_id(WEB), "Why?"),
                   404, "Course not found")


def test_owner_and_course_in_the_row(campus):
    learner = campus.learner(ADA)
    ticket = learner.ask_course(WEB, topic_id(WEB), "What is recursion?")
    learner.collect_answer(ticket)
    row = campus.job_row(ticket)
    assert (str(row.user_id), row.job_type, str(row.session_id)) == (
        ADA, "AI_QUERY", ticket.json["sessionId"])
    assert row.payload["courseId"] == course_id(WEB), "resolved, not the slug"


# --- a conversation

def test_a_follow_up_is_about_what_was_asked_before(campus):
    user = new_user()
    learner = campus.learner(user)
    for question in ("What is a closure?", "Can you give an example?"):
        result = learner.collect_answer(learner.ask_course(
            WEB, topic_id(WEB, 3), question))
    assert any("losure" in s["title"] for s in result["sources"]), result
    (standalone,) = {row.standalone for row in campus.sql(
        "SELECT m.standalone FROM campus.chat_message m"
        " JOIN campus.chat_session s USING (session_id)"
        " WHERE s.user_id = %s AND m.standalone IS NOT NULL", user)}
    assert "closure" in standalone


def test_a_follow_up_of_another_topic_has_nothing_to_follow(campus, learner):
    learner.collect_answer(learner.ask_course(
        WEB, topic_id(WEB, 3), "What is a closure?"))
    result = learner.collect_answer(learner.ask_course(
        WEB, topic_id(WEB, 4), "Can you give an example?"))
    assert not any("losure" in s["title"] for s in result["sources"])


# --- with a model

@pytest.fixture
def modelled(site, provider):
    site.start_worker(llm_base_url=provider.url)
    return site.learner(new_user())


def ask_model(learner, question="What is recursion?"):
    return learner.collect_answer(
        learner.ask_course(WEB, topic_id(WEB, 4), question))


def test_personal_data_stays_here(provider, modelled):
    ask_model(modelled, "What is recursion? ada@example.org, +49 30 1234567")
    provider.script(says("Why is recursion useful?"))
    ask_model(modelled, "Why is it useful?")
    assert len(provider.calls) == 3
    for call in provider.calls:
        assert "example.org" not in call.prompt
        assert "1234567" not in call.prompt


def test_the_prompt_names_course_and_topic_of_the_database(site, provider,
                                                           modelled):
    ask_model(modelled)
    (call,) = calls_for(provider, "course")
    system = text_of(call.request["messages"][0])
    assert NAMES[WEB] in system
    assert site.one("SELECT title FROM campus.topic WHERE topic_id = %s",
                    topic_id(WEB, 4)) in system


def test_a_quoted_answer_says_that_no_model_answered(provider, modelled):
    provider.script(fails(400))
    result = ask_model(modelled)
    assert "calling itself" in flat(result["answer"])
    assert result["engine"] == "extractive"
    assert "model" in result["notice"]


def test_an_answer_of_a_model_has_no_notice(provider, modelled):
    assert "notice" not in ask_model(modelled)


def test_without_a_model_there_is_no_notice(campus, learner):
    assert "notice" not in ask_model(learner)


def test_a_cut_answer_ends_at_its_last_sentence(provider, modelled):
    provider.script(says("Recursion is a call of itself. It needs a ba",
                         "length"))
    assert ask_model(modelled)["answer"] == "Recursion is a call of itself."
