/*
 * A job as a table of steps that reads from top to bottom. A step looks
 * something up or asks a model, and what comes back leads to another step or
 * to the end of the job. One thing is under way at a time; cancelling the job
 * cuts it off and frees everything. Knows nothing of what is asked.
 *
 * What every call of a model has used is gathered and goes into the effects of
 * the end, whichever that is.
 */
#ifndef ASSISTANT_FLOW_H
#define ASSISTANT_FLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "common/attrs.h"
#include "common/json.h"
#include "worker/handler.h"
#include "worker/handlers/llm.h"

struct flow;
struct pgquery;

/* What the functions of a step return: the number of the next step (from 0), or
 * one of these. */
enum {
	FLOW_WAIT = -1,  /* from flow_query(), flow_ask(), flow_embed() only */
	FLOW_END = -2,   /* from flow_complete() and the like only: the flow and
			  * its state are gone */
	FLOW_BROKEN = -3 /* what the database sent makes no sense: the job waits
			  * for another attempt */
};

struct flow_step {
	const char *name; /* for the log */
	/* Begins it, or says at once what is next. */
	int (*start)(struct flow *f);
	/* After flow_query(): the one value of the one row, NULL if it is;
	 * borrowed. If the database fails the job waits for another attempt. */
	int (*on_row)(struct flow *f, const char *value);
	/* After flow_ask() or flow_embed(). */
	int (*on_answer)(struct flow *f, const struct llm_answer *answer);
	/* Is a model that may work later (LLM_RETRY) worth another attempt?
	 * While one is left, on_answer is not called then. */
	bool is_worth_waiting;
};

struct flow_table {
	const struct flow_step *steps; /* the first one starts */
	void (*release)(void *state);  /* frees it */
};

struct flow {
	struct job *job;
	void *state; /* the pipeline's own */
	/* The rest is flow.c's. */
	const struct flow_table *table;
	int at;                /* the step */
	struct pgquery *query; /* at most one of both is under way */
	struct llm_call *call;
	json_object *usage; /* array, or NULL */
};

/* Runs the job; takes state. The job may have ended when it returns. */
void flow_start(struct job *job, const struct flow_table *table, void *state);

/* The cancel() of such a handler. */
void flow_cancel(struct job *job);

/* A repeatable statement of one row with one column, as pgconn_send(). */
MUST_CHECK int flow_query(
    struct flow *f, const char *sql, int n, const char *const *values);
/* The value as an object that the caller owns; NULL if it is none. */
MUST_CHECK json_object *flow_object(const char *value);

MUST_CHECK int flow_ask(struct flow *f, const struct llm_request *request);
/* Vectors of texts, as llm_embed(). */
MUST_CHECK int flow_embed(
    struct flow *f, const char *tenant, const char *const *texts, size_t count);

/* End the job as job_complete(), job_retry() and job_fail() do, after the state
 * is freed: no text may be of the state. They take result and effects, which
 * may be NULL. */
MUST_CHECK int flow_complete(
    struct flow *f, json_object *result, json_object *effects);
MUST_CHECK int flow_retry(struct flow *f, const char *error, const char *code,
    const char *detail, int64_t retry_after_ms);
MUST_CHECK int flow_fail(
    struct flow *f, const char *error, const char *code, const char *detail);

#endif
