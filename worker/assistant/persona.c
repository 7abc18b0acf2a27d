#include "worker/assistant/persona.h"

#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/text.h"
#include "common/uuid.h"
#include "worker/assistant/answer.h"
#include "worker/assistant/assistant.h"
#include "worker/assistant/flow.h"
#include "worker/assistant/object.h"
#include "worker/assistant/personas.h"
#include "worker/assistant/plain.h"
#include "worker/assistant/prompt.h"
#include "worker/assistant/prompts.h"
#include "worker/assistant/talk.h"

#define RESPONSES_MIN 2
#define RESPONSES_MAX 6
#define REASON_MAX 300   /* bytes of what a profile says */
#define REFUSED_MAX 2000 /* bytes of an answer that are looked at */

struct classify {
	json_object *responses; /* of the payload */
	json_object *context;   /* of campus.course_context() */
	/* What a model answered that will not do, and why, for its second try;
	 * NULL before. */
	char *refused;
	const char *fault;
};

/* The way of the answers, as persona_steps has it. */
enum { PERSONA_CONTEXT, PERSONA_ASK, PERSONA_ASK_AGAIN, PERSONA_SCORE };

static void
persona_release(void *state)
{
	struct classify *c = state;

	json_object_put(c->context);
	mem_free(c->refused);
	mem_free(c);
}

static const struct personas *
persona_kinds(const struct flow *f)
{
	return assistant_of(f->job)->personas;
}

static int
persona_look_up(struct flow *f)
{
	const struct job *job = f->job;
	const char *values[] = {
	    job->id, json_str(job->payload, "courseId"), job->user_id};

	return flow_query(f,
	    "SELECT campus.course_context($1, $2, $3, NULL, '', 0)", 3, values);
}

static int
persona_on_context(struct flow *f, const char *value)
{
	struct classify *c = f->state;

	c->context = flow_object(value);
	if (c->context == NULL)
		return FLOW_BROKEN;
	if (!json_object_get_boolean(json_get(c->context, "found")))
		return flow_fail(
		    f, "Course not found", "course_not_found", NULL);
	return llm_is_configured(f->job->services->conf) ? PERSONA_ASK
							 : PERSONA_SCORE;
}

/* {"personaKey": one of the keys, "reasoning": text}, and nothing else. */
static json_object *
persona_schema(const struct personas *kinds)
{
	json_object *schema = json_object_new_object();
	json_object *properties = json_object_new_object();
	json_object *key = json_object_new_object();
	json_object *reasoning = json_object_new_object();
	json_object *keys = json_object_new_array();
	json_object *required = json_object_new_array();

	for (size_t i = 0; i < personas_count(kinds); i++)
		json_object_array_add(
		    keys, json_object_new_string(personas_at(kinds, i)->key));
	json_add_str(key, "type", "string");
	json_object_object_add(key, "enum", keys);
	json_add_str(reasoning, "type", "string");
	json_object_object_add(properties, "personaKey", key);
	json_object_object_add(properties, "reasoning", reasoning);
	json_object_array_add(required, json_object_new_string("personaKey"));
	json_object_array_add(required, json_object_new_string("reasoning"));
	json_add_str(schema, "type", "object");
	json_object_object_add(schema, "properties", properties);
	json_object_object_add(schema, "required", required);
	json_object_object_add(
	    schema, "additionalProperties", json_object_new_boolean(0));
	return schema;
}

static void
persona_add_rules(struct flow *f, struct talk *t)
{
	const struct assistant *a = assistant_of(f->job);
	const struct classify *c = f->state;
	struct prompt_values values = {.brand = a->conf->assistant.brand,
	    .course = json_str(c->context, "courseName")};
	struct buf kinds, b;

	buf_init(&kinds, PROMPT_MAX);
	buf_init(&b, PROMPT_MAX);
	personas_write(a->personas, &kinds);
	values.personas = buf_str(&kinds);
	prompts_write(a->prompts, PROMPT_PERSONA, &values, &b);
	talk_add(t, "system", &b);
	buf_release(&kinds);
	buf_release(&b);
}

/* The member of a response, which persona_start() has seen to be there. */
static const char *
persona_said(const struct classify *c, size_t i, const char *key)
{
	return json_str(json_object_array_get_idx(c->responses, i), key);
}

static int
persona_ask(struct flow *f)
{
	const struct classify *c = f->state;
	const char *tenant = json_str(c->context, "tenant");
	json_object *schema = persona_schema(persona_kinds(f));
	struct talk t = {0};
	struct buf b;
	int next;

	persona_add_rules(f, &t);
	buf_init(&b, PROMPT_MAX);
	for (size_t i = 0; i < json_object_array_length(c->responses); i++) {
		talk_write_person(
		    &b, "message from=\"tutor\"", persona_said(c, i, "prompt"));
		talk_write_person(&b, "message from=\"learner\"",
		    persona_said(c, i, "answer"));
	}
	if (c->refused != NULL) {
		talk_add(&t, "user", &b);
		buf_add_str(&b, c->refused);
		talk_add(&t, "assistant", &b);
		buf_printf(&b,
		    "That will not do: %s. Reply with the JSON object only.",
		    c->fault);
	}
	next = talk_send(&t, &b, f,
	    &(struct llm_request){.tenant = tenant != NULL ? tenant : "default",
		.max_tokens = 200,
		.temperature = "0.1",
		.schema_name = "persona",
		.schema = schema});
	json_object_put(schema);
	return next;
}

/* Ends the job. */
static int
persona_end(
    struct flow *f, const char *key, const char *summary, const char *version)
{
	json_object *result = json_object_new_object();
	json_object *effects = json_object_new_object();

	json_add_str(result, "personaKey", key);
	json_add_str(result, "analysisSummary", summary);
	json_add_str(result, "analysisVersion", version);
	json_add_str(effects, "personaKey", key);
	json_add_str(effects, "summary", summary);
	json_add_str(effects, "version", version);
	return flow_complete(f, result, effects);
}

/* The reason on one line, without markup, and not too long. */
static void
persona_write_reason(struct buf *b, const char *reason)
{
	size_t len = text_utf8_prefix(reason, strlen(reason), REFUSED_MAX), cut;
	char *start = x_strndup(reason, len);

	plain_write(start, b);
	mem_free(start);
	if (b->len == 0)
		return;
	len = text_utf8_prefix(b->at, b->len, REASON_MAX);
	for (cut = len; cut > 0 && len < b->len && b->at[cut] != ' ';)
		cut--;
	b->len = cut > 0 ? cut : len;
	b->at[b->len] = '\0';
	for (size_t i = 0; i < b->len; i++) {
		if (b->at[i] == '\n' || b->at[i] == '\t' || b->at[i] == '\r')
			b->at[i] = ' ';
	}
}

static int
persona_on_answer(struct flow *f, const struct llm_answer *answer)
{
	struct classify *c = f->state;
	json_object *said;
	const struct persona *kind;
	const char *reason;
	struct buf b;
	int next;

	if (answer->outcome != LLM_COMPLETED) {
		log_event(LOG_WARN, "answered_without_model", "job", f->job->id,
		    "code", answer->code, NULL);
		return PERSONA_SCORE;
	}
	said = object_find(answer->text);
	kind = personas_find(persona_kinds(f), json_str(said, "personaKey"));
	reason = json_str(said, "reasoning");
	if (kind != NULL) {
		buf_init(&b, ANSWER_MAX);
		persona_write_reason(&b, reason != NULL ? reason : "");
		next = persona_end(f, kind->key, buf_str(&b), "v1");
		buf_release(&b);
	} else if (c->refused != NULL) {
		next = PERSONA_SCORE;
	} else {
		c->refused = x_strndup(answer->text,
		    text_utf8_prefix(
			answer->text, strlen(answer->text), REFUSED_MAX));
		c->fault = said == NULL ? "there is no JSON object"
					: "personaKey is no key of the list";
		next = PERSONA_ASK_AGAIN;
	}
	json_object_put(said);
	return next;
}

static int
persona_score(struct flow *f)
{
	const struct classify *c = f->state;
	const char *texts[RESPONSES_MAX];
	size_t n = json_object_array_length(c->responses);
	const char *key;
	struct buf b;
	int next;

	for (size_t i = 0; i < n; i++)
		texts[i] = persona_said(c, i, "answer");
	key = personas_score(persona_kinds(f), texts, n);
	buf_init(&b, ANSWER_MAX);
	buf_printf(&b, "Chosen by the words of the answers: %s.",
	    personas_find(persona_kinds(f), key)->name);
	next = persona_end(f, key, buf_str(&b), "v1-fallback");
	buf_release(&b);
	return next;
}

static const struct flow_step persona_steps[] = {
    /* Whose budget? */
    [PERSONA_CONTEXT] = {.name = "context",
	.start = persona_look_up,
	.on_row = persona_on_context},
    /* A model; without any, or when it fails: PERSONA_SCORE. */
    [PERSONA_ASK] = {.name = "ask",
	.start = persona_ask,
	.on_answer = persona_on_answer,
	.is_worth_waiting = true},
    /* Once more, with what was wrong; then PERSONA_SCORE. */
    [PERSONA_ASK_AGAIN] = {.name = "ask_again",
	.start = persona_ask,
	.on_answer = persona_on_answer,
	.is_worth_waiting = true},
    /* Keywords. */
    [PERSONA_SCORE] = {.name = "score", .start = persona_score},
};

static bool
persona_is_complete(const json_object *responses)
{
	size_t n = json_object_is_type(responses, json_type_array)
	    ? json_object_array_length(responses)
	    : 0;

	if (n < RESPONSES_MIN || n > RESPONSES_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		const json_object *at = json_object_array_get_idx(responses, i);

		if (json_str(at, "prompt") == NULL ||
		    json_str(at, "answer") == NULL)
			return false;
	}
	return true;
}

void
persona_start(struct job *job)
{
	static const struct flow_table table = {persona_steps, persona_release};
	const char *id = json_str(job->payload, "courseId");
	json_object *responses = json_get(job->payload, "responses");
	struct classify *c;
	struct uuid uuid;

	if (id == NULL || !uuid_parse(id, strlen(id), &uuid) ||
	    !persona_is_complete(responses)) {
		job_fail(job, "The answers are incomplete.", "bad_payload",
		    "courseId or responses are missing or malformed", NULL);
		return;
	}
	c = x_alloc(sizeof *c);
	c->responses = responses;
	flow_start(job, &table, c);
}
