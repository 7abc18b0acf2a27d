#include "worker/assistant/course.h"

#include <string.h>

#include "common/conf.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/uuid.h"
#include "worker/assistant/answer.h"
#include "worker/assistant/assistant.h"
#include "worker/assistant/extract.h"
#include "worker/assistant/flow.h"
#include "worker/assistant/greeting.h"
#include "worker/assistant/personas.h"
#include "worker/assistant/prompt.h"
#include "worker/assistant/prompts.h"
#include "worker/assistant/talk.h"
#include "worker/assistant/vector.h"

struct course {
	const char *id, *question; /* of the payload */
	json_object *context;      /* of campus.course_context() */
	bool is_follow_up;         /* does it lean on what was said before? */
	/* What is looked up: the question, or one that stands alone, without
	 * personal data. */
	char *standalone;
	char
	    *summary; /* of what was said before history; "" if there is none */
	char *vector; /* of standalone, as PostgreSQL reads it, or NULL */
	struct passages passages;
	size_t shown;       /* of them to the model, from the best */
	bool is_model_away; /* was a model asked for the answer in vain? */
};

/* The way of a question, as course_steps has it. */
enum {
	COURSE_CONTEXT,
	COURSE_REWRITE,
	COURSE_EMBED,
	COURSE_SEARCH,
	COURSE_ASK,
	COURSE_ASK_LESS,
	COURSE_EXTRACT,
	COURSE_REFUSE
};

static void
course_release(void *state)
{
	struct course *c = state;

	json_object_put(c->context);
	mem_free(c->standalone);
	mem_free(c->summary);
	mem_free(c->vector);
	passages_release(&c->passages);
	mem_free(c);
}

static int
course_look_up(struct flow *f)
{
	const struct course *c = f->state;
	const struct job *job = f->job;
	struct answer_number window;
	const char *values[] = {job->id, c->id, job->user_id, job->session_id,
	    c->question, window.text};

	answer_write_number(job->services->conf->assistant.history, &window);
	return flow_query(f,
	    "SELECT campus.course_context($1, $2, $3, $4, $5, $6)", 6, values);
}

static const char *
course_text(const struct course *c, const char *key)
{
	const char *s = json_str(c->context, key);

	return s != NULL ? s : "";
}

static int
course_on_context(struct flow *f, const char *value)
{
	struct course *c = f->state;

	c->context = flow_object(value);
	if (c->context == NULL)
		return FLOW_BROKEN;
	if (!json_object_get_boolean(json_get(c->context, "found")))
		return flow_fail(
		    f, "Course not found", "course_not_found", NULL);
	c->summary = talk_scrub(course_text(c, "summary"));
	return COURSE_REWRITE;
}

static bool
course_has_history(const struct course *c)
{
	const json_object *history = json_get(c->context, "history");

	return json_object_is_type(history, json_type_array) &&
	    json_object_array_length(history) > 0;
}

static struct prompt_values
course_values(const struct flow *f)
{
	const struct course *c = f->state;
	const struct assistant *a = assistant_of(f->job);
	const struct persona *persona = personas_find(
	    a->personas, course_text(c, "personaKey"));

	return (struct prompt_values){.brand = a->conf->assistant.brand,
	    .course = course_text(c, "courseName"),
	    .topic = course_text(c, "topicTitle"),
	    .summary = c->summary,
	    .persona = persona != NULL ? persona->manner : ""};
}

static void
course_add_rules(struct flow *f, struct talk *t, enum prompt which)
{
	const struct prompt_values values = course_values(f);
	struct buf b;

	buf_init(&b, PROMPT_MAX);
	prompts_write(assistant_of(f->job)->prompts, which, &values, &b);
	talk_add(t, "system", &b);
	buf_release(&b);
}

static int
course_rewrite(struct flow *f)
{
	struct course *c = f->state;
	const char *follow_up = json_str(c->context, "followUp");
	struct talk t = {0};
	struct buf b;

	c->is_follow_up = follow_up != NULL;
	c->standalone = answer_search_text(
	    c->is_follow_up ? follow_up : c->question);
	if (!c->is_follow_up || !course_has_history(c) ||
	    !llm_is_configured(f->job->services->conf))
		return COURSE_EMBED;
	course_add_rules(f, &t, PROMPT_REWRITE);
	buf_init(&b, PROMPT_MAX);
	talk_write_history(&b, json_get(c->context, "history"));
	talk_write_person(&b, "question", c->question);
	return talk_send(&t, &b, f,
	    &(struct llm_request){.tenant = course_text(c, "tenant"),
		.max_tokens = 80,
		.temperature = "0.1"});
}

/* If a model has made no question of it, the one made without stays. */
static int
course_on_rewritten(struct flow *f, const struct llm_answer *answer)
{
	struct course *c = f->state;
	char *question = answer_read_question(answer);

	if (question == NULL)
		return COURSE_EMBED;
	mem_free(c->standalone);
	c->standalone = answer_search_text(question);
	mem_free(question);
	return COURSE_EMBED;
}

static int
course_embed(struct flow *f)
{
	struct course *c = f->state;
	const char *text = c->standalone;

	/* Nothing is left of a question that was an address only. */
	return text[strspn(text, " ,.;:\n")] != '\0' &&
		llm_can_embed(f->job->services->conf)
	    ? flow_embed(f, course_text(c, "tenant"), &text, 1)
	    : COURSE_SEARCH;
}

/* Without a vector, the words alone have to do. */
static int
course_on_vector(struct flow *f, const struct llm_answer *answer)
{
	struct course *c = f->state;
	struct buf b;

	buf_init(&b, VECTOR_TEXT_MAX);
	if (answer->outcome == LLM_COMPLETED && answer->count == 1 &&
	    vector_write(answer->vectors, answer->dimensions, &b) &&
	    buf_status(&b) == ERR_OK)
		c->vector = buf_take(&b);
	buf_release(&b);
	return COURSE_SEARCH;
}

static int
course_search(struct flow *f)
{
	const struct course *c = f->state;
	const struct conf *conf = f->job->services->conf;
	struct answer_number limit;
	const char *values[] = {c->id, c->standalone, limit.text,
	    conf->embeddings.at.model, c->vector, conf->embeddings.threshold};

	answer_write_number(conf->assistant.passages, &limit);
	if (c->vector == NULL)
		return flow_query(
		    f, "SELECT campus.course_passages($1, $2, $3)", 3, values);
	return flow_query(f,
	    "SELECT campus.course_passages_near($1, $2, $3, $4, $5, $6)", 6,
	    values);
}

static int
course_on_passages(struct flow *f, const char *value)
{
	struct course *c = f->state;

	if (answer_read_passages(f->job, value, &c->passages) != ERR_OK)
		return FLOW_BROKEN;
	if (!c->passages.is_found)
		return flow_fail(
		    f, "Course not found", "course_not_found", NULL);
	c->shown = c->passages.count;
	if (c->shown == 0)
		return COURSE_REFUSE;
	return llm_is_configured(f->job->services->conf) ? COURSE_ASK
							 : COURSE_EXTRACT;
}

/* Ends the job. Takes result. */
static int
course_end(struct flow *f, const char *answer, json_object *result)
{
	const struct course *c = f->state;
	const struct conf *conf = f->job->services->conf;
	json_object *next = json_get(f->job->payload, "nextSuggestions");
	json_object *effects = json_object_new_object(), *rule;

	json_object_object_add(result, "nextSuggestions",
	    json_object_is_type(next, json_type_array)
		? json_object_get(next)
		: json_object_new_array());
	json_add_str(result, "sessionId", f->job->session_id);
	json_add_str(effects, "answer", answer);
	if (c->is_follow_up)
		json_add_str(effects, "standalone", c->standalone);
	if (llm_is_configured(conf)) {
		rule = json_object_new_object();
		json_add_int(rule, "after", conf->assistant.summary_after);
		json_add_int(rule, "keep", conf->assistant.history);
		json_object_object_add(effects, "summarise", rule);
	}
	return flow_complete(f, result, effects);
}

static int
course_ask(struct flow *f)
{
	const struct course *c = f->state;
	struct passages shown = c->passages;
	struct talk t = {0};
	struct buf b;

	shown.count = c->shown;
	course_add_rules(f, &t, PROMPT_COURSE);
	talk_add_history(&t, json_get(c->context, "history"));
	buf_init(&b, PROMPT_MAX);
	talk_write_question(&b, &shown, c->question);
	return talk_send(&t, &b, f,
	    &(struct llm_request){.tenant = course_text(c, "tenant"),
		.max_tokens = 500,
		.temperature = "0.2"});
}

static int
course_ask_less(struct flow *f)
{
	struct course *c = f->state;

	c->shown = (c->shown + 1) / 2;
	return course_ask(f);
}

static int
course_on_answer(struct flow *f, const struct llm_answer *answer)
{
	struct course *c = f->state;
	struct buf b;
	int next;

	if (answer->outcome == LLM_FILTERED)
		return course_end(f, answer_declined,
		    answer_by_model(answer_declined, &c->passages, 0));
	if (answer->outcome == LLM_PERMANENT &&
	    strcmp(answer->code, "provider_context_length") == 0 &&
	    c->shown > 1 && c->shown == c->passages.count)
		return COURSE_ASK_LESS;
	if (answer->outcome != LLM_COMPLETED || *answer->text == '\0') {
		log_event(LOG_WARN, "answered_without_model", "job", f->job->id,
		    "code", answer->code, NULL);
		c->is_model_away = true;
		return COURSE_EXTRACT;
	}
	buf_init(&b, ANSWER_MAX);
	answer_write_text(&b, answer);
	next = course_end(f, buf_str(&b),
	    answer_by_model(buf_str(&b), &c->passages,
		(uint32_t)((UINT64_C(1) << c->shown) - 1)));
	buf_release(&b);
	return next;
}

static int
course_extract(struct flow *f)
{
	const struct course *c = f->state;
	struct buf b;
	uint32_t used = 0;
	int next = COURSE_REFUSE;

	buf_init(&b, ANSWER_MAX);
	if (extract_answer(&c->passages, c->standalone, &b, &used) &&
	    buf_status(&b) == ERR_OK)
		next = course_end(f, buf_str(&b),
		    answer_by_extraction(
			buf_str(&b), &c->passages, used, c->is_model_away));
	buf_release(&b);
	return next;
}

static int
course_refuse(struct flow *f)
{
	const struct course *c = f->state;
	struct buf b;
	int next;

	buf_init(&b, ANSWER_MAX);
	if (!greeting_answer(c->question, c->passages.course, &b))
		buf_printf(&b,
		    "I could not find an answer to that in the material of "
		    "%s. Please try asking in other words, or about another "
		    "topic of the course.",
		    c->passages.course);
	next = course_end(f, buf_str(&b),
	    answer_by_extraction(
		buf_str(&b), &c->passages, 0, c->is_model_away));
	buf_release(&b);
	return next;
}

static const struct flow_step course_steps[] = {
    /* Who asks, where, and what was said before? */
    [COURSE_CONTEXT] = {.name = "context",
	.start = course_look_up,
	.on_row = course_on_context},
    /* A question that leans on what was said before, made to stand alone. */
    [COURSE_REWRITE] = {.name = "rewrite",
	.start = course_rewrite,
	.on_answer = course_on_rewritten},
    /* Its vector, if that is configured. */
    [COURSE_EMBED] = {.name = "embed",
	.start = course_embed,
	.on_answer = course_on_vector},
    /* Passages that are relevant enough; without any: COURSE_REFUSE. */
    [COURSE_SEARCH] = {.name = "search",
	.start = course_search,
	.on_row = course_on_passages},
    /* A model; without any: COURSE_EXTRACT. */
    [COURSE_ASK] = {.name = "ask",
	.start = course_ask,
	.on_answer = course_on_answer,
	.is_worth_waiting = true},
    /* Once more with half of the passages, if the prompt was too long. */
    [COURSE_ASK_LESS] = {.name = "ask_less",
	.start = course_ask_less,
	.on_answer = course_on_answer,
	.is_worth_waiting = true},
    /* Sentences of the passages; if none says enough: COURSE_REFUSE. */
    [COURSE_EXTRACT] = {.name = "extract", .start = course_extract},
    /* An honest sentence, or a polite one for a greeting. */
    [COURSE_REFUSE] = {.name = "refuse", .start = course_refuse},
};

void
course_start(struct job *job)
{
	static const struct flow_table table = {course_steps, course_release};
	const char *id = json_str(job->payload, "courseId");
	const char *question = json_str(job->payload, "question");
	struct course *c;
	struct uuid uuid;

	if (question == NULL || *question == '\0' || id == NULL ||
	    !uuid_parse(id, strlen(id), &uuid)) {
		job_fail(job, "The question is incomplete.", "bad_payload",
		    "question or courseId is missing or malformed", NULL);
		return;
	}
	c = x_alloc(sizeof *c);
	c->id = id;
	c->question = question;
	flow_start(job, &table, c);
}
