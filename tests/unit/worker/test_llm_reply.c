#include "tests/unit/common/unit.h"

#include <string.h>

#include "worker/handlers/llm_reply.h"

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
	enum llm_outcome outcome;
	const char *code;
	const char *text;
	int64_t wait_ms; /* of the answer */
} cases[] = {
    /* Answers. */
    {__LINE__, ERR_OK, 200, OK("\" Yes. \"", "\"stop\""), -1, LLM_COMPLETED, "",
	"Yes.", -1},
    {__LINE__, ERR_OK, 201, OK("\"Yes.\"", "null"), 9, LLM_COMPLETED, "",
	"Yes.", -1},
    {__LINE__, ERR_OK, 200, OK("\"Cut\"", "\"length\""), -1, LLM_COMPLETED, "",
	"Cut", -1},
    {__LINE__, ERR_OK, 200,
	OK("[{\"type\":\"text\",\"text\":\"A\"},{\"type\":\"x\"},"
	   "{\"text\":\"B\"}]",
	    "\"stop\""),
	-1, LLM_COMPLETED, "", "AB", -1},
    {__LINE__, ERR_OK, 200,
	"{\"error\":null,\"choices\":[{\"message\":{\"content\":\"Hm\"}}]}", -1,
	LLM_COMPLETED, "", "Hm", -1},
    /* A reply of 200 without one. */
    {__LINE__, ERR_OK, 200, OK("null", "\"stop\""), -1, LLM_RETRY,
	"provider_empty", NULL, -1},
    {__LINE__, ERR_OK, 200, OK("\" \"", "\"stop\""), -1, LLM_RETRY,
	"provider_empty", NULL, -1},
    {__LINE__, ERR_OK, 200, OK("null", "\"length\""), -1, LLM_PERMANENT,
	"provider_token_limit", NULL, -1},
    {__LINE__, ERR_OK, 200, OK("\"Ha\"", "\"content_filter\""), -1,
	LLM_FILTERED, "provider_filtered", NULL, -1},
    {__LINE__, ERR_OK, 200,
	"{\"choices\":[{\"message\":{\"content\":null,\"refusal\":\"No\"},"
	"\"finish_reason\":\"stop\"}]}",
	-1, LLM_FILTERED, "provider_filtered", NULL, -1},
    {__LINE__, ERR_OK, 200, "{\"choices\":[]}", -1, LLM_RETRY, "provider_empty",
	NULL, -1},
    {__LINE__, ERR_OK, 200, "{\"choices\":3}", -1, LLM_RETRY, "provider_empty",
	NULL, -1},
    {__LINE__, ERR_OK, 200, "{}", -1, LLM_RETRY, "provider_empty", NULL, -1},
    {__LINE__, ERR_OK, 200, "<html>hello</html>", -1, LLM_RETRY,
	"provider_reply", NULL, -1},
    {__LINE__, ERR_OK, 200, "", -1, LLM_RETRY, "provider_reply", NULL, -1},
    {__LINE__, ERR_OK, 200, NESTED("\"server_error\"", "null"), -1, LLM_RETRY,
	"provider_unavailable", NULL, -1},
    /* Errors: who may try again, and when. */
    {__LINE__, ERR_OK, 429, NESTED("\"rate_limit_exceeded\"", "\"requests\""),
	6000, LLM_RETRY, "provider_rate_limited", NULL, 6000},
    {__LINE__, ERR_OK, 429, "", 86400000, LLM_RETRY, "provider_rate_limited",
	NULL, LLM_RETRY_AFTER_MAX_MS},
    {__LINE__, ERR_OK, 429,
	"{\"error\":{\"message\":\"add a payment method at /billing\","
	"\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}",
	-1, LLM_RETRY, "provider_rate_limited", NULL, -1},
    {__LINE__, ERR_OK, 429,
	NESTED("\"insufficient_quota\"", "\"insufficient_quota\""), 6000,
	LLM_PERMANENT, "provider_quota", NULL, -1},
    {__LINE__, ERR_OK, 402, "{}", -1, LLM_PERMANENT, "provider_quota", NULL,
	-1},
    {__LINE__, ERR_OK, 401, NESTED("\"invalid_api_key\"", "null"), -1,
	LLM_PERMANENT, "provider_auth", NULL, -1},
    {__LINE__, ERR_OK, 403, "", -1, LLM_PERMANENT, "provider_auth", NULL, -1},
    {__LINE__, ERR_OK, 404, NESTED("\"model_not_found\"", "null"), -1,
	LLM_PERMANENT, "provider_not_found", NULL, -1},
    {__LINE__, ERR_OK, 408, "", -1, LLM_RETRY, "provider_unavailable", NULL,
	-1},
    {__LINE__, ERR_OK, 409, "", -1, LLM_RETRY, "provider_unavailable", NULL,
	-1},
    {__LINE__, ERR_OK, 400, NESTED("\"context_length_exceeded\"", "null"), -1,
	LLM_PERMANENT, "provider_context_length", NULL, -1},
    {__LINE__, ERR_OK, 400, NESTED("\"content_filter\"", "null"), -1,
	LLM_FILTERED, "provider_filtered", NULL, -1},
    {__LINE__, ERR_OK, 400,
	NESTED("\"unsupported_parameter\"", "\"invalid_request_error\""), -1,
	LLM_PERMANENT, "provider_refused", NULL, -1},
    {__LINE__, ERR_OK, 413, "", -1, LLM_PERMANENT, "provider_refused", NULL,
	-1},
    {__LINE__, ERR_OK, 422, "{\"detail\":[]}", -1, LLM_PERMANENT,
	"provider_refused", NULL, -1},
    {__LINE__, ERR_OK, 302, "", -1, LLM_PERMANENT, "provider_refused", NULL,
	-1},
    {__LINE__, ERR_OK, 500, "{\"error\":\"boom\"}", -1, LLM_RETRY,
	"provider_unavailable", NULL, -1},
    {__LINE__, ERR_OK, 502, "<html><h1>Bad gateway</h1></html>", -1, LLM_RETRY,
	"provider_unavailable", NULL, -1},
    {__LINE__, ERR_OK, 503, "", 2000, LLM_RETRY, "provider_unavailable", NULL,
	2000},
    {__LINE__, ERR_OK, 529,
	"{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}", -1,
	LLM_RETRY, "provider_unavailable", NULL, -1},
    /* Other shapes of an error. */
    {__LINE__, ERR_OK, 503,
	"{\"error\":{\"code\":503,\"message\":\"Loading model\","
	"\"type\":\"unavailable_error\"}}",
	-1, LLM_RETRY, "provider_unavailable", NULL, -1},
    {__LINE__, ERR_OK, 400,
	"{\"object\":\"error\",\"message\":\"maximum context length is 4096\","
	"\"type\":\"BadRequestError\",\"code\":400}",
	-1, LLM_PERMANENT, "provider_context_length", NULL, -1},
    {__LINE__, ERR_OK, 400,
	"[{\"error\":{\"code\":400,\"message\":\"no\","
	"\"status\":\"INVALID_ARGUMENT\"}}]",
	-1, LLM_PERMANENT, "provider_refused", NULL, -1},
    {__LINE__, ERR_OK, 200, "{\"error\":\"rate limit reached\"}", -1, LLM_RETRY,
	"provider_rate_limited", NULL, -1},
    {__LINE__, ERR_OK, 200,
	"{\"object\":\"error\",\"type\":\"rate_limited\",\"code\":\"1300\","
	"\"message\":\"Rate limit exceeded\"}",
	-1, LLM_RETRY, "provider_rate_limited", NULL, -1},
    {__LINE__, ERR_OK, 500, "[]", -1, LLM_RETRY, "provider_unavailable", NULL,
	-1},
    /* No reply at all. */
    {__LINE__, ERR_TIMEOUT, 0, "", -1, LLM_RETRY, "provider_timeout", NULL, -1},
    {__LINE__, ERR_NET, 0, "", -1, LLM_RETRY, "provider_unreachable", NULL, -1},
    {__LINE__, ERR_TOO_BIG, 200, "", -1, LLM_PERMANENT, "provider_reply", NULL,
	-1},
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

		llm_reply_read(&reply, &a);
		if (a.outcome != cases[i].outcome ||
		    strcmp(a.code, cases[i].code) != 0 ||
		    a.retry_after_ms != cases[i].wait_ms)
			fail_msg("line %d: %d %s", cases[i].line,
			    (int)a.outcome, a.code);
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
	llm_reply_read(&reply, &a);
	assert_string_equal(
	    a.detail, "HTTP 401 code=in?valid type=t request=req-1");
	llm_reply_release(&a);
	reply.e = ERR_NET;
	reply.problem = "connect";
	llm_reply_read(&reply, &a);
	assert_string_equal(a.detail, "net: connect");
	llm_reply_release(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_detail_is_for_operators),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
