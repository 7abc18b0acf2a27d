#include "worker/assistant/summary.h"

#include <string.h>

#include "common/mem.h"
#include "worker/assistant/answer.h"
#include "worker/assistant/assistant.h"
#include "worker/assistant/flow.h"
#include "worker/assistant/prompt.h"
#include "worker/assistant/prompts.h"
#include "worker/assistant/talk.h"

/* Bytes: it goes with every later question, whatever a model was told. */
#define SUMMARY_MAX 4096
#define SUMMARY_ERROR "The conversation could not be summed up."

struct summary {
	json_object *context; /* of campus.summary_context() */
};

enum { SUMMARY_CONTEXT, SUMMARY_ASK };

static void
summary_release(void *state)
{
	struct summary *s = state;

	json_object_put(s->context);
	mem_free(s);
}

static int
summary_look_up(struct flow *f)
{
	const char *values[] = {f->job->id, f->job->session_id};

	return flow_query(
	    f, "SELECT campus.summary_context($1, $2)", 2, values);
}

static int
summary_on_context(struct flow *f, const char *value)
{
	struct summary *s = f->state;
	json_object *messages;

	if (value == NULL)
		return flow_fail(f, SUMMARY_ERROR, "session_not_found", NULL);
	s->context = flow_object(value);
	messages = json_get(s->context, "messages");
	if (!json_object_is_type(messages, json_type_array))
		return FLOW_BROKEN;
	if (json_object_array_length(messages) == 0)
		return flow_complete(f, json_object_new_object(), NULL);
	return SUMMARY_ASK;
}

static int
summary_ask(struct flow *f)
{
	const struct summary *s = f->state;
	const struct assistant *a = assistant_of(f->job);
	const struct prompt_values values = {.brand = a->conf->assistant.brand,
	    .course = json_str(s->context, "courseName")};
	const char *before = json_str(s->context, "summary");
	const char *tenant = json_str(s->context, "tenant");
	struct talk t = {0};
	struct buf b;

	if (!llm_is_configured(a->conf))
		return flow_fail(
		    f, SUMMARY_ERROR, "provider_not_configured", NULL);
	buf_init(&b, PROMPT_MAX);
	prompts_write(a->prompts, PROMPT_SUMMARY, &values, &b);
	talk_add(&t, "system", &b);
	if (before != NULL)
		talk_write_person(&b, "summary", before);
	talk_write_history(&b, json_get(s->context, "messages"));
	return talk_send(&t, &b, f,
	    &(struct llm_request){.tenant = tenant != NULL ? tenant : "default",
		.max_tokens = 220,
		.temperature = "0.2"});
}

static int
summary_on_answer(struct flow *f, const struct llm_answer *answer)
{
	const struct summary *s = f->state;
	json_object *effects;
	int64_t through = 0;
	struct buf b;

	if (answer->outcome != LLM_COMPLETED)
		return flow_fail(f, SUMMARY_ERROR,
		    *answer->code != '\0' ? answer->code : "provider_failed",
		    answer->detail);
	if (*answer->text == '\0')
		return flow_fail(f, SUMMARY_ERROR, "provider_empty", NULL);
	(void)json_get_int(s->context, "through", &through);
	buf_init(&b, SUMMARY_MAX);
	answer_write_text(&b, answer);
	effects = json_object_new_object();
	json_add_str(effects, "summary", buf_str(&b));
	json_add_int(effects, "through", through);
	buf_release(&b);
	return flow_complete(f, json_object_new_object(), effects);
}

static const struct flow_step summary_steps[] = {
    /* The summary so far and what came after it; nothing: the end. */
    [SUMMARY_CONTEXT] = {.name = "context",
	.start = summary_look_up,
	.on_row = summary_on_context},
    [SUMMARY_ASK] = {.name = "ask",
	.start = summary_ask,
	.on_answer = summary_on_answer,
	.is_worth_waiting = true},
};

void
summary_start(struct job *job)
{
	static const struct flow_table table = {summary_steps, summary_release};

	if (job->session_id == NULL) {
		job_fail(job, SUMMARY_ERROR, "bad_payload",
		    "the job has no session", NULL);
		return;
	}
	flow_start(job, &table, x_alloc(sizeof(struct summary)));
}
