"""What is kept of people, for how long, and what leaves when they do."""
from lib.asking import QUESTION, ask
from lib.sample import WEB, new_user, topic_id
from lib.wait import until

STORES = ("job", "result", "attempt_failure", "event")


def rows(site, job):
    """How many rows of the queue belong to a job."""
    return sum(site.one(f"SELECT count(*) FROM coatcheck.{store}"
                        " WHERE job_id = %s", job) for store in STORES)


def age(site, jobs, days):
    site.sql("UPDATE coatcheck.result SET completed_at = completed_at"
             " - make_interval(days => %s) WHERE job_id = ANY (%s::uuid[])",
             days, list(jobs))
    site.sql("UPDATE coatcheck.job SET created_at = created_at"
             " - make_interval(days => %s) WHERE job_id = ANY (%s::uuid[])",
             days, list(jobs))


def test_fault_20_finished_jobs_are_not_kept_for_ever(site):
    """In batches, and only those that have ended long enough ago."""
    site.start_worker("--once", ready=False).wait(10)
    site.sql("SELECT coatcheck.enqueue('LANDING_QUERY', jsonb_build_object("
             "'question', 'Which workshops are there?', 'turnCount', 0))"
             " FROM generate_series(1, 30)")
    learner, kept = ask(site)
    site.start_worker("--once", ready=False).wait(20)
    old = [row.job_id for row in site.sql(
        "SELECT job_id FROM coatcheck.job WHERE job_id <> %s",
        kept.json["jobId"])]
    waiting = ask(site)[1]  # as old, but it has not ended
    age(site, old, 31)
    age(site, [kept.json["jobId"]], 29)
    age(site, [waiting.json["jobId"]], 400)
    site.start_worker(worker_types="NOTHING", worker_sweep="200ms")
    until(lambda: sum(rows(site, job) for job in old) == 0, 15,
          "old jobs have gone")
    assert learner.job(kept).json["status"] == "COMPLETED"
    assert site.job_row(waiting).status == "PENDING"


def test_fault_20_retention_is_a_setting(site):
    learner, ticket = ask(site)
    site.start_worker("--once", ready=False).wait(10)
    age(site, [ticket.json["jobId"]], 3000)
    worker = site.start_worker(
        worker_retention="0", worker_sweep="100ms", worker_lease="1s",
        worker_heartbeat="200ms", database_statement_timeout="600ms")
    seen = site.one("SELECT max(seen_at) FROM coatcheck.worker")
    until(lambda: site.one("SELECT max(seen_at) > %s + interval '1 s' FROM"
                           " coatcheck.worker", seen), 15, "it has looked")
    assert learner.job(ticket).json["status"] == "COMPLETED"
    worker.assert_alive()


def test_fault_20_a_user_is_forgotten(site, provider):
    """What she asked and was told, what waits and what runs; nobody else."""
    ada, bob = new_user(), new_user()
    site.start_worker(llm_base_url=provider.url)
    tickets = {}
    for user in (ada, bob):
        learner, tickets[user] = ask(site, user=user)
        learner.collect_answer(tickets[user])
    held = provider.hold()
    _, running = ask(site, user=ada)
    held.wait_arrived()
    site.cli("forget", "--user", ada)

    held.wait_cut()
    for ticket in (tickets[ada], running):
        assert site.learner(ada).job(ticket).status == 404
        assert rows(site, ticket.json["jobId"]) == 0
    assert site.messages(ada) == []
    assert site.learner(ada).history(WEB, topic_id(WEB)) == []
    for table in ("chat_session", "typed_question", "persona_profile"):
        assert site.one(f"SELECT count(*) FROM campus.{table}"
                        " WHERE user_id = %s", ada) == 0, table
    assert site.one("SELECT count(*) FROM campus.request_rate"
                    " WHERE key LIKE '%%' || %s", ada) == 0
    assert site.learner(bob).job(tickets[bob]).json["status"] == "COMPLETED"
    assert site.messages(bob)[0] == ("user", QUESTION)


def test_forgetting_nobody_is_no_failure(site):
    assert "0" in site.cli("forget", "--user", new_user())
