#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/buf.h"
#include "worker/handlers/llm_reply.h"

static const struct llm_asked plain = {.open = 0};

#define OK(content, finish)                                                    \
	"{\"choices\":[{\"message\":{\"content\":" content                     \
	"},\"finish_reason\":" finish "}]}"
#define NESTED(code, type)                                                     \
	"{\"error\":{\"message\":\"secret words\",\"type\":" type              \
	",\"param\":null,\"code\":" code "}}"

static const struct {
	int line;
	enum err e;
	int status;
	const char *body;
	int64_t retry_after_ms; /* of the reply */
	enum llm_signal signal;
	const char *code;
	const char *text;
	int64_t wait_ms; /* of the answer */
} cases[] = {
    /* Answers. */
    {__LINE__, ERR_OK, 200, OK("\" Yes. \"", "\"stop\""), -1, LLM_SIGNAL_OK, "",
	"Yes.", -1},
    {__LINE__, ERR_OK, 201, OK("\"Yes.\"", "null"), 9, LLM_SIGNAL_OK, "",
	"Yes.", -1},
    {__LINE__, ERR_OK, 200, OK("\"Cut\"", "\"length\""), -1, LLM_SIGNAL_OK, "",
	"Cut", -1},
    {__LINE__, ERR_OK, 200,
	OK("[{\"type\":\"text\",\"text\":\"A\"},{\"type\":\"x\"},"
	   "{\"text\":\"B\"}]",
	    "\"stop\""),
	-1, LLM_SIGNAL_OK, "", "AB", -1},
    {__LINE__, ERR_OK, 200,
	"{\"error\":null,\"choices\":[{\"message\":{\"content\":\"Hm\"}}]}", -1,
	LLM_SIGNAL_OK, "", "Hm", -1},
    {__LINE__, ERR_OK, 200,
	"{\"error\":{},\"choices\":[{\"message\":{\"content\":\"Hm\"}}]}", -1,
	LLM_SIGNAL_OK, "", "Hm", -1},
    {__LINE__, ERR_OK, 200,
	"{\"error\":\"\",\"choices\":[{\"message\":{\"content\":\"Hm\"}}]}", -1,
	LLM_SIGNAL_OK, "", "Hm", -1},
    /* A reply of 200 without one. */
    {__LINE__, ERR_OK, 200, OK("null", "\"stop\""), -1, LLM_SIGNAL_EMPTY,
	"provider_empty", NULL, -1},
    {__LINE__, ERR_OK, 200, OK("\" \"", "\"stop\""), -1, LLM_SIGNAL_EMPTY,
	"provider_empty", NULL, -1},
    {__LINE__, ERR_OK, 200, OK("null", "\"length\""), -1,
	LLM_SIGNAL_TOKEN_LIMIT, "provider_token_limit", NULL, -1},
    {__LINE__, ERR_OK, 200, OK("\"Ha\"", "\"content_filter\""), -1,
	LLM_SIGNAL_FILTERED, "provider_filtered", NULL, -1},
    {__LINE__, ERR_OK, 200,
	"{\"choices\":[{\"message\":{\"content\":null,\"refusal\":\"No\"},"
	"\"finish_reason\":\"stop\"}]}",
	-1, LLM_SIGNAL_FILTERED, "provider_filtered", NULL, -1},
    {__LINE__, ERR_OK, 200, "{\"choices\":[]}", -1, LLM_SIGNAL_EMPTY,
	"provider_empty", NULL, -1},
    {__LINE__, ERR_OK, 200, "{\"choices\":3}", -1, LLM_SIGNAL_EMPTY,
	"provider_empty", NULL, -1},
    {__LINE__, ERR_OK, 200, "{}", -1, LLM_SIGNAL_EMPTY, "provider_empty", NULL,
	-1},
    {__LINE__, ERR_OK, 200, "<html>hello</html>", -1, LLM_SIGNAL_BAD_REPLY,
	"provider_reply", NULL, -1},
    {__LINE__, ERR_OK, 200, "", -1, LLM_SIGNAL_BAD_REPLY, "provider_reply",
	NULL, -1},
    {__LINE__, ERR_OK, 200, NESTED("\"server_error\"", "null"), -1,
	LLM_SIGNAL_UNREACHABLE, "provider_unavailable", NULL, -1},
    /* Errors: who may try again, and when. */
    {__LINE__, ERR_OK, 429, NESTED("\"rate_limit_exceeded\"", "\"requests\""),
	6000, LLM_SIGNAL_RATE_LIMITED, "provider_rate_limited", NULL, 6000},
    {__LINE__, ERR_OK, 429, "", 86400000, LLM_SIGNAL_RATE_LIMITED,
	"provider_rate_limited", NULL, LLM_WAIT_MAX_MS},
    {__LINE__, ERR_OK, 429,
	"{\"error\":{\"message\":\"add a payment method at /billing\","
	"\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}",
	-1, LLM_SIGNAL_RATE_LIMITED, "provider_rate_limited", NULL, -1},
    {__LINE__, ERR_OK, 429,
	NESTED("\"insufficient_quota\"", "\"insufficient_quota\""), 6000,
	LLM_SIGNAL_QUOTA, "provider_quota", NULL, -1},
    {__LINE__, ERR_OK, 402, "{}", -1, LLM_SIGNAL_QUOTA, "provider_quota", NULL,
	-1},
    {__LINE__, ERR_OK, 401, NESTED("\"invalid_api_key\"", "null"), -1,
	LLM_SIGNAL_AUTH, "provider_auth", NULL, -1},
    {__LINE__, ERR_OK, 403, "", -1, LLM_SIGNAL_AUTH, "provider_auth", NULL, -1},
    {__LINE__, ERR_OK, 404, NESTED("\"model_not_found\"", "null"), -1,
	LLM_SIGNAL_NOT_FOUND, "provider_not_found", NULL, -1},
    {__LINE__, ERR_OK, 408, "", -1, LLM_SIGNAL_UNREACHABLE,
	"provider_unavailable", NULL, -1},
    {__LINE__, ERR_OK, 409, "", -1, LLM_SIGNAL_UNREACHABLE,
	"provider_unavailable", NULL, -1},
    {__LINE__, ERR_OK, 400, NESTED("\"context_length_exceeded\"", "null"), -1,
	LLM_SIGNAL_TOO_LONG, "provider_context_length", NULL, -1},
    {__LINE__, ERR_OK, 400, NESTED("\"content_filter\"", "null"), -1,
	LLM_SIGNAL_FILTERED, "provider_filtered", NULL, -1},
    {__LINE__, ERR_OK, 400,
	NESTED("\"unsupported_parameter\"", "\"invalid_request_error\""), -1,
	LLM_SIGNAL_REFUSED, "provider_refused", NULL, -1},
    {__LINE__, ERR_OK, 413, "", -1, LLM_SIGNAL_REFUSED, "provider_refused",
	NULL, -1},
    {__LINE__, ERR_OK, 422, "{\"detail\":[]}", -1, LLM_SIGNAL_REFUSED,
	"provider_refused", NULL, -1},
    {__LINE__, ERR_OK, 302, "", -1, LLM_SIGNAL_REFUSED, "provider_refused",
	NULL, -1},
    {__LINE__, ERR_OK, 500, "{\"error\":\"boom\"}", -1, LLM_SIGNAL_UNREACHABLE,
	"provider_unavailable", NULL, -1},
    {__LINE__, ERR_OK, 502, "<html><h1>Bad gateway</h1></html>", -1,
	LLM_SIGNAL_UNREACHABLE, "provider_unavailable", NULL, -1},
    {__LINE__, ERR_OK, 503, "", 2000, LLM_SIGNAL_UNREACHABLE,
	"provider_unavailable", NULL, 2000},
    {__LINE__, ERR_OK, 529,
	"{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}", -1,
	LLM_SIGNAL_UNREACHABLE, "provider_unavailable", NULL, -1},
    /* Other shapes of an error. */
    {__LINE__, ERR_OK, 503,
	"{\"error\":{\"code\":503,\"message\":\"Loading model\","
	"\"type\":\"unavailable_error\"}}",
	-1, LLM_SIGNAL_UNREACHABLE, "provider_unavailable", NULL, -1},
    {__LINE__, ERR_OK, 400,
	"{\"object\":\"error\",\"message\":\"maximum context length is 4096\","
	"\"type\":\"BadRequestError\",\"code\":400}",
	-1, LLM_SIGNAL_TOO_LONG, "provider_context_length", NULL, -1},
    {__LINE__, ERR_OK, 400,
	"[{\"error\":{\"code\":400,\"message\":\"no\","
	"\"status\":\"INVALID_ARGUMENT\"}}]",
	-1, LLM_SIGNAL_REFUSED, "provider_refused", NULL, -1},
    {__LINE__, ERR_OK, 200, "{\"error\":\"rate limit reached\"}", -1,
	LLM_SIGNAL_RATE_LIMITED, "provider_rate_limited", NULL, -1},
    {__LINE__, ERR_OK, 200,
	"{\"object\":\"error\",\"type\":\"rate_limited\",\"code\":\"1300\","
	"\"message\":\"Rate limit exceeded\"}",
	-1, LLM_SIGNAL_RATE_LIMITED, "provider_rate_limited", NULL, -1},
    {__LINE__, ERR_OK, 500, "[]", -1, LLM_SIGNAL_UNREACHABLE,
	"provider_unavailable", NULL, -1},
    {__LINE__, ERR_OK, 429, NESTED("\"billing_not_active\"", "null"), 6000,
	LLM_SIGNAL_QUOTA, "provider_quota", NULL, -1},
    {__LINE__, ERR_OK, 400,
	"{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
	"\"message\":\"Your credit balance is too low\"}}",
	-1, LLM_SIGNAL_QUOTA, "provider_quota", NULL, -1},
    {__LINE__, ERR_OK, 429,
	"{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":"
	"\"Request too large for gpt on tokens per min\"}}",
	6000, LLM_SIGNAL_TOO_LONG, "provider_context_length", NULL, -1},
    {__LINE__, ERR_OK, 400,
	"[{\"error\":{\"code\":400,\"message\":\"API key not valid.\","
	"\"status\":\"INVALID_ARGUMENT\"}}]",
	-1, LLM_SIGNAL_AUTH, "provider_auth", NULL, -1},
    {__LINE__, ERR_OK, 400, NESTED("\"model_not_found\"", "null"), -1,
	LLM_SIGNAL_NOT_FOUND, "provider_not_found", NULL, -1},
    {__LINE__, ERR_OK, 400,
	"{\"error\":{\"code\":\"x\",\"innererror\":{},\"message\":"
	"\"triggering our content management policy\"}}",
	-1, LLM_SIGNAL_FILTERED, "provider_filtered", NULL, -1},
    {__LINE__, ERR_OK, 200, "{\"error\":{\"code\":429}}", 1000,
	LLM_SIGNAL_RATE_LIMITED, "provider_rate_limited", NULL, 1000},
    {__LINE__, ERR_OK, 200, "{\"error\":{\"code\":\"401\"}}", -1,
	LLM_SIGNAL_AUTH, "provider_auth", NULL, -1},
    {__LINE__, ERR_OK, 425, "", -1, LLM_SIGNAL_UNREACHABLE,
	"provider_unavailable", NULL, -1},
    /* Reasons to finish, and thoughts. */
    {__LINE__, ERR_OK, 200, OK("\"Half\"", "\"network_error\""), -1,
	LLM_SIGNAL_INTERRUPTED, "provider_interrupted", NULL, -1},
    {__LINE__, ERR_OK, 200, OK("\"Ha\"", "\"SAFETY\""), -1, LLM_SIGNAL_FILTERED,
	"provider_filtered", NULL, -1},
    {__LINE__, ERR_OK, 200, OK("\"<think>Hm.</think>\\n\\nYes.\"", "\"stop\""),
	-1, LLM_SIGNAL_OK, "", "Yes.", -1},
    {__LINE__, ERR_OK, 200, OK("\"<think>Hm.\"", "\"length\""), -1,
	LLM_SIGNAL_TOKEN_LIMIT, "provider_token_limit", NULL, -1},
    /* Calls nobody asked for are none. */
    {__LINE__, ERR_OK, 200,
	"{\"choices\":[{\"message\":{\"content\":null,\"tool_calls\":["
	"{\"id\":\"a\",\"function\":{\"name\":\"f\"}}]}}]}",
	-1, LLM_SIGNAL_EMPTY, "provider_empty", NULL, -1},
    /* No reply at all. */
    {__LINE__, ERR_TIMEOUT, 0, "", -1, LLM_SIGNAL_UNREACHABLE,
	"provider_timeout", NULL, -1},
    {__LINE__, ERR_NET, 0, "", -1, LLM_SIGNAL_UNREACHABLE,
	"provider_unreachable", NULL, -1},
    {__LINE__, ERR_TOO_BIG, 200, "", -1, LLM_SIGNAL_BAD_REPLY, "provider_reply",
	NULL, -1},
};

static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct transfer_reply reply = {.e = cases[i].e,
		    .problem = "tls",
		    .status = cases[i].status,
		    .content_type = "",
		    .body = cases[i].body,
		    .body_len = strlen(cases[i].body),
		    .retry_after_ms = cases[i].retry_after_ms,
		    .request_id = "req-1"};
		struct llm_reply a;

		llm_reply_read(&reply, NULL, &plain, &a);
		if (a.signal != cases[i].signal ||
		    strcmp(a.code, cases[i].code) != 0 ||
		    a.retry_after_ms != cases[i].wait_ms)
			fail_msg("line %d: %d %s", cases[i].line, (int)a.signal,
			    a.code);
		assert_int_equal(a.text != NULL, cases[i].text != NULL);
		if (a.text != NULL)
			assert_string_equal(a.text, cases[i].text);
		assert_null(strstr(a.detail, "secret"));
		llm_reply_release(&a);
	}
}

static void
test_detail_is_for_operators(void **state)
{
	static const char body[] = NESTED("\"in\\nvalid\"", "\"t\"");
	struct transfer_reply reply = {.status = 401,
	    .content_type = "",
	    .body = body,
	    .body_len = sizeof body - 1,
	    .retry_after_ms = -1,
	    .request_id = "req-1"};
	struct llm_reply a;

	(void)state;
	llm_reply_read(&reply, NULL, &plain, &a);
	assert_string_equal(a.detail, "HTTP 401 code=? type=t request=req-1");
	llm_reply_release(&a);
	reply.e = ERR_NET;
	reply.problem = "connect";
	llm_reply_read(&reply, NULL, &plain, &a);
	assert_string_equal(a.detail, "net: connect request=req-1");
	llm_reply_release(&a);
}

#define PARAM(param, message)                                                  \
	"{\"error\":{\"message\":\"" message "\",\"param\":" param "}}"
#define EVERY                                                                  \
	(LLM_QUIRK_OTHER_TOKEN_PARAM | LLM_QUIRK_NO_TEMPERATURE |              \
	    LLM_QUIRK_NO_SCHEMA | LLM_QUIRK_NO_STREAM_OPTIONS |                \
	    LLM_QUIRK_NO_STREAM | LLM_QUIRK_NO_TOOLS)

static const struct {
	int line;
	int status;
	const char *body;
	unsigned open, quirk; /* 0: refused, or not found */
} quirks[] = {
    {__LINE__, 400,
	PARAM("\"max_tokens\"",
	    "Unsupported parameter: 'max_tokens' is not supported with this "
	    "model. Use 'max_completion_tokens' instead."),
	EVERY, LLM_QUIRK_OTHER_TOKEN_PARAM},
    {__LINE__, 400,
	PARAM("null",
	    "Unrecognized request argument supplied: max_completion_tokens"),
	EVERY, LLM_QUIRK_OTHER_TOKEN_PARAM},
    {__LINE__, 422,
	"{\"object\":\"error\",\"message\":{\"detail\":[{\"type\":"
	"\"extra_forbidden\",\"loc\":[\"body\",\"max_completion_tokens\"],"
	"\"msg\":\"Extra inputs are not permitted\"}]}}",
	EVERY, LLM_QUIRK_OTHER_TOKEN_PARAM},
    {__LINE__, 400,
	PARAM("\"max_tokens\"",
	    "max_tokens is too large: 9000. This model supports at most 4096"),
	EVERY, 0},
    {__LINE__, 400,
	PARAM("\"temperature\"",
	    "Unsupported value: 'temperature' does not support 0.2"),
	EVERY, LLM_QUIRK_NO_TEMPERATURE},
    {__LINE__, 422,
	"{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\","
	"\"stream_options\"],\"msg\":\"Extra inputs are not permitted\"}]}",
	EVERY, LLM_QUIRK_NO_STREAM_OPTIONS},
    {__LINE__, 400,
	"[{\"error\":{\"code\":400,\"message\":\"Unknown name "
	"\\\"stream_options\\\": Cannot find field.\"}}]",
	EVERY, LLM_QUIRK_NO_STREAM_OPTIONS},
    {__LINE__, 400,
	PARAM("null", "This response_format type is unavailable now"), EVERY,
	LLM_QUIRK_NO_SCHEMA},
    {__LINE__, 400,
	PARAM("\"response_format\"", "'json_schema' is not supported"),
	LLM_QUIRK_NO_JSON, LLM_QUIRK_NO_JSON},
    {__LINE__, 400, PARAM("\"response_format.type\"", "must be 'text'"), EVERY,
	LLM_QUIRK_NO_SCHEMA},
    {__LINE__, 400, "{\"error\":\"llama does not support tools\"}", EVERY,
	LLM_QUIRK_NO_TOOLS},
    {__LINE__, 404, PARAM("null", "No endpoints found that support tool use."),
	EVERY, LLM_QUIRK_NO_TOOLS},
    {__LINE__, 500, PARAM("null", "tools param requires --jinja flag"), EVERY,
	LLM_QUIRK_NO_TOOLS},
    {__LINE__, 500, PARAM("null", "tools are not supported"), EVERY, 0},
    {__LINE__, 400,
	PARAM("\"stream\"",
	    "Your organization must be verified to stream this model."),
	EVERY, LLM_QUIRK_NO_STREAM},
    {__LINE__, 400, PARAM("null", "streaming is not supported"), EVERY,
	LLM_QUIRK_NO_STREAM},
    {__LINE__, 400,
	PARAM("null", "This model does not support specifying dimensions."),
	LLM_QUIRK_NO_DIMENSIONS, LLM_QUIRK_NO_DIMENSIONS},
    /* Nothing that the request had, or had any more. */
    {__LINE__, 400, PARAM("\"temperature\"", "Unsupported value"),
	EVERY & ~(unsigned)LLM_QUIRK_NO_TEMPERATURE, 0},
    {__LINE__, 400, PARAM("\"messages\"", "tools: unknown"), EVERY, 0},
    {__LINE__, 400, PARAM("null", "unknown upstream"), EVERY, 0},
    {__LINE__, 404, PARAM("null", "temperature is not supported"), EVERY, 0},
};

static void
test_quirks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof quirks / sizeof *quirks; i++) {
		const struct transfer_reply reply = {.status = quirks[i].status,
		    .content_type = "",
		    .body = quirks[i].body,
		    .body_len = strlen(quirks[i].body),
		    .retry_after_ms = -1,
		    .request_id = ""};
		const struct llm_asked asked = {.open = quirks[i].open};
		struct llm_reply a;

		llm_reply_read(&reply, NULL, &asked, &a);
		if (a.quirk != quirks[i].quirk ||
		    (a.signal == LLM_SIGNAL_UNSUPPORTED) !=
			(quirks[i].quirk != 0))
			fail_msg("line %d: %d %x", quirks[i].line,
			    (int)a.signal, a.quirk);
		llm_reply_release(&a);
	}
}

static const struct {
	int line;
	const char *message;
	const char *finish;
	enum llm_signal signal;
	const char *text, *calls; /* NULL if none */
	bool is_truncated;
} messages[] = {
    {__LINE__,
	"\"content\":null,\"tool_calls\":[{\"id\":\"a\",\"type\":"
	"\"function\",\"function\":{\"name\":\"top\",\"arguments\":"
	"\"{\\\"n\\\":3}\"}}]",
	"tool_calls", LLM_SIGNAL_OK, "",
	"[{\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":"
	"\"top\",\"arguments\":\"{\\\"n\\\":3}\"}}]",
	false},
    {__LINE__,
	"\"content\":\"I look.\",\"tool_calls\":[{\"function\":{\"name\":"
	"\"top\",\"arguments\":{\"n\":3}}},{\"id\":\"\",\"function\":"
	"{\"name\":\"all\"}}]",
	"stop", LLM_SIGNAL_OK, "I look.",
	"[{\"id\":\"call_0\",\"type\":\"function\",\"function\":{\"name\":"
	"\"top\",\"arguments\":\"{\\\"n\\\":3}\"}},{\"id\":\"call_1\","
	"\"type\":\"function\",\"function\":{\"name\":\"all\","
	"\"arguments\":\"{}\"}}]",
	false},
    {__LINE__,
	"\"tool_calls\":[{\"function\":{\"name\":\"a\",\"arguments\":"
	"\"{\\\"n\"}}]",
	"length", LLM_SIGNAL_TOKEN_LIMIT, NULL, NULL, false},
    {__LINE__,
	"\"tool_calls\":[{\"function\":{\"name\":\"a\",\"arguments\":"
	"\"[1]\"}}]",
	"tool_calls", LLM_SIGNAL_BAD_REPLY, NULL, NULL, false},
    {__LINE__, "\"tool_calls\":[{\"function\":{\"arguments\":\"{}\"}}]",
	"tool_calls", LLM_SIGNAL_BAD_REPLY, NULL, NULL, false},
    {__LINE__, "\"tool_calls\":[3]", "tool_calls", LLM_SIGNAL_BAD_REPLY, NULL,
	NULL, false},
    {__LINE__, "\"tool_calls\":[]", "stop", LLM_SIGNAL_EMPTY, NULL, NULL,
	false},
    {__LINE__, "\"content\":\"a\",\"tool_calls\":null", "length", LLM_SIGNAL_OK,
	"a", NULL, true},
    {__LINE__, "\"content\":\"a\"", "whatever", LLM_SIGNAL_OK, "a", NULL, true},
};

static void
test_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
		const struct llm_asked asked = {.has_tools = true};
		struct transfer_reply reply = {.status = 200,
		    .content_type = "",
		    .retry_after_ms = -1,
		    .request_id = ""};
		struct llm_reply a;
		struct buf b;

		buf_init(&b, 65536);
		buf_printf(&b,
		    "{\"choices\":[{\"message\":{%s},\"finish_reason\":"
		    "\"%s\"}]}",
		    messages[i].message, messages[i].finish);
		reply.body = buf_str(&b);
		reply.body_len = b.len;
		llm_reply_read(&reply, NULL, &asked, &a);
		if (a.signal != messages[i].signal ||
		    a.is_truncated != messages[i].is_truncated ||
		    (a.text != NULL) != (messages[i].text != NULL) ||
		    (a.tool_calls != NULL) != (messages[i].calls != NULL))
			fail_msg("line %d: %d %s", messages[i].line,
			    (int)a.signal, a.code);
		if (a.text != NULL)
			assert_string_equal(a.text, messages[i].text);
		if (a.tool_calls != NULL)
			assert_string_equal(
			    json_text(a.tool_calls), messages[i].calls);
		llm_reply_release(&a);
		buf_release(&b);
	}
}

static const struct {
	const char *content, *text;
} objects[] = {
    {"{\"a\":1}", "{\"a\":1}"},
    {"```json\n{\"a\":\"}\"}\n```", "{\"a\":\"}\"}"},
    {"Here: {x} {\"a\":{\"b\":\"\\\"{\"}} and {}", "{\"a\":{\"b\":\"\\\"{\"}}"},
    {"<think>{\"no\":1}</think>{\"a\":1}", "{\"a\":1}"},
    {"{\"a\":", "{\"a\":"},
    {"none", "none"},
};

static void
test_objects(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
		const struct llm_asked asked = {.is_json = true};
		json_object *body = json_object_new_object();
		json_object *choice = json_object_new_object();
		json_object *message = json_object_new_object();
		json_object *list = json_object_new_array_ext(1);
		struct transfer_reply reply = {.status = 200,
		    .content_type = "",
		    .retry_after_ms = -1,
		    .request_id = ""};
		struct llm_reply a;

		json_add_str(message, "content", objects[i].content);
		json_object_object_add(choice, "message", message);
		json_object_array_add(list, choice);
		json_object_object_add(body, "choices", list);
		reply.body = json_text(body);
		reply.body_len = strlen(reply.body);
		llm_reply_read(&reply, NULL, &asked, &a);
		assert_string_equal(a.text, objects[i].text);
		llm_reply_release(&a);
		json_object_put(body);
	}
}

static const struct {
	int line;
	const char *usage;
	int64_t prompt, cached, completion;
} usages[] = {
    {__LINE__, "{\"prompt_tokens\":9,\"completion_tokens\":4}", 9, -1, 4},
    {__LINE__,
	"{\"prompt_tokens\":9,\"completion_tokens\":4,"
	"\"prompt_tokens_details\":{\"cached_tokens\":8}}",
	9, 8, 4},
    {__LINE__,
	"{\"prompt_tokens\":9,\"completion_tokens\":0,"
	"\"prompt_cache_hit_tokens\":12}",
	9, 9, 0},
    {__LINE__, "{\"prompt_tokens\":-9,\"completion_tokens\":\"4\"}", -1, -1,
	-1},
    {__LINE__, "{\"prompt_tokens\":9000000000000000000}", -1, -1, -1},
    {__LINE__, "{}", -1, -1, -1},
    {__LINE__, "null", -1, -1, -1},
    {__LINE__, "7", -1, -1, -1},
};

static void
test_usage(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof usages / sizeof *usages; i++) {
		json_object *body = json_object_new_object(), *usage = NULL;
		const char *why;
		struct llm_reply a;

		assert_int_equal(json_parse(usages[i].usage,
				     strlen(usages[i].usage), &usage, &why),
		    ERR_OK);
		json_object_object_add(body, "usage", usage);
		llm_reply_read_usage(body, &a);
		if (a.prompt_tokens != usages[i].prompt ||
		    a.cached_tokens != usages[i].cached ||
		    a.completion_tokens != usages[i].completion)
			fail_msg("line %d", usages[i].line);
		json_object_put(body);
	}
}

#define PIECE                                                                  \
	"data: {\"choices\":[{\"delta\":{\"content\":\"Hello there\"}}]}\n\n"
#define FINISH                                                                 \
	"data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"

static const struct {
	int line;
	enum err e;
	const char *events;
	enum llm_signal signal;
	const char *code, *text;
} streams[] = {
    {__LINE__, ERR_OK, PIECE FINISH "data: [DONE]\n\n", LLM_SIGNAL_OK, "",
	"Hello there"},
    {__LINE__, ERR_OK, PIECE "data: [DONE]\n\n", LLM_SIGNAL_OK, "",
	"Hello there"},
    {__LINE__, ERR_OK, FINISH, LLM_SIGNAL_EMPTY, "provider_empty", NULL},
    {__LINE__, ERR_OK, "data: [DONE]\n\n", LLM_SIGNAL_EMPTY, "provider_empty",
	NULL},
    {__LINE__, ERR_OK, PIECE, LLM_SIGNAL_INTERRUPTED, "provider_interrupted",
	NULL},
    {__LINE__, ERR_OK, "", LLM_SIGNAL_INTERRUPTED, "provider_interrupted",
	NULL},
    {__LINE__, ERR_NET, PIECE, LLM_SIGNAL_INTERRUPTED, "provider_interrupted",
	NULL},
    {__LINE__, ERR_TIMEOUT, PIECE, LLM_SIGNAL_UNREACHABLE, "provider_timeout",
	NULL},
    {__LINE__, ERR_TOO_BIG, PIECE, LLM_SIGNAL_BAD_REPLY, "provider_reply",
	NULL},
    /* All was there before the connection went. */
    {__LINE__, ERR_NET, PIECE FINISH, LLM_SIGNAL_OK, "", "Hello there"},
    {__LINE__, ERR_TIMEOUT, PIECE FINISH, LLM_SIGNAL_OK, "", "Hello there"},
    {__LINE__, ERR_STOPPED,
	PIECE "data: {\"error\":{\"code\":429,"
	      "\"message\":\"secret\"}}\n\n",
	LLM_SIGNAL_RATE_LIMITED, "provider_rate_limited", NULL},
    {__LINE__, ERR_STOPPED,
	PIECE "data: {\"error\":{\"type\":\"server_error\"}}\n\n",
	LLM_SIGNAL_UNREACHABLE, "provider_unavailable", NULL},
    {__LINE__, ERR_STOPPED, PIECE "data: {secret\n\n", LLM_SIGNAL_BAD_REPLY,
	"provider_reply", NULL},
};

static void
test_streams(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * (sizeof streams / sizeof *streams); i++) {
		size_t n = i / 2;
		const struct llm_asked asked = {.is_stream = true};
		const char *events = streams[n].events;
		struct transfer_reply reply = {.e = streams[n].e,
		    .problem = "x",
		    .status = 200,
		    .content_type = "",
		    .body = "",
		    .is_streamed = true,
		    .retry_after_ms = -1,
		    .request_id = ""};
		struct llm_stream stream;
		struct llm_reply a;

		llm_stream_init(&stream, 65536);
		if (i % 2 == 0) {
			(void)llm_stream_add(&stream, events, strlen(events));
		} else if (strncmp(events, "data", 4) == 0) {
			/* The same from one that calls it plain text. */
			reply.is_streamed = false;
			reply.body = events;
			reply.body_len = strlen(events);
		}
		if (reply.is_streamed || reply.e == ERR_OK) {
			llm_reply_read(&reply, &stream, &asked, &a);
			if (a.signal != streams[n].signal ||
			    strcmp(a.code, streams[n].code) != 0 ||
			    (a.text != NULL) != (streams[n].text != NULL))
				fail_msg("line %d: %d %s", streams[n].line,
				    (int)a.signal, a.code);
			if (a.text != NULL)
				assert_string_equal(a.text, streams[n].text);
			assert_null(strstr(a.detail, "secret"));
			llm_reply_release(&a);
		}
		llm_stream_release(&stream);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_detail_is_for_operators),
	    cmocka_unit_test(test_quirks),
	    cmocka_unit_test(test_messages),
	    cmocka_unit_test(test_objects),
	    cmocka_unit_test(test_usage),
	    cmocka_unit_test(test_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
