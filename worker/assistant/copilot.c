#include "worker/assistant/copilot.h"

#include <string.h>

#include "common/conf.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/uuid.h"
#include "worker/assistant/assistant.h"
#include "worker/assistant/consult.h"
#include "worker/handlers/llm.h"
#include "worker/pgconn.h"

#define COPILOT_TOKENS 700

static const char copilot_declined[] =
    "The language model declined to answer this question. Please try asking it "
    "in other words.";
static const char copilot_notice[] =
    "The language model is not available at the moment, so this answer comes "
    "straight from the records of the course.";

enum copilot_step { STEP_CONTEXT, STEP_ASK, STEP_LOOK_UP, STEP_EXTRACT };

struct copilot {
	struct job *job;
	const char *course, *cohort, *question; /* cohort may be NULL */
	struct pgquery *query;                  /* one of these is under way */
	struct llm_call *call;
	struct consult consult;
	json_object *usage; /* of all rounds */
};

static void copilot_take(struct copilot *c, enum copilot_step step);

/* Frees all but the effects of the job, {"usage"} or NULL, which go with its
 * end, whatever that is. */
static json_object *
copilot_finish(struct copilot *c)
{
	json_object *effects = NULL;

	if (json_object_array_length(c->usage) > 0) {
		effects = json_object_new_object();
		json_object_object_add(
		    effects, "usage", json_object_get(c->usage));
	}
	c->job->state = NULL;
	consult_release(&c->consult);
	json_object_put(c->usage);
	mem_free(c);
	return effects;
}

static void
copilot_complete(struct copilot *c, const char *answer, bool is_model)
{
	struct job *job = c->job;
	json_object *result = json_object_new_object();

	json_add_str(result, "answer", answer);
	json_add_str(result, "engine", is_model ? "llm" : "extractive");
	if (!is_model && llm_is_configured(job->services->conf))
		json_add_str(result, "notice", copilot_notice);
	job_complete(job, result, copilot_finish(c));
}

static void
copilot_retry(struct copilot *c, const char *error, const char *code,
    const char *detail, int64_t retry_after_ms)
{
	struct job *job = c->job;

	job_retry(job, error, code, detail, retry_after_ms, copilot_finish(c));
}

/* The object that a statement returned; NULL after ending the attempt. */
static json_object *
copilot_read(struct copilot *c, enum err e, const PGresult *res)
{
	json_object *object = NULL;
	const char *text, *why;

	c->query = NULL;
	if (e == ERR_OK && PQntuples(res) != 1)
		e = ERR_DB;
	if (e == ERR_OK) {
		text = PQgetvalue(res, 0, 0);
		e = json_parse_object(text, strlen(text), &object, &why);
	}
	if (e == ERR_OK)
		return object;
	copilot_retry(c,
	    "The records of the course could not be read. Please try again "
	    "later.",
	    "database_error", err_name(e), -1);
	return NULL;
}

/* Asks the database with user, course, cohort and two texts more. */
static void
copilot_query(struct copilot *c, const char *sql, const char *fourth,
    const char *fifth, pgquery_fn done)
{
	const struct services *s = c->job->services;
	const char *const values[] = {
	    c->job->user_id, c->course, c->cohort, fourth, fifth};

	c->query = pgpool_send(s->reads, PGQUERY_REPEATABLE, sql, 5, values,
	    s->conf->database.statement_timeout_ms, done, c);
}

/* What was said before, as text. */
static const char *
copilot_history(const struct copilot *c)
{
	json_object *history = json_get(c->job->payload, "history");

	return json_object_is_type(history, json_type_array)
	    ? json_text(history)
	    : "[]";
}

/* --- the question and its course */

static void
copilot_on_context(void *ctx, enum err e, const PGresult *res)
{
	struct copilot *c = ctx;
	struct job *job = c->job;
	json_object *context = copilot_read(c, e, res);

	if (context == NULL)
		return;
	if (!json_object_get_boolean(json_get(context, "assigned"))) {
		job_fail(job, "Tutor is not assigned to this course",
		    "not_assigned", NULL, copilot_finish(c));
	} else if (!llm_is_configured(job->services->conf)) {
		copilot_take(c, STEP_EXTRACT);
	} else {
		consult_init(&c->consult, assistant_of(job)->prompts,
		    job->services->conf->assistant.brand, context,
		    json_get(job->payload, "history"), c->question);
		copilot_take(c, STEP_ASK);
	}
	json_object_put(context);
}

static void
copilot_read_context(struct copilot *c)
{
	copilot_query(c, "SELECT campus.tutor_context($1, $2, $3, $4, $5)",
	    c->question, copilot_history(c), copilot_on_context);
}

/* --- a round with the model */

static void
copilot_on_text(struct copilot *c, const char *text)
{
	struct buf b;

	buf_init(&b, CONSULT_TEXT_MAX);
	consult_restore(&c->consult, text, &b);
	if (buf_status(&b) == ERR_OK)
		copilot_complete(c, buf_str(&b), true);
	else
		copilot_take(c, STEP_EXTRACT);
	buf_release(&b);
}

static void
copilot_keep_usage(struct copilot *c, json_object *usage)
{
	size_t n = usage != NULL ? json_object_array_length(usage) : 0;

	for (size_t i = 0; i < n; i++)
		json_object_array_add(c->usage,
		    json_object_get(json_object_array_get_idx(usage, i)));
}

static void
copilot_on_model(void *ctx, const struct llm_answer *reply)
{
	struct copilot *c = ctx;
	struct job *job = c->job;

	c->call = NULL;
	copilot_keep_usage(c, reply->usage);
	switch (reply->outcome) {
	case LLM_COMPLETED:
		if (consult_keep_calls(
			&c->consult, reply->text, reply->tool_calls)) {
			copilot_take(c, STEP_LOOK_UP);
			return;
		}
		if (reply->text != NULL && *reply->text != '\0') {
			copilot_on_text(c, reply->text);
			return;
		}
		break;
	case LLM_FILTERED:
		copilot_complete(c, copilot_declined, true);
		return;
	case LLM_RETRY:
		if (job->attempt < job->max_attempts) {
			copilot_retry(c,
			    "The language model is not available at the "
			    "moment. Please try again later.",
			    reply->code, reply->detail, reply->retry_after_ms);
			return;
		}
		break;
	case LLM_PERMANENT:
		break;
	}
	log_event(LOG_WARN, "answered_without_model", "job", job->id, "code",
	    reply->code, NULL);
	copilot_take(c, STEP_EXTRACT);
}

static void
copilot_ask(struct copilot *c)
{
	struct llm_request request = {
	    .max_tokens = COPILOT_TOKENS, .temperature = "0.1"};

	consult_request(&c->consult, &request);
	c->call = llm_start(
	    assistant_of(c->job)->llm, c->job, &request, copilot_on_model, c);
}

/* --- what the model asked for */

static void
copilot_on_lookup(void *ctx, enum err e, const PGresult *res)
{
	struct copilot *c = ctx;
	json_object *result = copilot_read(c, e, res);

	if (result == NULL)
		return;
	consult_answer(&c->consult, result);
	json_object_put(result);
	copilot_take(c, STEP_LOOK_UP);
}

static void
copilot_look_up(struct copilot *c)
{
	const char *name;
	json_object *args;

	if (!consult_next(&c->consult, &name, &args)) {
		copilot_take(c, STEP_ASK);
		return;
	}
	copilot_query(c, "SELECT campus.tutor_lookup($1, $2, $3, $4, $5)", name,
	    json_text(args), copilot_on_lookup);
	json_object_put(args);
}

/* --- without a model */

static void
copilot_on_answer(void *ctx, enum err e, const PGresult *res)
{
	struct copilot *c = ctx;
	json_object *answer = copilot_read(c, e, res);

	if (answer == NULL)
		return;
	copilot_complete(c, json_str(answer, "answer"), false);
	json_object_put(answer);
}

static void
copilot_extract(struct copilot *c)
{
	copilot_query(c, "SELECT campus.tutor_answer($1, $2, $3, $4, $5)",
	    c->question, copilot_history(c), copilot_on_answer);
}

/* --- the steps */

static void (*const copilot_steps[])(struct copilot *c) = {
    [STEP_CONTEXT] = copilot_read_context, /* then ASK, EXTRACT, or the end */
    [STEP_ASK] = copilot_ask,         /* then LOOK_UP, EXTRACT, or the end */
    [STEP_LOOK_UP] = copilot_look_up, /* then LOOK_UP, ASK */
    [STEP_EXTRACT] = copilot_extract, /* then the end */
};

static void
copilot_take(struct copilot *c, enum copilot_step step)
{
	copilot_steps[step](c);
}

static bool
copilot_is_uuid(json_object *value)
{
	const char *text = json_object_is_type(value, json_type_string)
	    ? json_object_get_string(value)
	    : "";
	struct uuid id;

	return uuid_parse(text, strlen(text), &id);
}

void
copilot_start(struct job *job)
{
	json_object *cohort = json_get(job->payload, "cohortId");
	const char *question = json_str(job->payload, "question");
	struct copilot *c;

	/* A cohort that is not understood must not widen what is seen. */
	if (question == NULL || *question == '\0' ||
	    !copilot_is_uuid(json_get(job->payload, "courseId")) ||
	    (cohort != NULL && !copilot_is_uuid(cohort))) {
		job_fail(job, "The question is incomplete.", "bad_payload",
		    "question, courseId or cohortId is missing or malformed",
		    NULL);
		return;
	}
	c = x_alloc(sizeof *c);
	*c = (struct copilot){.job = job,
	    .course = json_str(job->payload, "courseId"),
	    .cohort = json_str(job->payload, "cohortId"),
	    .question = question,
	    .usage = json_object_new_array()};
	job->state = c;
	copilot_take(c, STEP_CONTEXT);
}

void
copilot_cancel(struct job *job)
{
	struct copilot *c = job->state;

	if (c == NULL)
		return;
	if (c->query != NULL)
		pgquery_cancel(c->query);
	if (c->call != NULL)
		llm_cancel(c->call);
	json_object_put(copilot_finish(c));
}
