#include "worker/assistant/consult.h"

#include <string.h>

#include "common/mem.h"
#include "worker/assistant/lookup.h"
#include "worker/assistant/prompt.h"

/* Adds a message; takes text. */
static struct llm_message *
consult_say(struct consult *c, const char *role, char *text)
{
	struct llm_message *m = &c->messages[c->count];

	c->texts[c->count++] = text;
	*m = (struct llm_message){.role = role, .content = text};
	return m;
}

static void
consult_say_rules(struct consult *c, const struct prompts *prompts,
    const char *brand, json_object *context)
{
	struct prompt_values values = {
	    .brand = brand, .course = json_str(context, "courseName")};
	const char *snapshot = json_str(context, "snapshot");
	struct buf masked, rules;

	buf_init(&masked, CONSULT_TEXT_MAX);
	buf_init(&rules, CONSULT_TEXT_MAX);
	mask_write(c->mask, snapshot != NULL ? snapshot : "", &masked);
	values.snapshot = buf_str(&masked);
	prompts_write(prompts, PROMPT_COPILOT, &values, &rules);
	consult_say(c, "system", buf_take(&rules));
	buf_release(&masked);
}

/* Adds a text as data, between tags if there is one. */
static struct llm_message *
consult_say_data(
    struct consult *c, const char *role, const char *tag, const char *text)
{
	struct buf b;

	buf_init(&b, 2 * CONSULT_TEXT_MAX);
	if (tag != NULL)
		prompt_add_fenced(&b, tag, text);
	else
		prompt_add_data(&b, text);
	return consult_say(c, role, buf_take(&b));
}

/* What a tutor, or the answer before, said, as it may leave. */
static struct llm_message *
consult_say_said(
    struct consult *c, const char *role, const char *tag, const char *text)
{
	struct llm_message *m;
	struct buf b;

	buf_init(&b, CONSULT_TEXT_MAX);
	lookup_write_said(c->mask, text, &b);
	m = consult_say_data(c, role, tag, buf_str(&b));
	buf_release(&b);
	return m;
}

static const char *
consult_role(json_object *message)
{
	const char *role = json_str(message, "role");

	if (role == NULL || json_str(message, "content") == NULL)
		return NULL;
	if (strcmp(role, "user") == 0)
		return "user";
	return strcmp(role, "assistant") == 0 ? "assistant" : NULL;
}

void
consult_init(struct consult *c, const struct prompts *prompts,
    const char *brand, json_object *context, json_object *history,
    const char *question)
{
	const char *tenant = json_str(context, "tenant");
	size_t n = json_object_is_type(history, json_type_array)
	    ? json_object_array_length(history)
	    : 0;

	*c = (struct consult){.mask = mask_new(),
	    .tenant = x_strdup(tenant != NULL ? tenant : "default"),
	    .tools = json_object_get(json_get(context, "lookups"))};
	lookup_add_people(c->mask, context);
	consult_say_rules(c, prompts, brand, context);
	for (size_t i = n > CONSULT_HISTORY_MAX ? n - CONSULT_HISTORY_MAX : 0;
	     i < n; i++) {
		json_object *one = json_object_array_get_idx(history, i);
		const char *role = consult_role(one);

		if (role != NULL)
			consult_say_said(c, role,
			    strcmp(role, "user") == 0 ? "question" : NULL,
			    json_str(one, "content"))
			    ->is_optional = true;
	}
	consult_say_said(c, "user", "question", question);
}

void
consult_release(struct consult *c)
{
	for (size_t i = 0; i < c->count; i++) {
		mem_free(c->texts[i]);
		json_object_put(c->messages[i].tool_calls);
	}
	json_object_put(c->calls);
	json_object_put(c->tools);
	mask_free(c->mask);
	mem_free(c->tenant);
	*c = (struct consult){0};
}

void
consult_request(struct consult *c, struct llm_request *out)
{
	out->messages = c->messages;
	out->count = c->count;
	out->tenant = c->tenant;
	out->tools = ++c->rounds < CONSULT_ROUNDS_MAX &&
		c->lookups < CONSULT_LOOKUPS_MAX
	    ? c->tools
	    : NULL;
}

bool
consult_keep_calls(struct consult *c, const char *text, json_object *calls)
{
	size_t n = json_object_is_type(calls, json_type_array)
	    ? json_object_array_length(calls)
	    : 0;

	if (n == 0 || n > CONSULT_CALLS_MAX || c->rounds >= CONSULT_ROUNDS_MAX)
		return false;
	json_object_put(c->calls);
	c->calls = json_object_get(calls);
	c->next_call = 0;
	consult_say(c, "assistant", x_strdup(text != NULL ? text : ""))
	    ->tool_calls = json_object_get(calls);
	return true;
}

/* Answers the call that is due. */
static void
consult_say_result(struct consult *c, const char *text)
{
	json_object *call = json_object_array_get_idx(c->calls, c->next_call++);

	consult_say_data(c, "tool", "result", text)->tool_call_id = json_str(
	    call, "id");
}

bool
consult_next(struct consult *c, const char **name, json_object **args)
{
	json_object *call;

	while (c->next_call < json_object_array_length(c->calls)) {
		call = json_object_array_get_idx(c->calls, c->next_call);
		if (c->lookups == CONSULT_LOOKUPS_MAX) {
			consult_say_result(
			    c, "Error: no more look-ups for this question.");
			continue;
		}
		c->lookups++;
		if (lookup_read_arguments(c->mask, call, args) == ERR_OK) {
			*name = lookup_name(call);
			return true;
		}
		consult_say_result(
		    c, "Error: the arguments are no JSON object.\n");
	}
	return false;
}

void
consult_answer(struct consult *c, json_object *result)
{
	struct buf b;

	lookup_add_people(c->mask, result);
	buf_init(&b, CONSULT_TEXT_MAX);
	lookup_write(c->mask, result, &b);
	consult_say_result(c, buf_str(&b));
	buf_release(&b);
}

void
consult_restore(const struct consult *c, const char *text, struct buf *out)
{
	mask_restore(c->mask, text, out);
}
