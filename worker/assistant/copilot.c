#include "worker/assistant/copilot.h"

#include <string.h>

#include "common/conf.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/uuid.h"
#include "worker/assistant/answer.h"
#include "worker/assistant/assistant.h"
#include "worker/assistant/consult.h"
#include "worker/assistant/flow.h"

#define COPILOT_TOKENS 700

static const char copilot_notice[] =
    "The language model is not available at the moment, so this answer comes "
    "straight from the records of the course.";

struct copilot {
	const char *course, *cohort, *question; /* of the payload; cohort may be
						 * NULL */
	struct consult consult;
};

/* The way of a question, as copilot_steps has it. */
enum { COPILOT_CONTEXT, COPILOT_ASK, COPILOT_LOOK_UP, COPILOT_EXTRACT };

static void
copilot_release(void *state)
{
	struct copilot *c = state;

	consult_release(&c->consult);
	mem_free(c);
}

/* Ends the job. */
static int
copilot_end(struct flow *f, const char *answer, bool is_model)
{
	json_object *result = json_object_new_object();

	json_add_str(result, "answer", answer);
	json_add_str(result, "engine", is_model ? "llm" : "extractive");
	if (!is_model && llm_is_configured(f->job->services->conf))
		json_add_str(result, "notice", copilot_notice);
	return flow_complete(f, result, NULL);
}

/* Asks the database with user, course, cohort and two texts more. */
static int
copilot_query(
    struct flow *f, const char *sql, const char *fourth, const char *fifth)
{
	const struct copilot *c = f->state;
	const char *const values[] = {
	    f->job->user_id, c->course, c->cohort, fourth, fifth};

	return flow_query(f, sql, 5, values);
}

/* What was said before, as text. */
static const char *
copilot_history(const struct flow *f)
{
	json_object *history = json_get(f->job->payload, "history");

	return json_object_is_type(history, json_type_array)
	    ? json_text(history)
	    : "[]";
}

static int
copilot_look_around(struct flow *f)
{
	const struct copilot *c = f->state;

	return copilot_query(f,
	    "SELECT campus.tutor_context($1, $2, $3, $4, $5)", c->question,
	    copilot_history(f));
}

static int
copilot_on_context(struct flow *f, const char *value)
{
	struct copilot *c = f->state;
	const struct conf *conf = f->job->services->conf;
	json_object *context = flow_object(value);
	int next = COPILOT_EXTRACT;

	if (context == NULL)
		return FLOW_BROKEN;
	if (!json_object_get_boolean(json_get(context, "assigned"))) {
		next = flow_fail(f, "Tutor is not assigned to this course",
		    "not_assigned", NULL);
	} else if (llm_is_configured(conf)) {
		consult_init(&c->consult, assistant_of(f->job)->prompts,
		    conf->assistant.brand, context,
		    json_get(f->job->payload, "history"), c->question);
		next = COPILOT_ASK;
	}
	json_object_put(context);
	return next;
}

static int
copilot_ask(struct flow *f)
{
	struct copilot *c = f->state;
	struct llm_request request = {
	    .max_tokens = COPILOT_TOKENS, .temperature = "0.1"};

	consult_request(&c->consult, &request);
	return flow_ask(f, &request);
}

/* The model's text, with real names. */
static int
copilot_on_text(struct flow *f, const struct llm_answer *reply)
{
	const struct copilot *c = f->state;
	struct buf said, b;
	int next = COPILOT_EXTRACT;

	buf_init(&said, ANSWER_MAX);
	buf_init(&b, CONSULT_TEXT_MAX);
	answer_write_text(&said, reply);
	consult_restore(&c->consult, buf_str(&said), &b);
	if (buf_status(&b) == ERR_OK)
		next = copilot_end(f, buf_str(&b), true);
	buf_release(&said);
	buf_release(&b);
	return next;
}

static int
copilot_on_reply(struct flow *f, const struct llm_answer *reply)
{
	struct copilot *c = f->state;

	if (reply->outcome == LLM_FILTERED)
		return copilot_end(f, answer_declined, true);
	if (reply->outcome == LLM_COMPLETED) {
		if (consult_keep_calls(
			&c->consult, reply->text, reply->tool_calls))
			return COPILOT_LOOK_UP;
		if (*reply->text != '\0')
			return copilot_on_text(f, reply);
	}
	log_event(LOG_WARN, "answered_without_model", "job", f->job->id, "code",
	    reply->code, NULL);
	return COPILOT_EXTRACT;
}

static int
copilot_look_up(struct flow *f)
{
	struct copilot *c = f->state;
	const char *name;
	json_object *args;
	int next;

	if (!consult_next(&c->consult, &name, &args))
		return COPILOT_ASK;
	next = copilot_query(f,
	    "SELECT campus.tutor_lookup($1, $2, $3, $4, $5)", name,
	    json_text(args));
	json_object_put(args);
	return next;
}

static int
copilot_on_lookup(struct flow *f, const char *value)
{
	struct copilot *c = f->state;
	json_object *result = flow_object(value);

	if (result == NULL)
		return FLOW_BROKEN;
	consult_answer(&c->consult, result);
	json_object_put(result);
	return COPILOT_LOOK_UP;
}

static int
copilot_extract(struct flow *f)
{
	const struct copilot *c = f->state;

	return copilot_query(f,
	    "SELECT campus.tutor_answer($1, $2, $3, $4, $5)", c->question,
	    copilot_history(f));
}

static int
copilot_on_answer(struct flow *f, const char *value)
{
	json_object *answer = flow_object(value);
	const char *text = json_str(answer, "answer");
	int next = FLOW_BROKEN;

	if (text != NULL)
		next = copilot_end(f, text, false);
	json_object_put(answer);
	return next;
}

static const struct flow_step copilot_steps[] = {
    /* Who asks about which learners? Without a model: COPILOT_EXTRACT. */
    [COPILOT_CONTEXT] = {.name = "context",
	.start = copilot_look_around,
	.on_row = copilot_on_context},
    /* A round with the model: look-ups, or the answer; without either:
     * COPILOT_EXTRACT. */
    [COPILOT_ASK] = {.name = "ask",
	.start = copilot_ask,
	.on_answer = copilot_on_reply,
	.is_worth_waiting = true},
    /* One thing that the model asked for, then the next; after all of them:
     * COPILOT_ASK. */
    [COPILOT_LOOK_UP] = {.name = "look_up",
	.start = copilot_look_up,
	.on_row = copilot_on_lookup},
    /* The look-up that the words of the question ask for. */
    [COPILOT_EXTRACT] = {.name = "extract",
	.start = copilot_extract,
	.on_row = copilot_on_answer},
};

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
	static const struct flow_table table = {copilot_steps, copilot_release};
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
	c->course = json_str(job->payload, "courseId");
	c->cohort = json_str(job->payload, "cohortId");
	c->question = question;
	flow_start(job, &table, c);
}
