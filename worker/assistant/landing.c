#include "worker/assistant/landing.h"

#include <string.h>

#include "common/conf.h"
#include "common/log.h"
#include "common/mem.h"
#include "worker/assistant/answer.h"
#include "worker/assistant/assistant.h"
#include "worker/assistant/flow.h"
#include "worker/assistant/greeting.h"
#include "worker/assistant/plain.h"
#include "worker/assistant/prompt.h"
#include "worker/assistant/prompts.h"
#include "worker/assistant/talk.h"

#define SUGGESTED_TURNS 10 /* later ones get no suggestions */

static const char landing_subject[] =
    "our courses, workshops and cohorts: what there is, what it costs, how "
    "long it takes and when it starts";

struct landing {
	const char *question; /* of the payload */
	struct passages passages;
	bool is_model_away; /* was a model asked in vain? */
};

/* The way of a question, as landing_steps has it. */
enum { LANDING_SEARCH, LANDING_ASK, LANDING_QUOTE, LANDING_REFUSE };

static void
landing_release(void *state)
{
	struct landing *l = state;

	passages_release(&l->passages);
	mem_free(l);
}

static int
landing_search(struct flow *f)
{
	const struct landing *l = f->state;
	char *text = answer_search_text(l->question);
	struct answer_number limit;
	const char *values[] = {text, limit.text};
	int next;

	answer_write_number(f->job->services->conf->assistant.passages, &limit);
	next = flow_query(
	    f, "SELECT campus.landing_passages($1, $2)", 2, values);
	mem_free(text);
	return next;
}

static int
landing_on_passages(struct flow *f, const char *value)
{
	struct landing *l = f->state;

	if (answer_read_passages(f->job, value, &l->passages) != ERR_OK)
		return FLOW_BROKEN;
	if (l->passages.count == 0)
		return LANDING_REFUSE;
	return llm_is_configured(f->job->services->conf) ? LANDING_ASK
							 : LANDING_QUOTE;
}

/* Where to go on from an answer about a kind of offer; NULL if the operator has
 * not said. */
static json_object *
landing_action(const struct conf *conf, const char *kind)
{
	const struct {
		const char *kind, *label, *href;
	} actions[] = {
	    {"cohort", "See the live cohorts", conf->assistant.cohort_link},
	    {"workshop", "See the workshops", conf->assistant.workshop_link},
	    {"on-demand", "See the on-demand courses",
		conf->assistant.on_demand_link}};
	json_object *action;

	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		if (strcmp(actions[i].kind, kind) != 0 ||
		    *actions[i].href == '\0')
			continue;
		action = json_object_new_object();
		json_add_str(action, "label", actions[i].label);
		json_add_str(action, "href", actions[i].href);
		return action;
	}
	return NULL;
}

/* Ends the job. Takes result. */
static int
landing_end(struct flow *f, json_object *result)
{
	const struct landing *l = f->state;
	json_object *suggestions = json_get(l->passages.json, "suggestions");
	const char *kind = json_str(l->passages.json, "kind");
	json_object *action;
	int64_t turns = 0;

	(void)json_get_int(f->job->payload, "turnCount", &turns);
	if (turns < SUGGESTED_TURNS)
		json_object_object_add(result, "suggestions",
		    json_object_is_type(suggestions, json_type_array)
			? json_object_get(suggestions)
			: json_object_new_array());
	if (l->passages.count > 0 && kind != NULL) {
		action = landing_action(f->job->services->conf, kind);
		if (action != NULL)
			json_object_object_add(result, "action", action);
	}
	return flow_complete(f, result, NULL);
}

static int
landing_ask(struct flow *f)
{
	const struct landing *l = f->state;
	const struct assistant *a = assistant_of(f->job);
	const struct prompt_values values = {.brand = a->conf->assistant.brand};
	struct talk t = {0};
	struct buf b;

	buf_init(&b, PROMPT_MAX);
	prompts_write(a->prompts, PROMPT_LANDING, &values, &b);
	talk_add(&t, "system", &b);
	talk_write_question(&b, &l->passages, l->question);
	return talk_send(&t, &b, f,
	    &(struct llm_request){
		.tenant = "public", .max_tokens = 400, .temperature = "0.3"});
}

static int
landing_on_answer(struct flow *f, const struct llm_answer *answer)
{
	struct landing *l = f->state;
	struct buf whole, plain;
	int next = LANDING_QUOTE;

	if (answer->outcome == LLM_FILTERED)
		return landing_end(
		    f, answer_by_model(answer_declined, &l->passages, 0));
	buf_init(&whole, ANSWER_MAX);
	buf_init(&plain, ANSWER_MAX);
	if (answer->outcome == LLM_COMPLETED) {
		answer_write_text(&whole, answer);
		plain_write(buf_str(&whole), &plain);
	}
	if (plain.len > 0) {
		next = landing_end(f,
		    answer_by_model(buf_str(&plain), &l->passages, UINT32_MAX));
	} else {
		log_event(LOG_WARN, "answered_without_model", "job", f->job->id,
		    "code", answer->code, NULL);
		l->is_model_away = true;
	}
	buf_release(&whole);
	buf_release(&plain);
	return next;
}

static int
landing_quote(struct flow *f)
{
	const struct landing *l = f->state;

	return landing_end(f,
	    answer_by_extraction(l->passages.list[0].content, &l->passages, 1,
		l->is_model_away));
}

static int
landing_refuse(struct flow *f)
{
	const struct landing *l = f->state;
	struct buf b;
	int next;

	buf_init(&b, ANSWER_MAX);
	if (!greeting_answer(l->question, landing_subject, &b))
		buf_printf(&b,
		    "I can only answer questions about the courses, workshops "
		    "and cohorts of %s: what there is, what it costs, how long "
		    "it takes and when it starts.",
		    f->job->services->conf->assistant.brand);
	next = landing_end(
	    f, answer_by_extraction(buf_str(&b), &l->passages, 0, false));
	buf_release(&b);
	return next;
}

static const struct flow_step landing_steps[] = {
    /* Facts that are relevant enough; without any: LANDING_REFUSE. */
    [LANDING_SEARCH] = {.name = "search",
	.start = landing_search,
	.on_row = landing_on_passages},
    /* A model; without any: LANDING_QUOTE. */
    [LANDING_ASK] = {.name = "ask",
	.start = landing_ask,
	.on_answer = landing_on_answer,
	.is_worth_waiting = true},
    /* The best fact as it is. */
    [LANDING_QUOTE] = {.name = "quote", .start = landing_quote},
    /* What can be asked here. */
    [LANDING_REFUSE] = {.name = "refuse", .start = landing_refuse},
};

void
landing_start(struct job *job)
{
	static const struct flow_table table = {landing_steps, landing_release};
	const char *question = json_str(job->payload, "question");
	struct landing *l;

	if (question == NULL || *question == '\0') {
		job_fail(job, "The question is incomplete.", "bad_payload",
		    "question is missing", NULL);
		return;
	}
	l = x_alloc(sizeof *l);
	l->question = question;
	flow_start(job, &table, l);
}
