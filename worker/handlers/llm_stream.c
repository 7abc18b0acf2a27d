#include "worker/handlers/llm_stream.h"

#include <string.h>

#include "common/mem.h"
#include "worker/handlers/llm_error.h"

#define NAME_MAX_LEN 256
#define PARTS_MAX 1000

struct llm_stream_call {
	int64_t index; /* -1 if the provider gives none */
	struct buf id, name, arguments;
};

void
llm_stream_init(struct llm_stream *s, size_t max)
{
	*s = (struct llm_stream){.left = max};
	buf_init(&s->line, LLM_STREAM_LINE_MAX);
	buf_init(&s->event, LLM_STREAM_LINE_MAX);
	buf_init(&s->text, max);
	buf_init(&s->refusal, max);
	buf_init(&s->finish, NAME_MAX_LEN);
}

void
llm_stream_release(struct llm_stream *s)
{
	buf_release(&s->line);
	buf_release(&s->event);
	buf_release(&s->text);
	buf_release(&s->refusal);
	buf_release(&s->finish);
	for (size_t i = 0; i < s->call_count; i++) {
		buf_release(&s->calls[i].id);
		buf_release(&s->calls[i].name);
		buf_release(&s->calls[i].arguments);
	}
	mem_free(s->calls);
	json_object_put(s->usage);
	json_object_put(s->error);
	*s = (struct llm_stream){0};
}

static void
llm_stream_add_str(struct buf *b, const json_object *obj, const char *key)
{
	size_t len;
	const char *s = json_get_str(obj, key, &len);

	if (s != NULL)
		buf_add(b, s, len);
}

/* A string, or an array of typed parts. */
static void
llm_stream_add_content(struct buf *b, const json_object *delta)
{
	json_object *content = json_get(delta, "content");
	size_t n = 0;

	llm_stream_add_str(b, delta, "content");
	if (json_object_is_type(content, json_type_array))
		n = json_object_array_length(content);
	for (size_t i = 0; i < n && i < PARTS_MAX; i++)
		llm_stream_add_str(
		    b, json_object_array_get_idx(content, i), "text");
}

/*
 * The call that a piece goes on with, or a new one; NULL if there are too many.
 * The index tells, but some providers give none, or the same to all: then a new
 * id is a new call.
 */
static struct llm_stream_call *
llm_stream_find_call(struct llm_stream *s, const json_object *piece)
{
	const char *id = json_str(piece, "id");
	struct llm_stream_call *call;
	int64_t index = -1;

	(void)json_get_int(piece, "index", &index);
	for (size_t i = s->call_count; i-- > 0;) {
		call = &s->calls[i];
		if (call->index != index)
			continue;
		if (id == NULL || *id == '\0' ||
		    strcmp(buf_str(&call->id), id) == 0)
			return call;
		break;
	}
	if (s->call_count == LLM_STREAM_CALLS_MAX)
		return NULL;
	s->calls = x_realloc(s->calls, s->call_count + 1, sizeof *s->calls);
	call = &s->calls[s->call_count++];
	call->index = index;
	buf_init(&call->id, NAME_MAX_LEN);
	buf_init(&call->name, NAME_MAX_LEN);
	buf_init(&call->arguments, s->text.max);
	buf_add_str(&call->id, id != NULL ? id : "");
	return call;
}

static bool
llm_stream_take_calls(struct llm_stream *s, const json_object *delta)
{
	json_object *list = json_get(delta, "tool_calls"), *arguments;
	size_t n = json_object_is_type(list, json_type_array)
	    ? json_object_array_length(list)
	    : 0;

	for (size_t i = 0; i < n; i++) {
		json_object *piece = json_object_array_get_idx(list, i);
		json_object *function = json_get(piece, "function");
		struct llm_stream_call *call = llm_stream_find_call(s, piece);

		if (call == NULL)
			return false;
		/* Some repeat the name with each piece. */
		if (call->name.len == 0)
			llm_stream_add_str(&call->name, function, "name");
		arguments = json_get(function, "arguments");
		if (json_object_is_type(arguments, json_type_object))
			buf_add_str(&call->arguments, json_text(arguments));
		else
			llm_stream_add_str(
			    &call->arguments, function, "arguments");
		if (buf_status(&call->id) != ERR_OK ||
		    buf_status(&call->name) != ERR_OK ||
		    buf_status(&call->arguments) != ERR_OK)
			return false;
	}
	return true;
}

/* Only the first choice was asked for; an event may also have none. */
static bool
llm_stream_take_choice(struct llm_stream *s, const json_object *choice)
{
	const json_object *delta = json_get(choice, "delta");
	const char *finish = json_str(choice, "finish_reason");
	int64_t index = 0;

	if (!json_object_is_type(choice, json_type_object) ||
	    (json_get_int(choice, "index", &index) && index != 0))
		return true;
	s->has_choice = true;
	if (delta == NULL && s->text.len == 0)
		delta = json_get(choice, "message"); /* all in one event */
	llm_stream_add_content(&s->text, delta);
	llm_stream_add_str(&s->refusal, delta, "refusal");
	if (!llm_stream_take_calls(s, delta) ||
	    buf_status(&s->text) != ERR_OK || buf_status(&s->refusal) != ERR_OK)
		return false;
	if (finish != NULL && *finish != '\0') {
		buf_clear(&s->finish);
		buf_add_str(&s->finish, finish);
		s->state = LLM_STREAM_ENDED;
	}
	return buf_status(&s->finish) == ERR_OK;
}

/* Takes chunk. */
static void
llm_stream_take_chunk(struct llm_stream *s, json_object *chunk)
{
	struct llm_error e = llm_error_find(chunk);
	json_object *choices = json_get(chunk, "choices");
	json_object *usage = json_get(chunk, "usage");
	size_t n = json_object_is_type(choices, json_type_array)
	    ? json_object_array_length(choices)
	    : 0;

	if (e.is_error && s->state == LLM_STREAM_OPEN) {
		s->error = chunk;
		s->state = LLM_STREAM_ERROR;
		return;
	}
	if (!json_object_is_type(chunk, json_type_object) &&
	    s->state == LLM_STREAM_OPEN)
		s->state = LLM_STREAM_BAD;
	for (size_t i = 0; i < n; i++) {
		if (!llm_stream_take_choice(
			s, json_object_array_get_idx(choices, i))) {
			s->state = LLM_STREAM_BAD;
			break;
		}
	}
	if (json_object_is_type(usage, json_type_object)) {
		json_object_put(s->usage);
		s->usage = json_object_get(usage);
	}
	json_object_put(chunk);
}

/* Neither what is no JSON nor an error behind the end of the answer spoils it;
 * what the connection cut in the middle is nothing. */
static void
llm_stream_dispatch(struct llm_stream *s, bool is_cut)
{
	json_object *chunk = NULL;
	size_t len = s->event.len;
	const char *why, *text = buf_str(&s->event);

	if (len == 0)
		return;
	if (strcmp(text, "[DONE]") == 0)
		s->state = LLM_STREAM_DONE;
	else if (json_parse(text, len, &chunk, &why) == ERR_OK)
		llm_stream_take_chunk(s, chunk);
	else if (!is_cut && s->state == LLM_STREAM_OPEN)
		s->state = LLM_STREAM_BAD;
	buf_clear(&s->event);
}

/* A line without its end. */
static void
llm_stream_take_line(struct llm_stream *s)
{
	static const char bom[] = "\xef\xbb\xbf";
	const char *line = buf_str(&s->line);
	size_t len = s->line.len;

	if (!s->is_past_bom && strncmp(line, bom, 3) == 0) {
		line += 3;
		len -= 3;
	}
	s->is_past_bom = true;
	if (len == 0) {
		llm_stream_dispatch(s, false);
		s->has_data = false;
	} else if (strncmp(line, "data", 4) == 0 &&
	    (line[4] == ':' || len == 4)) {
		line += len > 4 ? 5 : 4;
		len -= len > 4 ? 5 : 4;
		if (*line == ' ') {
			line++;
			len--;
		}
		if (s->has_data)
			buf_add_char(&s->event, '\n');
		s->has_data = true;
		buf_add(&s->event, line, len);
		if (buf_status(&s->event) != ERR_OK)
			s->state = LLM_STREAM_BAD;
	}
	buf_clear(&s->line);
}

static bool
llm_stream_is_over(const struct llm_stream *s)
{
	return s->state >= LLM_STREAM_DONE;
}

enum llm_stream_state
llm_stream_add(struct llm_stream *s, const char *bytes, size_t len)
{
	bool is_too_much = len > s->left;
	const char *end = bytes + (is_too_much ? s->left : len);

	s->left -= (size_t)(end - bytes);
	while (bytes < end && !llm_stream_is_over(s)) {
		const char *p = bytes;

		if (s->is_after_cr && *p == '\n')
			p = ++bytes;
		s->is_after_cr = false;
		while (p < end && *p != '\n' && *p != '\r')
			p++;
		buf_add(&s->line, bytes, (size_t)(p - bytes));
		if (buf_status(&s->line) != ERR_OK)
			s->state = LLM_STREAM_BAD;
		else if (p < end)
			llm_stream_take_line(s);
		if (p < end)
			s->is_after_cr = *p++ == '\r';
		bytes = p;
	}
	if (is_too_much && !llm_stream_is_over(s))
		s->state = LLM_STREAM_BAD;
	return s->state;
}

enum llm_stream_state
llm_stream_end(struct llm_stream *s)
{
	if (!llm_stream_is_over(s) && s->line.len > 0)
		llm_stream_take_line(s);
	if (!llm_stream_is_over(s))
		llm_stream_dispatch(s, true);
	return s->state;
}

static json_object *
llm_stream_calls(const struct llm_stream *s)
{
	json_object *list = json_object_new_array_ext((int)s->call_count);

	for (size_t i = 0; i < s->call_count; i++) {
		const struct llm_stream_call *from = &s->calls[i];
		json_object *call = json_object_new_object();
		json_object *function = json_object_new_object();

		json_add_str(call, "id", buf_str(&from->id));
		json_add_str(function, "name", buf_str(&from->name));
		json_add_str(function, "arguments", buf_str(&from->arguments));
		json_object_object_add(call, "function", function);
		json_object_array_add(list, call);
	}
	return list;
}

json_object *
llm_stream_body(const struct llm_stream *s)
{
	json_object *body, *choices, *choice, *message;

	if (s->error != NULL)
		return json_object_get(s->error);
	body = json_object_new_object();
	choices = json_object_new_array_ext(1);
	json_object_object_add(body, "choices", choices);
	if (s->usage != NULL)
		json_object_object_add(
		    body, "usage", json_object_get(s->usage));
	if (!s->has_choice)
		return body;
	choice = json_object_new_object();
	message = json_object_new_object();
	json_object_array_add(choices, choice);
	json_object_object_add(choice, "message", message);
	json_add_str(choice, "finish_reason", buf_str(&s->finish));
	json_object_object_add(message, "content",
	    json_object_new_string_len(buf_str(&s->text), (int)s->text.len));
	json_add_str(message, "refusal", buf_str(&s->refusal));
	if (s->call_count > 0)
		json_object_object_add(
		    message, "tool_calls", llm_stream_calls(s));
	return body;
}
