"""Copilot and persona: queued like all others, however slow the model is."""
import json

from lib.asking import answer, assert_by_model
from lib.client import assert_problem
from lib.prompts import calls_for
from lib.provider import calls_tools, says
from lib.sample import WEB, course_id, new_user

QUIET = "I read everything twice and learn the sentences by heart at night."


def make_tutor(site, course=WEB):
    user = new_user()
    site.sql("INSERT INTO campus.course_tutor (course_id, user_id)"
             " VALUES (%s, %s)", course_id(course), user)
    return site.tutor(user)


def test_fault_09_persona_is_queued(site, provider):
    learner = site.learner(new_user())
    held = provider.hold(says(json.dumps(
        {"personaKey": "default", "reasoning": "Nothing stands out."})))
    site.start_worker(llm_base_url=provider.url)
    ticket = learner.ask_persona(WEB, QUIET, QUIET)
    assert ticket.status == 202
    held.wait_arrived()
    assert learner.job(ticket).json["status"] == "PROCESSING"
    path = f"/persona-profiles/{WEB}/status"
    assert learner.get(path).json["hasProfile"] is False
    held.release()
    result = learner.collect_answer(ticket)
    assert result["personaKey"] == "default" and result["analysisVersion"]
    assert learner.get(path).json["hasProfile"] is True
    assert calls_for(provider, "persona")


def test_fault_09_both_answer_without_a_model(site):
    tutor, learner = make_tutor(site), site.learner(new_user())
    site.start_worker()
    answer = tutor.collect_answer(tutor.ask_tutor(WEB, "Who is at risk?"))
    assert answer["answer"]
    result = learner.collect_answer(learner.ask_persona(WEB, QUIET, QUIET))
    assert result["personaKey"]


def test_nonsense_of_a_model_is_no_outage(site, provider):
    """Whoever gets a model to write broken calls shuts it off for nobody."""
    broken = calls_tools(("learners_at_risk", "{not json"))
    provider.usual = lambda call: (
        broken if call.request.get("tools") else says("As ever."))(call)
    site.start_worker(llm_base_url=provider.url)
    tutors = [make_tutor(site) for _ in range(3)]
    asked = [(t, t.ask_tutor(WEB, "Who is at risk?")) for t in tutors]
    for tutor, ticket in asked:
        assert tutor.collect_answer(ticket)["answer"]
    assert len(provider.calls) > 5
    assert_by_model(answer(site), "As ever.")


def test_assistants_share_one_rate(site):
    user = new_user()
    site.sql("INSERT INTO campus.course_tutor (course_id, user_id)"
             " VALUES (%s, %s)", course_id(WEB), user)
    tutor = site.tutor(user)
    for i in range(8):
        reply = (tutor.ask_tutor(WEB, "Who is at risk?") if i % 2
                 else tutor.ask_persona(WEB, QUIET, QUIET))
        assert reply.status == 202, reply
    refused = tutor.ask_tutor(WEB, "Who is at risk?")
    assert_problem(refused, 429, "Too many assistant requests."
                   " Please wait before trying again.")
    assert int(refused.headers["Retry-After"]) > 0
