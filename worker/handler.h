/*
 * What a handler is to the engine, and the engine to a handler. A handler runs
 * one attempt of a job on the loop's only thread: start() begins it and
 * returns, and some callback later ends it by exactly one job_complete(),
 * job_retry() or job_fail(). It never blocks and never retries on its own: the
 * queue is the only retry loop.
 */
#ifndef WORKER_HANDLER_H
#define WORKER_HANDLER_H

#include <stdint.h>

#include "common/attrs.h"
#include "common/json.h"

struct services;

/* One attempt. Everything is borrowed and lives until the attempt has ended or
 * cancel() has returned. */
struct job {
	const char *id; /* UUID */
	int64_t token;  /* of its lease */
	int attempt;    /* from 1 */
	int max_attempts;
	const char *type;       /* such as "AI_QUERY" */
	const char *user_id;    /* UUID; all zeros for public work */
	const char *session_id; /* UUID, or NULL */
	json_object *payload;
	int64_t deadline_ms; /* monotonic; the engine cancels then */
	struct services *services;
	void *state; /* the handler's own; NULL at start */
};

/*
 * A handler. start() may end the job before it returns. cancel() comes when the
 * lease is lost, the job was cancelled, its deadline has passed or the worker
 * drains: it stops every transfer and query of the job, frees the state, and
 * afterwards the handler must not touch the job again.
 */
struct handler {
	const char *type; /* job type it runs */
	void (*start)(struct job *job);
	void (*cancel)(struct job *job);
};

/* Ends the job: result is shown to its owner, effects (or NULL) go to the end
 * hook of its type in the same transaction. Takes both objects. The handler's
 * state must be free by then; job is invalid afterwards. */
void job_complete(struct job *job, json_object *result, json_object *effects);

/*
 * Ends the attempt with a transient failure: the job waits and runs again, or
 * fails if no attempt is left. error is a sentence for people, code a word for
 * programs, detail (or NULL) for operators only, never secrets. All three are
 * copied, cut at 1,000, 64 and 4,000 bytes, and replaced if not UTF-8.
 * retry_after_ms < 0 leaves the wait to exponential backoff with jitter.
 * effects (or NULL, taken) go to the end hook, with the status RETRY while the
 * job lives on.
 */
void job_retry(struct job *job, const char *error, const char *code,
    const char *detail, int64_t retry_after_ms, json_object *effects);

/* Ends the job: no other attempt could succeed. */
void job_fail(struct job *job, const char *error, const char *code,
    const char *detail, json_object *effects);

/* What the engine lends to handlers. */
struct conf;
struct pgpool;
struct transfers;
struct services {
	const struct conf *conf;
	struct pgpool *reads; /* for a handler's own, repeatable queries */
	struct transfers *transfers;
	void *shared; /* what the handlers brought along */
};

#endif
