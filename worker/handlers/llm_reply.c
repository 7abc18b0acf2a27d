#include "worker/handlers/llm_reply.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "common/json.h"
#include "common/mem.h"
#include "common/text.h"

#define PARTS_MAX 1000

/* What an error body says; "" for what it does not. */
struct llm_error {
	bool is_error;
	const char *code, *type, *param, *message;
};

static const char *
llm_text(const json_object *obj, const char *key)
{
	json_object *value = json_get(obj, key);

	/* A number as code reads like a string. */
	return json_object_is_type(value, json_type_string) ||
		json_object_is_type(value, json_type_int)
	    ? json_object_get_string(value)
	    : "";
}

/* Finds the error in a body of any known shape. Its texts live as long as
 * body. */
static struct llm_error
llm_find_error(const json_object *body)
{
	struct llm_error none = {false, "", "", "", ""}, found = none;
	const json_object *error;

	if (json_object_is_type(body, json_type_array) &&
	    json_object_array_length(body) > 0)
		body = json_object_array_get_idx(body, 0);
	error = json_get(body, "error");
	if (json_object_is_type(error, json_type_string)) {
		found.message = json_str(body, "error");
	} else if (json_object_is_type(error, json_type_object)) {
		found.code = llm_text(error, "code");
		found.type = llm_text(error, "type");
		found.param = llm_text(error, "param");
		found.message = llm_text(error, "message");
		if (*found.type == '\0')
			found.type = llm_text(error, "status");
	} else if (strcmp(llm_text(body, "object"), "error") == 0 ||
	    (json_get(body, "choices") == NULL &&
		*llm_text(body, "message") != '\0')) {
		found.code = llm_text(body, "code");
		found.type = llm_text(body, "type");
		found.message = llm_text(body, "message");
	} else {
		return none;
	}
	found.is_error = true;
	return found;
}

/* Does the code, the type or the message of the error speak of it? */
static bool
llm_speaks_of(const struct llm_error *e, const char *what)
{
	return strcasestr(e->code, what) != NULL ||
	    strcasestr(e->type, what) != NULL ||
	    strcasestr(e->message, what) != NULL;
}

static bool
llm_is_filter(const struct llm_error *e)
{
	return llm_speaks_of(e, "content_filter") ||
	    llm_speaks_of(e, "ResponsibleAI") ||
	    llm_speaks_of(e, "content_policy") ||
	    llm_speaks_of(e, "content management policy");
}

/* Only by code and type: the message of a mere rate limit can speak of quota
 * and billing as well. */
static bool
llm_is_quota(const struct llm_error *e)
{
	return strcasestr(e->code, "insufficient_quota") != NULL ||
	    strcasestr(e->type, "insufficient_quota") != NULL ||
	    strcasestr(e->code, "billing") != NULL ||
	    strcasestr(e->type, "billing") != NULL;
}

static void
llm_set(struct llm_reply *out, enum llm_outcome outcome, const char *code)
{
	out->outcome = outcome;
	out->code = code;
}

/*
 * An error by its status, then by what it says. In a reply of 200 only the
 * latter is there.
 */
static void
llm_classify(int status, const struct llm_error *e, struct llm_reply *out)
{
	if (llm_is_filter(e))
		llm_set(out, LLM_FILTERED, "provider_filtered");
	else if (status == 402 || llm_is_quota(e))
		llm_set(out, LLM_PERMANENT, "provider_quota");
	else if (status == 429 || llm_speaks_of(e, "rate_limit") ||
	    llm_speaks_of(e, "rate limit"))
		llm_set(out, LLM_RETRY, "provider_rate_limited");
	else if (status == 401 || status == 403)
		llm_set(out, LLM_PERMANENT, "provider_auth");
	else if (status == 404)
		llm_set(out, LLM_PERMANENT, "provider_not_found");
	else if (status == 408 || status == 409 || status == 425 ||
	    status >= 500 || status < 200)
		llm_set(out, LLM_RETRY, "provider_unavailable");
	else if (llm_speaks_of(e, "context_length") ||
	    llm_speaks_of(e, "context length"))
		llm_set(out, LLM_PERMANENT, "provider_context_length");
	else if (status < 300)
		llm_set(out, LLM_RETRY, "provider_unavailable");
	else
		llm_set(out, LLM_PERMANENT, "provider_refused");
}

/* Appends the content of a message: a string, or an array of typed parts. */
static void
llm_add_content(const json_object *message, struct buf *b)
{
	json_object *content = json_get(message, "content");
	size_t n = 0;

	if (json_object_is_type(content, json_type_string))
		buf_add(b, json_object_get_string(content),
		    (size_t)json_object_get_string_len(content));
	if (json_object_is_type(content, json_type_array))
		n = json_object_array_length(content);
	for (size_t i = 0; i < n && i < PARTS_MAX; i++)
		buf_add_str(
		    b, llm_text(json_object_array_get_idx(content, i), "text"));
}

/*
 * A reply of 200 with choices. An answer that was cut at the token limit is
 * still the model's; an empty one that was cut means that the limit went on
 * hidden reasoning, and would again.
 */
static void
llm_read_choice(const json_object *body, size_t body_len, struct llm_reply *out)
{
	json_object *choices = json_get(body, "choices");
	const json_object *choice = json_object_is_type(
					choices, json_type_array)
	    ? json_object_array_get_idx(choices, 0)
	    : NULL;
	const json_object *message = json_get(choice, "message");
	const char *finish = llm_text(choice, "finish_reason"), *text;
	struct buf b;
	size_t len;

	buf_init(&b, body_len);
	llm_add_content(message, &b);
	len = b.len;
	text = text_trim(buf_str(&b), &len);
	if (strcmp(finish, "content_filter") == 0 ||
	    (len == 0 && *llm_text(message, "refusal") != '\0'))
		llm_set(out, LLM_FILTERED, "provider_filtered");
	else if (buf_status(&b) != ERR_OK)
		llm_set(out, LLM_RETRY, "provider_reply");
	else if (len > 0) {
		llm_set(out, LLM_COMPLETED, "");
		out->text = x_strndup(text, len);
	} else if (strcmp(finish, "length") == 0)
		llm_set(out, LLM_PERMANENT, "provider_token_limit");
	else
		llm_set(out, LLM_RETRY, "provider_empty");
	buf_release(&b);
}

/* Only words of programs go in, never a message: it can repeat the key or the
 * question. */
static void
llm_describe(const struct transfer_reply *reply, const struct llm_error *e,
    struct llm_reply *out)
{
	char *p = out->detail;

	if (reply->e != ERR_OK)
		(void)snprintf(out->detail, sizeof out->detail, "%s: %s",
		    err_name(reply->e),
		    reply->problem != NULL ? reply->problem : "");
	else
		(void)snprintf(out->detail, sizeof out->detail,
		    "HTTP %d%s%.40s%s%.40s%s%.40s", reply->status,
		    *e->code != '\0' ? " code=" : "", e->code,
		    *e->type != '\0' ? " type=" : "", e->type,
		    *reply->request_id != '\0' ? " request=" : "",
		    reply->request_id);
	for (; *p != '\0'; p++) {
		if (!isprint((unsigned char)*p))
			*p = '?';
	}
}

static void
llm_read_http(const struct transfer_reply *reply, struct llm_error *e,
    json_object *body, struct llm_reply *out)
{
	bool is_ok = reply->status >= 200 && reply->status < 300;

	*e = llm_find_error(body);
	if (e->is_error || !is_ok)
		llm_classify(reply->status, e, out);
	else if (json_object_is_type(body, json_type_object))
		llm_read_choice(body, reply->body_len, out);
	else
		llm_set(out, LLM_RETRY, "provider_reply");
}

void
llm_reply_read(const struct transfer_reply *reply, struct llm_reply *out)
{
	struct llm_error e = {false, "", "", "", ""};
	json_object *body = NULL;
	const char *why;

	*out = (struct llm_reply){.retry_after_ms = -1, .code = ""};
	if (reply->e == ERR_TOO_BIG)
		llm_set(out, LLM_PERMANENT, "provider_reply");
	else if (reply->e != ERR_OK)
		llm_set(out, LLM_RETRY,
		    reply->e == ERR_TIMEOUT ? "provider_timeout"
					    : "provider_unreachable");
	else {
		if (json_parse(reply->body, reply->body_len, &body, &why) !=
		    ERR_OK)
			body = NULL; /* HTML or nothing: the status decides */
		llm_read_http(reply, &e, body, out);
	}
	if (out->outcome == LLM_RETRY && reply->e == ERR_OK)
		out->retry_after_ms = reply->retry_after_ms <
			LLM_RETRY_AFTER_MAX_MS
		    ? reply->retry_after_ms
		    : LLM_RETRY_AFTER_MAX_MS;
	llm_describe(reply, &e, out);
	json_object_put(body);
}

void
llm_reply_release(struct llm_reply *a)
{
	mem_free(a->text);
	*a = (struct llm_reply){.retry_after_ms = -1, .code = ""};
}
