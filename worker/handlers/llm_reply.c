#include "worker/handlers/llm_reply.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/mem.h"
#include "common/text.h"
#include "worker/handlers/llm_calls.h"
#include "worker/handlers/llm_error.h"
#include "worker/handlers/llm_text.h"

#define TOKENS_MAX INT64_C(1000000000)
#define WORD_MAX_LEN 48

void
llm_reply_set(struct llm_reply *out, enum llm_signal signal, const char *code)
{
	out->signal = signal;
	out->code = code;
}

static void
llm_reply_judge(int status, const struct llm_error *e,
    const struct llm_asked *asked, struct llm_reply *out)
{
	struct llm_verdict v = llm_error_judge(status, e, asked->open);

	llm_reply_set(out, v.signal, v.code);
	out->quirk = v.quirk;
}

/* Appends a word of programs as it is, and "?" for anything else: a message can
 * repeat the key or the question. */
static void
llm_reply_add_word(struct llm_reply *out, const char *name, const char *word)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				      "_.:/-";
	size_t len = strlen(out->detail), word_len = strlen(word);
	bool is_word = word_len <= WORD_MAX_LEN &&
	    strspn(word, letters) == word_len;

	if (word_len > 0)
		(void)snprintf(out->detail + len, sizeof out->detail - len,
		    " %s=%s", name, is_word ? word : "?");
}

static void
llm_reply_describe(const struct transfer_reply *reply,
    const struct llm_error *e, struct llm_reply *out)
{
	const char *problem = reply->problem != NULL ? reply->problem : "";

	/* The problem of a timeout says so itself. */
	if (reply->e == ERR_TIMEOUT && !e->is_error)
		(void)snprintf(out->detail, sizeof out->detail, "%s", problem);
	else if (reply->e != ERR_OK && !e->is_error)
		(void)snprintf(out->detail, sizeof out->detail, "%s: %s",
		    err_name(reply->e), problem);
	else
		(void)snprintf(
		    out->detail, sizeof out->detail, "HTTP %d", reply->status);
	llm_reply_add_word(out, "code", e->code);
	llm_reply_add_word(out, "type", e->type);
	if (reply->request_id != NULL)
		llm_reply_add_word(out, "request", reply->request_id);
}

static int64_t
llm_tokens(const json_object *obj, const char *key)
{
	int64_t n;

	return json_get_int(obj, key, &n) && n >= 0 && n <= TOKENS_MAX ? n : -1;
}

void
llm_reply_read_usage(const json_object *body, struct llm_reply *out)
{
	const json_object *usage = json_get(body, "usage");

	out->prompt_tokens = llm_tokens(usage, "prompt_tokens");
	out->completion_tokens = llm_tokens(usage, "completion_tokens");
	out->cached_tokens = llm_tokens(
	    json_get(usage, "prompt_tokens_details"), "cached_tokens");
	if (out->cached_tokens < 0) /* of DeepSeek */
		out->cached_tokens = llm_tokens(
		    usage, "prompt_cache_hit_tokens");
	if (out->cached_tokens > out->prompt_tokens)
		out->cached_tokens = out->prompt_tokens;
}

static bool
llm_is_one_of(const char *word, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (strcasecmp(word, *list) == 0)
			return true;
	}
	return false;
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/*
 * A reply with choices. An answer that was cut at the token limit is still the
 * model's; an empty one that was cut means that the limit went on hidden
 * reasoning, and would again. A reason to finish that nobody knows is taken for
 * a cut, too.
 */
static void
llm_reply_read_choice(const json_object *body, const struct llm_asked *asked,
    struct llm_reply *out)
{
	json_object *choices = json_get(body, "choices");
	const json_object *choice = json_object_is_type(
					choices, json_type_array)
	    ? json_object_array_get_idx(choices, 0)
	    : NULL;
	const json_object *message = json_get(choice, "message");
	const char *finish = json_str(choice, "finish_reason");
	const char *refusal = json_str(message, "refusal");
	char *text = llm_text_of(message, asked->is_json, &out->bytes);
	bool is_cut = false, is_bad = false;

	if (finish == NULL)
		finish = "";
	if (llm_is_one_of(finish, LIST("length", "max_tokens")))
		is_cut = true;
	if (asked->has_tools)
		is_bad = llm_calls_read(message, &out->tool_calls) != ERR_OK;
	if (llm_is_one_of(
		finish, LIST("content_filter", "safety", "refusal")) ||
	    (*text == '\0' && refusal != NULL && *refusal != '\0'))
		llm_reply_set(out, LLM_SIGNAL_FILTERED, "provider_filtered");
	else if (llm_is_one_of(finish,
		     LIST("error", "network_error",
			 "insufficient_system_resource")))
		llm_reply_set(
		    out, LLM_SIGNAL_INTERRUPTED, "provider_interrupted");
	else if ((is_bad || (*text == '\0' && out->tool_calls == NULL)) &&
	    is_cut)
		llm_reply_set(
		    out, LLM_SIGNAL_TOKEN_LIMIT, "provider_token_limit");
	else if (is_bad)
		llm_reply_set(out, LLM_SIGNAL_BAD_REPLY, "provider_reply");
	else if (*text == '\0' && out->tool_calls == NULL)
		llm_reply_set(out, LLM_SIGNAL_EMPTY, "provider_empty");
	if (out->signal == LLM_SIGNAL_OK) {
		out->text = text;
		out->is_truncated = is_cut ||
		    !llm_is_one_of(finish,
			LIST("", "stop", "tool_calls", "function_call",
			    "end_turn", "eos"));
		return;
	}
	mem_free(text);
	json_object_put(out->tool_calls);
	out->tool_calls = NULL;
}

/* The transfer failed, or its stream ended before the answer did. */
static void
llm_reply_read_failure(
    const struct transfer_reply *reply, bool has_begun, struct llm_reply *out)
{
	if (reply->e == ERR_TOO_BIG)
		llm_reply_set(out, LLM_SIGNAL_BAD_REPLY, "provider_reply");
	else if (reply->e == ERR_TIMEOUT)
		llm_reply_set(out, LLM_SIGNAL_UNREACHABLE, "provider_timeout");
	else if (has_begun)
		llm_reply_set(
		    out, LLM_SIGNAL_INTERRUPTED, "provider_interrupted");
	else
		llm_reply_set(
		    out, LLM_SIGNAL_UNREACHABLE, "provider_unreachable");
}

static void
llm_reply_clear(struct llm_reply *out)
{
	*out = (struct llm_reply){.prompt_tokens = -1,
	    .cached_tokens = -1,
	    .completion_tokens = -1,
	    .retry_after_ms = -1,
	    .code = ""};
}

bool
llm_reply_open(const struct transfer_reply *reply,
    const struct llm_asked *asked, struct llm_reply *out, json_object **body)
{
	struct llm_error e = llm_error_find(NULL);
	json_object *got = NULL;
	bool is_good = reply->status >= 200 && reply->status < 300;
	const char *why;

	llm_reply_clear(out);
	if (reply->e != ERR_OK) {
		llm_reply_read_failure(reply, false, out);
	} else {
		if (json_parse(reply->body, reply->body_len, &got, &why) !=
		    ERR_OK)
			got = NULL; /* HTML or nothing: the status decides */
		e = llm_error_find(got);
		if (e.is_error || !is_good)
			llm_reply_judge(reply->status, &e, asked, out);
		else if (!json_object_is_type(got, json_type_object))
			llm_reply_set(
			    out, LLM_SIGNAL_BAD_REPLY, "provider_reply");
	}
	if (reply->e == ERR_OK &&
	    (out->signal == LLM_SIGNAL_RATE_LIMITED ||
		out->signal == LLM_SIGNAL_UNREACHABLE))
		out->retry_after_ms = reply->retry_after_ms < LLM_WAIT_MAX_MS
		    ? reply->retry_after_ms
		    : LLM_WAIT_MAX_MS;
	llm_reply_describe(reply, &e, out);
	if (out->signal == LLM_SIGNAL_OK) {
		*body = got;
		return true;
	}
	json_object_put(got);
	return false;
}

/* An answer that has said that it is whole is, whatever came afterwards. */
static void
llm_reply_read_stream(const struct transfer_reply *reply,
    struct llm_stream *stream, const struct llm_asked *asked,
    struct llm_reply *out)
{
	enum llm_stream_state state = llm_stream_end(stream);
	json_object *body = llm_stream_body(stream);
	struct llm_error e = llm_error_find(body);

	llm_reply_clear(out);
	llm_reply_read_usage(body, out);
	switch (state) {
	case LLM_STREAM_ENDED:
	case LLM_STREAM_DONE:
		llm_reply_read_choice(body, asked, out);
		break;
	case LLM_STREAM_ERROR:
		llm_reply_judge(200, &e, asked, out);
		break;
	case LLM_STREAM_BAD:
		llm_reply_set(out, LLM_SIGNAL_BAD_REPLY, "provider_reply");
		break;
	case LLM_STREAM_OPEN:
		llm_reply_read_failure(reply, true, out);
		break;
	}
	out->bytes = stream->text.len;
	llm_reply_describe(reply, &e, out);
	json_object_put(body);
}

void
llm_reply_read(const struct transfer_reply *reply, struct llm_stream *stream,
    const struct llm_asked *asked, struct llm_reply *out)
{
	json_object *body;
	bool is_streamed = reply->is_streamed;

	/* A stream that does not call itself one. */
	if (!is_streamed && asked->is_stream && reply->status < 300 &&
	    strncmp(reply->body, "data:", 5) == 0) {
		(void)llm_stream_add(stream, reply->body, reply->body_len);
		is_streamed = true;
	}
	if (is_streamed) {
		llm_reply_read_stream(reply, stream, asked, out);
	} else if (llm_reply_open(reply, asked, out, &body)) {
		llm_reply_read_usage(body, out);
		llm_reply_read_choice(body, asked, out);
		json_object_put(body);
	}
}

void
llm_reply_release(struct llm_reply *a)
{
	mem_free(a->text);
	json_object_put(a->tool_calls);
	llm_reply_clear(a);
}
