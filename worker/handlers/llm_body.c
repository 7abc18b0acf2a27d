#include "worker/handlers/llm_body.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/text.h"

#define SYSTEM_MAX ((size_t)8 * 1024 * 1024)

enum llm_json {
	LLM_JSON_NONE,
	LLM_JSON_SCHEMA,
	LLM_JSON_OBJECT,
	LLM_JSON_PROMPT
};

/* How the provider is made to answer in JSON. */
static enum llm_json
llm_json_of(const struct conf_provider *p, unsigned quirks,
    const struct llm_request *request)
{
	if (request->schema == NULL)
		return LLM_JSON_NONE;
	if ((quirks & LLM_QUIRK_NO_JSON) != 0 || strcmp(p->json, "prompt") == 0)
		return LLM_JSON_PROMPT;
	if ((quirks & LLM_QUIRK_NO_SCHEMA) != 0 ||
	    strcmp(p->json, "object") == 0)
		return LLM_JSON_OBJECT;
	return LLM_JSON_SCHEMA;
}

/* The schema in words, also with json_object: that one demands that the word
 * JSON is in the prompt. */
static void
llm_add_system(json_object *message, const char *content,
    const struct llm_request *request)
{
	struct buf b;

	buf_init(&b, SYSTEM_MAX);
	buf_printf(&b,
	    "%s%sAnswer with one JSON object and nothing else: no other text, "
	    "no code fence. It must match this JSON schema:\n",
	    content, *content != '\0' ? "\n\n" : "");
	buf_add_str(&b, json_text(request->schema));
	json_add_str(message, "content", buf_str(&b));
	buf_release(&b);
}

/*
 * One message. Without tools, what was said of them goes as plain text, since
 * a provider that knows no tools refuses their role as well.
 */
static json_object *
llm_message(const struct llm_message *m, bool has_tools)
{
	json_object *one = json_object_new_object();
	const char *content = m->content != NULL ? m->content : "";
	bool is_tool = strcmp(m->role, "tool") == 0;

	json_add_str(one, "role", is_tool && !has_tools ? "user" : m->role);
	if (has_tools && m->tool_calls != NULL) {
		json_object_object_add(
		    one, "tool_calls", json_object_get(m->tool_calls));
		if (*content == '\0')
			content = NULL; /* some refuse an empty one */
	}
	if (has_tools && is_tool)
		json_add_str(one, "tool_call_id", m->tool_call_id);
	json_object_object_add(one, "content",
	    content != NULL ? json_object_new_string(content) : NULL);
	return one;
}

static json_object *
llm_messages(
    const struct llm_request *request, bool has_tools, bool says_schema)
{
	json_object *list = json_object_new_array_ext((int)request->count + 1);

	if (says_schema &&
	    (request->count == 0 ||
		strcmp(request->messages[0].role, "system") != 0)) {
		json_object *one = json_object_new_object();

		json_add_str(one, "role", "system");
		llm_add_system(one, "", request);
		json_object_array_add(list, one);
		says_schema = false;
	}
	for (size_t i = 0; i < request->count; i++) {
		const struct llm_message *m = &request->messages[i];
		json_object *one;

		/* A message that only held calls. */
		if (!has_tools && m->tool_calls != NULL &&
		    (m->content == NULL || *m->content == '\0'))
			continue;
		one = llm_message(m, has_tools);
		if (says_schema && i == 0)
			llm_add_system(one, m->content, request);
		json_object_array_add(list, one);
	}
	return list;
}

static void
llm_add_format(
    json_object *body, enum llm_json json, const struct llm_request *request)
{
	json_object *format = json_object_new_object(), *schema;

	json_object_object_add(body, "response_format", format);
	if (json == LLM_JSON_OBJECT) {
		json_add_str(format, "type", "json_object");
		return;
	}
	schema = json_object_new_object();
	json_add_str(format, "type", "json_schema");
	json_add_str(schema, "name",
	    request->schema_name != NULL ? request->schema_name : "answer");
	json_object_object_add(schema, "strict", json_object_new_boolean(true));
	json_object_object_add(
	    schema, "schema", json_object_get(request->schema));
	json_object_object_add(format, "json_schema", schema);
}

static void
llm_add_stream(json_object *body, unsigned quirks, struct llm_asked *out)
{
	json_object *options;

	out->is_stream = true;
	out->open |= LLM_QUIRK_NO_STREAM;
	json_object_object_add(body, "stream", json_object_new_boolean(true));
	if ((quirks & LLM_QUIRK_NO_STREAM_OPTIONS) != 0)
		return;
	out->open |= LLM_QUIRK_NO_STREAM_OPTIONS;
	options = json_object_new_object();
	json_object_object_add(
	    options, "include_usage", json_object_new_boolean(true));
	json_object_object_add(body, "stream_options", options);
}

/* Exactly one of the two names that the limit has. */
static void
llm_add_limit(json_object *body, const struct conf_provider *p, unsigned quirks,
    int64_t max_tokens)
{
	static const char old[] = "max_tokens", new[] = "max_completion_tokens";
	bool is_old = strcmp(p->token_param, old) == 0;

	if ((quirks & LLM_QUIRK_OTHER_TOKEN_PARAM) != 0)
		is_old = !is_old;
	json_add_int(body, is_old ? old : new,
	    max_tokens > 0 ? max_tokens : p->max_tokens);
}

json_object *
llm_body_chat(const struct conf_provider *p, unsigned quirks,
    const struct llm_request *request, struct llm_asked *out)
{
	json_object *body = json_object_new_object();
	enum llm_json json = llm_json_of(p, quirks, request);
	int64_t unused;

	*out = (struct llm_asked){
	    .is_json = json != LLM_JSON_NONE,
	    .has_tools = request->tools != NULL &&
		(quirks & LLM_QUIRK_NO_TOOLS) == 0,
	};
	json_add_str(body, "model", p->model);
	json_object_object_add(body, "messages",
	    llm_messages(request, out->has_tools,
		json == LLM_JSON_OBJECT || json == LLM_JSON_PROMPT));
	if ((quirks & LLM_QUIRK_OTHER_TOKEN_PARAM) == 0)
		out->open |= LLM_QUIRK_OTHER_TOKEN_PARAM;
	llm_add_limit(body, p, quirks, request->max_tokens);
	if ((quirks & LLM_QUIRK_NO_TEMPERATURE) == 0 &&
	    request->temperature != NULL &&
	    text_to_millionths(request->temperature, &unused) == ERR_OK) {
		out->open |= LLM_QUIRK_NO_TEMPERATURE;
		json_object_object_add(body, "temperature",
		    json_object_new_double_s(strtod(request->temperature, NULL),
			request->temperature));
	}
	if (out->has_tools) {
		out->open |= LLM_QUIRK_NO_TOOLS;
		json_object_object_add(
		    body, "tools", json_object_get(request->tools));
	}
	if (json == LLM_JSON_SCHEMA || json == LLM_JSON_OBJECT) {
		out->open |= json == LLM_JSON_SCHEMA ? LLM_QUIRK_NO_SCHEMA
						     : LLM_QUIRK_NO_JSON;
		llm_add_format(body, json, request);
	}
	if (p->stream && (quirks & LLM_QUIRK_NO_STREAM) == 0)
		llm_add_stream(body, quirks, out);
	return body;
}

json_object *
llm_body_embed(const struct conf_provider *p, int64_t dimensions,
    unsigned quirks, const char *const *texts, size_t count,
    struct llm_asked *out)
{
	json_object *body = json_object_new_object();
	json_object *input = json_object_new_array_ext((int)count);

	*out = (struct llm_asked){0};
	json_add_str(body, "model", p->model);
	for (size_t i = 0; i < count; i++)
		json_object_array_add(input, json_object_new_string(texts[i]));
	json_object_object_add(body, "input", input);
	if (dimensions > 0 && (quirks & LLM_QUIRK_NO_DIMENSIONS) == 0) {
		out->open = LLM_QUIRK_NO_DIMENSIONS;
		json_add_int(body, "dimensions", dimensions);
	}
	return body;
}
