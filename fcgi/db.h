/*
 * What the front end asks of the database: one function for each SQL function
 * it may call. The checks before and the words after are the callers'.
 *
 * All can fail with ERR_DB_RETRY, ERR_DB_UNSURE, ERR_TIMEOUT, ERR_BUSY or
 * ERR_BAD_INPUT (schema too old), which mean "not now", and with ERR_DB.
 */
#ifndef FCGI_DB_H
#define FCGI_DB_H

#include <libpq-fe.h>

#include "common/attrs.h"
#include "common/conf.h"
#include "common/err.h"
#include "common/uuid.h"
#include "fcgi/pool.h"

#define DB_HEALTH_TIMEOUT_MS 2000

struct db {
	const struct conf *conf;
	struct pool *pool;
};

/* Does a statement get through? */
MUST_CHECK enum err db_ping(const struct db *db);

/* Seconds since a worker was last seen, -1 if there is none. */
MUST_CHECK enum err db_worker_age(const struct db *db, double *out);

/*
 * Stores a question under the id in *job. A broken connection is settled
 * by looking for that id, so ERR_OK means stored, and an error that the client
 * may try again. A second call with the same id stores nothing.
 */
MUST_CHECK enum err db_ask_landing(const struct db *db, const struct uuid *job,
    const char *question, const char *turn_count);

/*
 * The others, too. *out is the row of the campus function of that name, whose
 * outcome says whether the job is stored or why not; or the job's own, as
 * db_view_job() gives it, when that row was lost with the connection (PQclear).
 */
struct db_question {
	const char *user, *course, *topic;
	const char *question, *suggestion, *module; /* or NULL */
};
MUST_CHECK enum err db_ask_course(const struct db *db, const struct uuid *job,
    const struct db_question *q, PGresult **out);

struct db_tutor_question {
	const char *user, *role, *course, *question;
	const char *cohort;  /* or NULL */
	const char *history; /* a JSON array */
};
MUST_CHECK enum err db_ask_tutor(const struct db *db, const struct uuid *job,
    const struct db_tutor_question *q, PGresult **out);

/* responses is a JSON array. */
MUST_CHECK enum err db_ask_persona(const struct db *db, const struct uuid *job,
    const char *user, const char *course, const char *responses,
    PGresult **out);

/* What /metrics shows (PQclear). */
MUST_CHECK enum err db_view_metrics(const struct db *db, PGresult **out);

/* What the campus shows: a row with an outcome and a body of JSON (PQclear).
 * topic and parent may be NULL in the second. */
MUST_CHECK enum err db_view_session(const struct db *db, const char *user,
    const char *course, const char *topic, PGresult **out);
MUST_CHECK enum err db_view_prompts(const struct db *db, const char *course,
    const char *topic, const char *parent, PGresult **out);
MUST_CHECK enum err db_view_persona(
    const struct db *db, const char *user, const char *course, PGresult **out);

/* Which job, and who asks. A job that is not of this owner and type is as
 * unknown as one that never was. */
struct db_job {
	const char *id, *owner, *type;
};

/* coatcheck.job_view's row, times as ISO 8601 (PQclear). ERR_NOT_FOUND. */
MUST_CHECK enum err db_view_job(
    const struct db *db, const struct db_job *job, PGresult **out);

enum db_cancel {
	DB_CANCELLED,   /* before it ran */
	DB_CANCEL_CUT,  /* while it ran */
	DB_CANCEL_FINAL /* too late */
};

MUST_CHECK enum err db_cancel_job(
    const struct db *db, const struct db_job *job, enum db_cancel *out);

/* Tells idle workers that there is work. */
MUST_CHECK enum err db_ring(const struct db *db);

#endif
