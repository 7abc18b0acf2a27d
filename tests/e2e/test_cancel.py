"""Cancelling through DELETE: waiting, running and ended jobs."""
from lib.client import assert_problem
from lib.provider import fails, says
from lib.sample import WEB, new_user, topic_id


def ask(site, user):
    learner = site.learner(user)
    return learner, learner.ask_course(WEB, topic_id(WEB, 4),
                                       "What is recursion?")


def test_a_waiting_job_never_runs(site, provider):
    learner, ticket = ask(site, new_user())
    reply = learner.cancel(ticket)
    cancelled = {"jobId": ticket.json["jobId"], "status": "CANCELLED"}
    assert (reply.status, reply.json) == (200, cancelled)
    site.start_worker("--once", ready=False,
                      llm_base_url=provider.url).wait(10)
    assert provider.calls == []
    job = learner.job(ticket).json
    assert {k: job[k] for k in cancelled} == cancelled


def test_a_running_job_is_cut_off_from_its_provider(site, provider):
    user, held = new_user(), provider.hold()
    site.start_worker(llm_base_url=provider.url)
    learner, ticket = ask(site, user)
    held.wait_arrived()
    assert learner.job(ticket).json["status"] == "PROCESSING"
    reply = learner.cancel(ticket)
    assert reply.status == 202
    assert reply.json["status"] == "CANCELLED"
    held.wait_cut(within=2)
    assert learner.job(ticket).json["status"] == "CANCELLED"
    assert site.messages(user) == [("user", "What is recursion?")]


def test_without_notify_a_cut_job_still_stays_cancelled(site, provider):
    """The worker does not hear of it; its answer comes and is not stored."""
    user = new_user()
    held = provider.hold(says("Too late."))
    worker = site.start_worker(llm_base_url=provider.url, worker_listen="no")
    learner, ticket = ask(site, user)
    held.wait_arrived()
    assert learner.cancel(ticket).status == 202
    held.release()
    provider.script(says("The next one."))
    _, after = ask(site, user)
    assert learner.collect_answer(after)["answer"] == "The next one."
    assert learner.job(ticket).json["status"] == "CANCELLED"
    assert ("assistant", "Too late.") not in site.messages(user)
    assert worker.alive()


def test_an_ended_job_is_not_cancelled(site):
    site.start_worker()
    learner, ticket = ask(site, new_user())
    learner.collect_answer(ticket)
    reply = learner.cancel(ticket)
    assert_problem(reply, 409, reply.json["detail"])
    assert learner.job(ticket).json["status"] == "COMPLETED"


def test_a_cancelled_job_is_not_cancelled_again(site):
    learner, ticket = ask(site, new_user())
    assert learner.cancel(ticket).status == 200
    assert learner.cancel(ticket).status == 409


def test_a_job_that_waits_for_another_attempt_can_be_cancelled(site, provider):
    provider.script(fails(429, retry_after=60))
    site.start_worker(llm_base_url=provider.url)
    learner, ticket = ask(site, new_user())
    site.wait_failure(ticket)
    assert learner.cancel(ticket).status == 200
    assert learner.job(ticket).json["status"] == "CANCELLED"
    assert len(provider.calls) == 1


def test_visitors_cancel_by_id(site):
    ticket = site.visitor.ask_landing("Which workshops are there?")
    assert site.visitor.cancel(ticket).status == 200
