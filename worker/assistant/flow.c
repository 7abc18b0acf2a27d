#include "worker/assistant/flow.h"

#include <assert.h>
#include <string.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/log.h"
#include "common/mem.h"
#include "worker/assistant/assistant.h"
#include "worker/pgconn.h"

static void
flow_free(struct flow *f)
{
	f->job->state = NULL;
	f->table->release(f->state);
	json_object_put(f->usage);
	mem_free(f);
}

/* The effects, with what the models have used. */
static json_object *
flow_effects(struct flow *f, json_object *effects)
{
	if (f->usage == NULL)
		return effects;
	if (effects == NULL)
		effects = json_object_new_object();
	json_object_object_add(effects, "usage", f->usage);
	f->usage = NULL;
	return effects;
}

int
flow_complete(struct flow *f, json_object *result, json_object *effects)
{
	struct job *job = f->job;

	effects = flow_effects(f, effects);
	flow_free(f);
	job_complete(job, result, effects);
	return FLOW_END;
}

int
flow_retry(struct flow *f, const char *error, const char *code,
    const char *detail, int64_t retry_after_ms)
{
	struct job *job = f->job;
	json_object *effects = flow_effects(f, NULL);

	flow_free(f);
	job_retry(job, error, code, detail, retry_after_ms, effects);
	return FLOW_END;
}

int
flow_fail(
    struct flow *f, const char *error, const char *code, const char *detail)
{
	struct job *job = f->job;
	json_object *effects = flow_effects(f, NULL);

	flow_free(f);
	job_fail(job, error, code, detail, effects);
	return FLOW_END;
}

static int
flow_look_up_failed(struct flow *f, const char *detail)
{
	return flow_retry(f,
	    "What is needed for an answer could not be looked up. Please try "
	    "again later.",
	    "database_error", detail, -1);
}

/* Goes on with a step, and with those that need not wait. */
static void
flow_run(struct flow *f, int next)
{
	while (next >= 0) {
		f->at = next;
		log_event(LOG_DEBUG, "step", "job", f->job->id, "step",
		    f->table->steps[next].name, NULL);
		next = f->table->steps[next].start(f);
	}
	if (next == FLOW_BROKEN)
		next = flow_look_up_failed(f, "unexpected value");
	assert(next == FLOW_END || f->query != NULL || f->call != NULL);
}

static void
flow_on_row(void *ctx, enum err e, const PGresult *res)
{
	struct flow *f = ctx;

	f->query = NULL;
	if (e == ERR_OK && PQntuples(res) == 1)
		flow_run(f,
		    f->table->steps[f->at].on_row(f,
			PQgetisnull(res, 0, 0) != 0 ? NULL
						    : PQgetvalue(res, 0, 0)));
	else if (e == ERR_OK)
		flow_run(f, FLOW_BROKEN);
	else
		flow_run(f, flow_look_up_failed(f, err_name(e)));
}

int
flow_query(struct flow *f, const char *sql, int n, const char *const *values)
{
	const struct services *s = f->job->services;

	f->query = pgpool_send(s->reads, PGQUERY_REPEATABLE, sql, n, values,
	    s->conf->database.statement_timeout_ms, flow_on_row, f);
	return FLOW_WAIT;
}

json_object *
flow_object(const char *value)
{
	json_object *obj = NULL;
	const char *why;

	return value != NULL &&
		json_parse_object(value, strlen(value), &obj, &why) == ERR_OK
	    ? obj
	    : NULL;
}

static void
flow_keep_usage(struct flow *f, const json_object *usage)
{
	size_t n = usage != NULL ? json_object_array_length(usage) : 0;

	if (n > 0 && f->usage == NULL)
		f->usage = json_object_new_array();
	for (size_t i = 0; i < n; i++)
		json_object_array_add(f->usage,
		    json_object_get(json_object_array_get_idx(usage, i)));
}

static void
flow_on_answer(void *ctx, const struct llm_answer *answer)
{
	struct flow *f = ctx;
	const struct flow_step *step = &f->table->steps[f->at];

	f->call = NULL;
	flow_keep_usage(f, answer->usage);
	if (answer->outcome == LLM_RETRY && step->is_worth_waiting &&
	    f->job->attempt < f->job->max_attempts)
		flow_run(f,
		    flow_retry(f,
			"The language model is not available at the moment. "
			"Please try again later.",
			answer->code, answer->detail, answer->retry_after_ms));
	else
		flow_run(f, step->on_answer(f, answer));
}

int
flow_ask(struct flow *f, const struct llm_request *request)
{
	f->call = llm_start(
	    assistant_of(f->job)->llm, f->job, request, flow_on_answer, f);
	return FLOW_WAIT;
}

int
flow_embed(
    struct flow *f, const char *tenant, const char *const *texts, size_t count)
{
	f->call = llm_embed(assistant_of(f->job)->llm, f->job, tenant, texts,
	    count, flow_on_answer, f);
	return FLOW_WAIT;
}

void
flow_start(struct job *job, const struct flow_table *table, void *state)
{
	struct flow *f = x_alloc(sizeof *f);

	*f = (struct flow){.job = job, .table = table, .state = state};
	job->state = f;
	flow_run(f, 0);
}

void
flow_cancel(struct job *job)
{
	struct flow *f = job->state;

	if (f == NULL)
		return;
	if (f->query != NULL)
		pgquery_cancel(f->query);
	if (f->call != NULL)
		llm_cancel(f->call);
	flow_free(f);
}
