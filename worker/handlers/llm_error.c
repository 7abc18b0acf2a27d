#include "worker/handlers/llm_error.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"

static const struct llm_error llm_no_error = {false, "", "", "", ""};

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

/* A list of complaints instead of a sentence is searched as it is. */
static const char *
llm_any_text(const json_object *obj, const char *key)
{
	json_object *value = json_get(obj, key);

	return json_object_is_type(value, json_type_object) ||
		json_object_is_type(value, json_type_array)
	    ? json_text(value)
	    : llm_text(obj, key);
}

static bool
llm_is_empty(const json_object *error)
{
	return json_object_is_type(error, json_type_object)
	    ? json_object_object_length(error) == 0
	    : json_object_get_string_len(error) == 0;
}

struct llm_error
llm_error_find(const json_object *body)
{
	struct llm_error found = llm_no_error;
	const json_object *error;

	if (json_object_is_type(body, json_type_array) &&
	    json_object_array_length(body) > 0)
		body = json_object_array_get_idx(body, 0);
	error = json_get(body, "error");
	/* Some say with each answer that there is none. */
	if (json_get(body, "choices") != NULL && llm_is_empty(error))
		error = NULL;
	if (json_object_is_type(error, json_type_string)) {
		found.message = json_str(body, "error");
	} else if (json_object_is_type(error, json_type_object)) {
		found.code = llm_text(error, "code");
		found.type = llm_text(error, "type");
		found.param = llm_text(error, "param");
		found.message = llm_any_text(error, "message");
		if (*found.type == '\0')
			found.type = llm_text(error, "status");
	} else if (strcmp(llm_text(body, "object"), "error") == 0 ||
	    (json_get(body, "choices") == NULL &&
		*llm_any_text(body, "message") != '\0')) {
		found.code = llm_text(body, "code");
		found.type = llm_text(body, "type");
		found.param = llm_text(body, "param");
		found.message = llm_any_text(body, "message");
	} else if (json_get(body, "choices") == NULL &&
	    *llm_any_text(body, "detail") != '\0') {
		found.message = llm_any_text(body, "detail");
	} else {
		return llm_no_error;
	}
	found.is_error = true;
	return found;
}

/* Does the code or the type have one of the words? words ends with NULL. */
static bool
llm_is_called(const struct llm_error *e, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strcasestr(e->code, *words) != NULL ||
		    strcasestr(e->type, *words) != NULL)
			return true;
	}
	return false;
}

/* Or the message? */
static bool
llm_speaks_of(const struct llm_error *e, const char *const *words)
{
	if (llm_is_called(e, words))
		return true;
	for (; *words != NULL; words++) {
		if (strcasestr(e->message, *words) != NULL)
			return true;
	}
	return false;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static bool
llm_is_filter(const struct llm_error *e)
{
	return llm_speaks_of(e,
	    WORDS("content_filter", "ResponsibleAI", "content_policy",
		"content management policy", "requires moderation"));
}

/* By code and type, since the message of a mere rate limit can speak of quota
 * and billing as well; but for one sentence that comes without a code. */
static bool
llm_is_quota(const struct llm_error *e)
{
	return llm_is_called(e,
		   WORDS("insufficient_quota", "billing", "exceeded_current",
		       "insufficient_balance")) ||
	    strcasestr(e->message, "credit balance is too low") != NULL;
}

/* A request above what a minute allows never passes either, though some call
 * it a rate limit. */
static bool
llm_is_too_long(const struct llm_error *e)
{
	return llm_speaks_of(e,
	    WORDS("context_length", "context length", "maximum context",
		"context window", "context size", "context_size",
		"prompt is too long", "request too large", "request_too_large",
		"maximum number of tokens"));
}

/* Is it there as a word of its own? */
static bool
llm_names(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = text; (p = strcasestr(p, name)) != NULL; p++) {
		if ((p == text ||
			(!isalnum((unsigned char)p[-1]) && p[-1] != '_')) &&
		    !isalnum((unsigned char)p[len]) && p[len] != '_')
			return true;
	}
	return false;
}

#define NAMES_MAX 5

/* The first that fits and would change something. A wrong value of the others
 * is no news about the provider, so they need words that say so. */
static const struct {
	unsigned quirk;
	bool needs_words;
	const char *names[NAMES_MAX];
} llm_quirks[] = {
    {LLM_QUIRK_OTHER_TOKEN_PARAM, true,
	{"max_tokens", "max_completion_tokens"}},
    {LLM_QUIRK_NO_STREAM_OPTIONS, false, {"stream_options", "include_usage"}},
    {LLM_QUIRK_NO_SCHEMA, false,
	{"response_format", "json_schema", "structured outputs",
	    "structured output"}},
    {LLM_QUIRK_NO_JSON, false,
	{"response_format", "json_object", "json mode", "json_schema"}},
    {LLM_QUIRK_NO_TEMPERATURE, false, {"temperature"}},
    {LLM_QUIRK_NO_DIMENSIONS, false, {"dimensions", "matryoshka"}},
    {LLM_QUIRK_NO_TOOLS, true,
	{"tools", "tool_choice", "tool choice", "tool use",
	    "function calling"}},
    {LLM_QUIRK_NO_STREAM, true, {"stream", "streaming"}},
};

static unsigned
llm_quirk_of(int status, const struct llm_error *e, unsigned open)
{
	/* A validator names the parameter only in its list of complaints. */
	const char *text = *e->param != '\0' ? e->param : e->message;
	bool has_words = llm_speaks_of(e,
	    WORDS("unsupported", "not support", "n't support", "unrecognized",
		"unknown", "unexpected", "not permitted", "not allowed",
		"forbidden", "cannot find field", "requires", "verified",
		"unavailable", "that support"));

	if (status == 404)
		open &= LLM_QUIRK_NO_TOOLS;
	else if (status == 500) /* of llama.cpp, started without templates */
		open &= strstr(e->message, "--jinja") != NULL
		    ? LLM_QUIRK_NO_TOOLS
		    : 0U;
	else if (status != 400 && status != 422 && status != 501)
		return 0;
	for (size_t i = 0; i < sizeof llm_quirks / sizeof *llm_quirks; i++) {
		if ((open & llm_quirks[i].quirk) == 0 ||
		    (llm_quirks[i].needs_words && !has_words))
			continue;
		for (size_t n = 0;
		     n < NAMES_MAX && llm_quirks[i].names[n] != NULL; n++) {
			if (llm_names(text, llm_quirks[i].names[n]))
				return llm_quirks[i].quirk;
		}
	}
	return 0;
}

static struct llm_verdict
llm_verdict(enum llm_signal signal, const char *code)
{
	return (struct llm_verdict){.signal = signal, .code = code};
}

/* By the status alone. */
static struct llm_verdict
llm_judge_status(int status)
{
	if (status == 404)
		return llm_verdict(LLM_SIGNAL_NOT_FOUND, "provider_not_found");
	if (status == 408 || status == 409 || status == 425 || status >= 500 ||
	    status < 300)
		return llm_verdict(
		    LLM_SIGNAL_UNREACHABLE, "provider_unavailable");
	return llm_verdict(LLM_SIGNAL_REFUSED, "provider_refused");
}

struct llm_verdict
llm_error_judge(int status, const struct llm_error *e, unsigned open)
{
	int64_t inner;
	unsigned quirk;

	/* A stream has begun with 200 whatever comes; then a number as code is
	 * the status it would have had. */
	if (status < 300 && text_to_int(e->code, 400, 599, &inner) == ERR_OK)
		status = (int)inner;
	if (llm_is_filter(e))
		return llm_verdict(LLM_SIGNAL_FILTERED, "provider_filtered");
	if (status == 402 || llm_is_quota(e))
		return llm_verdict(LLM_SIGNAL_QUOTA, "provider_quota");
	if (status < 500 && llm_is_too_long(e))
		return llm_verdict(
		    LLM_SIGNAL_TOO_LONG, "provider_context_length");
	if (status == 429 ||
	    llm_speaks_of(e, WORDS("rate_limit", "rate limit")))
		return llm_verdict(
		    LLM_SIGNAL_RATE_LIMITED, "provider_rate_limited");
	if (status == 401 || status == 403 ||
	    llm_speaks_of(e,
		WORDS("invalid_api_key", "authentication_error",
		    "permission_error", "API key not valid")))
		return llm_verdict(LLM_SIGNAL_AUTH, "provider_auth");
	quirk = llm_quirk_of(status, e, open);
	if (quirk != 0)
		return (struct llm_verdict){
		    LLM_SIGNAL_UNSUPPORTED, "provider_unsupported", quirk};
	if (llm_is_called(e, WORDS("model_not_found")))
		status = 404;
	return llm_judge_status(status);
}
