/*
 * Statements and what to do when one is lost. What only reads is sent again;
 * what stores is looked for first.
 */
#include "fcgi/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"

#define ISO(column)                                                            \
	"to_char(" column " AT TIME ZONE 'UTC', "                              \
	"'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') AS " column

static const char db_ping_sql[] = "SELECT 1";

static const char db_worker_age_sql[] = "SELECT coatcheck.worker_age() AS age";

static const char db_ask_landing_sql[] =
    "SELECT campus.ask_landing($1::uuid, $2, $3::integer)";

static const char db_ask_course_sql[] =
    "SELECT outcome, session_id, answer, next_suggestions, retry_after_ms "
    "FROM campus.ask_course($1::uuid, $2::uuid, $3, $4::uuid, $5, $6::uuid, "
    "$7::integer, $8::integer, $9::integer)";

static const char db_ask_tutor_sql[] =
    "SELECT outcome, retry_after_ms FROM campus.ask_tutor($1::uuid, $2::uuid, "
    "$3, $4, $5, $6, $7::jsonb, $8::integer)";

static const char db_ask_persona_sql[] =
    "SELECT outcome, retry_after_ms FROM campus.ask_persona($1::uuid, "
    "$2::uuid, $3, $4::jsonb, $5::integer)";

static const char db_view_metrics_sql[] =
    "SELECT coatcheck.metrics() || llm.metrics() AS metrics";

static const char db_view_session_sql[] =
    "SELECT outcome, body FROM campus.session_view($1::uuid, $2, $3::uuid)";

static const char db_view_prompts_sql[] =
    "SELECT outcome, body FROM campus.course_prompts($1, $2::uuid, $3::uuid)";

static const char db_view_persona_sql[] =
    "SELECT outcome, body FROM campus.persona_status($1::uuid, $2)";

static const char db_view_job_sql[] =
    "SELECT status, attempts, queue_position, stage, partial, retry_after_ms, "
    "result, error, error_code, session_id, " ISO("created_at") ", " ISO(
	"run_at") ", " ISO("completed_at") " FROM coatcheck.job_view($1::uuid, "
					   "$2::uuid, "
					   "ARRAY[$3::text])";

static const char db_cancel_job_sql[] =
    "SELECT coatcheck.cancel($1::uuid, $2::uuid, ARRAY[$3::text]) AS outcome";

static const char db_ring_sql[] = "NOTIFY job_ready";

/*
 * Sends a statement, and a second time over another connection if the first one
 * was lost before it was done. What the server itself refuses for now, for a
 * lock that is held or for the time it took, it is not asked again at once.
 *
 * timeout_ms is for getting a connection, and again for the statement: a wait
 * for the first must not take from the second, as the server's own limit, which
 * undoes a statement, has to come before ours, which only stops to listen.
 */
static enum err
db_run(const struct db *db, const char *sql, int n, const char *const *values,
    int64_t timeout_ms, PGresult **out)
{
	int64_t deadline_ms = clock_mono_ms() + timeout_ms;

	for (int try = 1;; try++) {
		bool is_lost;
		struct pg *c;
		enum err e = pool_take(db->pool, deadline_ms, &c);

		if (e != ERR_OK)
			return e;
		e = pg_query(c, sql, n, values, timeout_ms, out);
		is_lost = !pg_is_alive(c);
		pool_give(db->pool, c);
		if (e != ERR_DB_RETRY || !is_lost || try == 2 ||
		    clock_left_ms(deadline_ms) == 0)
			return e;
	}
}

/* For what changes nothing: once more if it is not known how it went. */
static enum err
db_read(const struct db *db, const char *sql, int n, const char *const *values,
    int64_t timeout_ms, PGresult **out)
{
	enum err e = db_run(db, sql, n, values, timeout_ms, out);

	if (e == ERR_DB_UNSURE)
		e = db_run(db, sql, n, values, timeout_ms, out);
	return e;
}

enum err
db_ping(const struct db *db)
{
	PGresult *r = NULL;
	enum err e = db_read(
	    db, db_ping_sql, 0, NULL, DB_HEALTH_TIMEOUT_MS, &r);

	PQclear(r);
	return e;
}

enum err
db_worker_age(const struct db *db, double *out)
{
	PGresult *r = NULL;
	enum err e = db_read(
	    db, db_worker_age_sql, 0, NULL, DB_HEALTH_TIMEOUT_MS, &r);
	const char *age;

	if (e != ERR_OK)
		return e;
	age = pg_str(r, 0, "age");
	*out = age != NULL ? strtod(age, NULL) : -1;
	PQclear(r);
	return ERR_OK;
}

/*
 * Stores a job. When it is not known whether the statement was done, the row
 * decides: a blind second try could refuse what the first one stored. *out is
 * the job's own row then.
 */
static enum err
db_store(const struct db *db, const char *sql, int n, const char *const *values,
    const struct db_job *job, PGresult **out)
{
	int64_t timeout_ms = db->conf->database.statement_timeout_ms;
	enum err e = db_run(db, sql, n, values, timeout_ms, out);

	if (e != ERR_DB_UNSURE && e != ERR_TIMEOUT)
		return e;
	log_event(LOG_WARN, "enqueue_unsure", "job", job->id, NULL);
	if (db_view_job(db, job, out) == ERR_OK)
		return ERR_OK;
	/* A server that did not answer in time is not asked again. */
	if (e == ERR_TIMEOUT)
		return e;
	e = db_run(db, sql, n, values, timeout_ms, out);
	/* The first try may have come through only now. */
	if (e != ERR_OK && db_view_job(db, job, out) == ERR_OK)
		return ERR_OK;
	return e;
}

enum err
db_ask_landing(const struct db *db, const struct uuid *job,
    const char *question, const char *turn_count)
{
	const char *values[] = {job->text, question, turn_count};
	struct db_job stored = {job->text, uuid_nobody.text, "LANDING_QUERY"};
	PGresult *r = NULL;
	enum err e = db_store(db, db_ask_landing_sql, 3, values, &stored, &r);

	PQclear(r);
	return e;
}

struct db_number {
	char text[24];
};

static const char *
db_number(int64_t n, struct db_number *out)
{
	(void)snprintf(out->text, sizeof out->text, "%lld", (long long)n);
	return out->text;
}

enum err
db_ask_course(const struct db *db, const struct uuid *job,
    const struct db_question *q, PGresult **out)
{
	struct db_number per_module, per_minute;
	const char *values[] = {job->text, q->user, q->course, q->topic,
	    q->question, q->suggestion, q->module,
	    db_number(db->conf->assistant.questions_per_module, &per_module),
	    db_number(db->conf->assistant.requests_per_minute, &per_minute)};
	struct db_job stored = {job->text, q->user, "AI_QUERY"};

	*out = NULL;
	return db_store(db, db_ask_course_sql, 9, values, &stored, out);
}

enum err
db_ask_tutor(const struct db *db, const struct uuid *job,
    const struct db_tutor_question *q, PGresult **out)
{
	struct db_number per_minute;
	const char *values[] = {job->text, q->user, q->role, q->course,
	    q->question, q->cohort, q->history,
	    db_number(db->conf->assistant.requests_per_minute, &per_minute)};
	struct db_job stored = {job->text, q->user, "TUTOR_COPILOT"};

	*out = NULL;
	return db_store(db, db_ask_tutor_sql, 8, values, &stored, out);
}

enum err
db_ask_persona(const struct db *db, const struct uuid *job, const char *user,
    const char *course, const char *responses, PGresult **out)
{
	struct db_number per_minute;
	const char *values[] = {job->text, user, course, responses,
	    db_number(db->conf->assistant.requests_per_minute, &per_minute)};
	struct db_job stored = {job->text, user, "PERSONA_CLASSIFY"};

	*out = NULL;
	return db_store(db, db_ask_persona_sql, 5, values, &stored, out);
}

/* A statement that reads, with the usual time for it. */
static enum err
db_view(const struct db *db, const char *sql, int n, const char *const *values,
    PGresult **out)
{
	*out = NULL;
	return db_read(
	    db, sql, n, values, db->conf->database.statement_timeout_ms, out);
}

enum err
db_view_metrics(const struct db *db, PGresult **out)
{
	return db_view(db, db_view_metrics_sql, 0, NULL, out);
}

enum err
db_view_session(const struct db *db, const char *user, const char *course,
    const char *topic, PGresult **out)
{
	const char *values[] = {user, course, topic};

	return db_view(db, db_view_session_sql, 3, values, out);
}

enum err
db_view_prompts(const struct db *db, const char *course, const char *topic,
    const char *parent, PGresult **out)
{
	const char *values[] = {course, topic, parent};

	return db_view(db, db_view_prompts_sql, 3, values, out);
}

enum err
db_view_persona(
    const struct db *db, const char *user, const char *course, PGresult **out)
{
	const char *values[] = {user, course};

	return db_view(db, db_view_persona_sql, 2, values, out);
}

enum err
db_view_job(const struct db *db, const struct db_job *job, PGresult **out)
{
	const char *values[] = {job->id, job->owner, job->type};
	PGresult *r = NULL;
	enum err e = db_view(db, db_view_job_sql, 3, values, &r);

	if (e == ERR_OK && PQntuples(r) != 1)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		*out = r;
	else
		PQclear(r);
	return e;
}

/* Was it cancelled, if it is final? */
static bool
db_is_cancelled(const struct db *db, const struct db_job *job)
{
	PGresult *r = NULL;
	bool is_cancelled = db_view_job(db, job, &r) == ERR_OK &&
	    strcmp(pg_str(r, 0, "status"), "CANCELLED") == 0;

	PQclear(r);
	return is_cancelled;
}

enum err
db_cancel_job(
    const struct db *db, const struct db_job *job, enum db_cancel *out)
{
	const char *values[] = {job->id, job->owner, job->type};
	int64_t timeout_ms = db->conf->database.statement_timeout_ms;
	const char *outcome;
	PGresult *r = NULL;
	enum err e = db_run(db, db_cancel_job_sql, 3, values, timeout_ms, &r);
	bool is_again = e == ERR_DB_UNSURE;

	if (is_again)
		e = db_run(db, db_cancel_job_sql, 3, values, timeout_ms, &r);
	if (e != ERR_OK)
		return e;
	outcome = pg_str(r, 0, "outcome");
	if (outcome == NULL)
		e = ERR_NOT_FOUND;
	else if (strcmp(outcome, "cut") == 0)
		*out = DB_CANCEL_CUT;
	else if (strcmp(outcome, "cancelled") == 0 ||
	    (is_again && db_is_cancelled(db, job)))
		*out = DB_CANCELLED;
	else
		*out = DB_CANCEL_FINAL;
	PQclear(r);
	return e;
}

enum err
db_ring(const struct db *db)
{
	PGresult *r = NULL;
	enum err e = db_run(db, db_ring_sql, 0, NULL,
	    db->conf->database.statement_timeout_ms, &r);

	PQclear(r);
	return e;
}
