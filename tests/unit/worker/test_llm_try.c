/* Whole requests to a provider on the same loop. */
#include "tests/unit/common/unit.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "tests/unit/worker/fake_http.h"
#include "worker/handlers/llm_try.h"
#include "worker/transfer.h"

#define KEY "sk-secret-key"
#define JSON                                                                   \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"                \
	"X-Request-Id: r-7\r\nx-ratelimit-remaining-requests: 59\r\n"          \
	"x-ratelimit-reset-tokens: 6m0s\r\n" HTTP_END
#define PIECE(text)                                                            \
	"data: {\"choices\":[{\"delta\":{\"content\":\"" text "\"}}]}\n\n"
#define FINISH                                                                 \
	"data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
#define USAGE                                                                  \
	"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,"                \
	"\"completion_tokens\":4}}\n\n"
#define DONE "data: [DONE]\n\n"

static struct transfers *transfers;
static char base[64],
    model[] = "m", token_param[] = "max_tokens", json[] = "schema", none[] = "",
    bearer[] = "Authorization", bare[] = "api-key", query[] = "api-version=1";
static struct conf_provider provider;

static const struct llm_message messages[] = {
    {.role = "user", .content = "Why is it so?"}};
static const struct llm_request request = {
    .messages = messages, .count = 1, .max_tokens = 50, .temperature = "0.2"};

/* What the callback got. */
static int calls;
static struct llm_try_reply last;
static char last_text[64], last_detail[160], last_id[64];
static float last_vectors[4];

static int
set_up(void **state)
{
	(void)state;
	fake_http_open();
	(void)snprintf(base, sizeof base, "%.50s", http.url);
	provider = (struct conf_provider){.base_url = base,
	    .api_key_header = bearer,
	    .query = none,
	    .ca_file = none,
	    .model = model,
	    .token_param = token_param,
	    .json = json,
	    .stream = true,
	    .max_tokens = 500,
	    .connect_timeout_ms = 5000,
	    .first_byte_timeout_ms = 10000,
	    .stall_timeout_ms = 10000,
	    .timeout_ms = 20000,
	    .response_max = 10000};
	calls = 0;
	transfers = transfers_new(&http.loop);
	return transfers == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	transfers_close(transfers);
	return fake_http_close();
}

static void
on_reply(void *ctx, const struct llm_try_reply *reply)
{
	assert_ptr_equal(ctx, &calls);
	calls++;
	last = *reply;
	(void)snprintf(last_text, sizeof last_text, "%s",
	    reply->text != NULL ? reply->text : "(null)");
	(void)snprintf(last_detail, sizeof last_detail, "%s", reply->detail);
	(void)snprintf(last_id, sizeof last_id, "%s", reply->request_id);
	assert_null(strstr(last_detail, KEY));
	for (size_t i = 0;
	     i < reply->vector_count * (size_t)reply->dimensions && i < 4; i++)
		last_vectors[i] = reply->vectors[i];
}

static struct llm_try *
start(const char *canned, bool stays)
{
	http.canned = canned;
	http.stays = stays;
	return llm_try_start(
	    transfers, &provider, KEY, 0, &request, on_reply, &calls);
}

static void
finish(void)
{
	assert_int_equal(calls, 0);
	while (calls == 0)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	assert_int_equal(calls, 1);
}

static void
run(const char *canned, bool stays)
{
	(void)start(canned, stays);
	finish();
}

static void
test_streamed(void **state)
{
	(void)state;
	run(HTTP_EVENTS HTTP_END ": hello\n\n" PIECE("Be") PIECE("cause")
		FINISH USAGE DONE,
	    false);
	assert_int_equal(last.signal, LLM_SIGNAL_OK);
	assert_string_equal(last_text, "Because");
	assert_int_equal(last.prompt_tokens, 9);
	assert_int_equal(last.completion_tokens, 4);
	assert_false(last.is_estimated || last.is_truncated);
	assert_true(last.first_byte_ms >= 0);
	assert_non_null(strstr(
	    buf_str(&http.asked), "POST /x/chat/completions HTTP/1.1\r\n"));
	assert_non_null(strstr(
	    buf_str(&http.asked), "\r\nAuthorization: Bearer " KEY "\r\n"));
	assert_non_null(strstr(buf_str(&http.asked),
	    "\r\n\r\n{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
	    "\"content\":\"Why is it so?\"}],\"max_tokens\":50,"
	    "\"temperature\":0.2,\"stream\":true,"
	    "\"stream_options\":{\"include_usage\":true}}"));
}

static void
test_json_to_a_stream(void **state)
{
	(void)state;
	run(JSON "{\"choices\":[{\"message\":{\"content\":\"Yes.\"},"
		 "\"finish_reason\":\"length\"}]}",
	    false);
	assert_int_equal(last.signal, LLM_SIGNAL_OK);
	assert_string_equal(last_text, "Yes.");
	assert_string_equal(last_id, "r-7");
	assert_true(last.is_truncated);
	assert_int_equal(last.limits.requests_left, 59);
	assert_int_equal(last.limits.requests_limit, -1);
	assert_int_equal(last.limits.tokens_reset_ms, LLM_WAIT_MAX_MS);
	assert_true(last.is_estimated);
	assert_int_equal(last.prompt_tokens, llm_estimate_tokens(&request));
	assert_int_equal(last.completion_tokens, 1);
}

/* More of them than an id that is kept. */
#define LONG_KEY                                                               \
	"sk-proj-0123456789abcdefghijklmnopqrstuvwxyz"                         \
	"0123456789abcdefghijklmnopqrstuvwxyz"

static void
test_a_key_that_comes_back(void **state)
{
	(void)state;
	http.canned = "HTTP/1.1 500 No\r\nX-Request-Id: " LONG_KEY
		      "\r\n" HTTP_END "{}";
	(void)llm_try_start(
	    transfers, &provider, LONG_KEY, 0, &request, on_reply, &calls);
	finish();
	assert_string_equal(last_id, "");
	assert_null(strstr(last_detail, "0123456789abc"));
}

static void
test_key_and_query(void **state)
{
	(void)state;
	provider.api_key_header = bare;
	provider.query = query;
	provider.stream = false;
	run(JSON "{}", false);
	assert_int_equal(last.signal, LLM_SIGNAL_EMPTY);
	assert_non_null(strstr(buf_str(&http.asked),
	    "POST /x/chat/completions?api-version=1 HTTP/1.1\r\n"));
	assert_non_null(
	    strstr(buf_str(&http.asked), "\r\napi-key: " KEY "\r\n"));
	assert_null(strstr(buf_str(&http.asked), "Authorization"));
	assert_null(strstr(buf_str(&http.asked), "stream"));
}

static void
test_rate_limited(void **state)
{
	(void)state;
	run("HTTP/1.1 429 No\r\nRetry-After: 7\r\nx-request-id: a b\x01\r\n"
	    "x-ratelimit-remaining-tokens: 0\r\n" HTTP_END
	    "{\"error\":{\"code\":\"rate_limit_exceeded\"}}",
	    false);
	assert_int_equal(last.signal, LLM_SIGNAL_RATE_LIMITED);
	assert_int_equal(last.retry_after_ms, 7000);
	assert_int_equal(last.limits.tokens_left, 0);
	assert_int_equal(last.prompt_tokens, 0);
	assert_false(last.is_estimated);
	assert_string_equal(
	    last_detail, "HTTP 429 code=rate_limit_exceeded request=?");
}

static void
test_unsupported(void **state)
{
	(void)state;
	run("HTTP/1.1 400 No\r\n" HTTP_END
	    "{\"error\":{\"param\":\"stream_options\"}}",
	    false);
	assert_int_equal(last.signal, LLM_SIGNAL_UNSUPPORTED);
	assert_int_equal(last.quirk, LLM_QUIRK_NO_STREAM_OPTIONS);
	calls = 0;
	http.canned = HTTP_EVENTS HTTP_END PIECE("Ok") FINISH;
	buf_clear(&http.asked);
	(void)llm_try_start(
	    transfers, &provider, "", last.quirk, &request, on_reply, &calls);
	finish();
	assert_string_equal(last_text, "Ok");
	assert_null(strstr(buf_str(&http.asked), "stream_options"));
	assert_null(strstr(buf_str(&http.asked), "Authorization"));
}

static void
test_interrupted(void **state)
{
	(void)state;
	run(HTTP_EVENTS HTTP_END PIECE("Beca") "data: {\"choi", false);
	assert_int_equal(last.signal, LLM_SIGNAL_INTERRUPTED);
	assert_string_equal(last_text, "(null)");
	assert_true(last.is_estimated); /* it was worked on */
	assert_int_equal(last.completion_tokens, 1);
}

static void
test_error_in_the_middle(void **state)
{
	(void)state;
	run(HTTP_EVENTS HTTP_END PIECE(
		"Beca") "data: {\"error\":{\"type\":\"overloaded_error\"}}\n\n",
	    true);
	assert_int_equal(last.signal, LLM_SIGNAL_UNREACHABLE);
	assert_string_equal(last_detail, "HTTP 200 type=overloaded_error");
	while (!http.is_gone)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
}

static void
test_done_but_not_ended(void **state)
{
	(void)state;
	run(HTTP_EVENTS HTTP_END PIECE("Yes.") FINISH USAGE DONE, true);
	assert_int_equal(last.signal, LLM_SIGNAL_OK);
	assert_string_equal(last_text, "Yes.");
	assert_int_equal(last.prompt_tokens, 9);
}

static void
test_stalls(void **state)
{
	(void)state;
	provider.first_byte_timeout_ms = 50;
	run(HTTP_EVENTS HTTP_END, true);
	assert_int_equal(last.signal, LLM_SIGNAL_UNREACHABLE);
	assert_string_equal(last.code, "provider_timeout");
	assert_string_equal(last_detail, "timeout: waiting for the first byte");
	assert_true(last.is_estimated && last.prompt_tokens > 0);
	calls = 0;
	provider.first_byte_timeout_ms = 10000;
	provider.stall_timeout_ms = 50;
	run(HTTP_EVENTS HTTP_END PIECE("Yes."), true);
	assert_string_equal(last.code, "provider_timeout");
	assert_string_equal(last_detail, "timeout: the answer stalled");
}

static void
test_too_long(void **state)
{
	char piece[600], *canned = x_alloc(65536);

	(void)state;
	memset(piece, 'x', sizeof piece);
	piece[sizeof piece - 1] = '\0';
	(void)snprintf(canned, 65536, "%s", HTTP_EVENTS HTTP_END);
	for (int i = 0; i < 20; i++) {
		size_t at = strlen(canned);

		(void)snprintf(canned + at, 65536 - at, PIECE("%s"), piece);
	}
	run(canned, true);
	assert_int_equal(last.signal, LLM_SIGNAL_BAD_REPLY);
	mem_free(canned);
}

static void
test_nobody_there(void **state)
{
	(void)state;
	(void)snprintf(base, sizeof base, "http://127.0.0.1:1");
	run(NULL, false);
	assert_int_equal(last.signal, LLM_SIGNAL_UNREACHABLE);
	assert_string_equal(last.code, "provider_unreachable");
	assert_false(last.is_estimated);
	assert_int_equal(last.prompt_tokens, 0);
}

static void
test_vectors(void **state)
{
	static const char *const texts[] = {"a", "b"};

	(void)state;
	http.canned = JSON
	    "{\"data\":[{\"index\":1,\"embedding\":[3,4]},"
	    "{\"index\":0,\"embedding\":\"AACAPwAAAEA=\"}],"
	    "\"usage\":{\"prompt_tokens\":2,\"total_tokens\":2}}";
	(void)llm_try_embed(
	    transfers, &provider, KEY, 2, 0, texts, 2, on_reply, &calls);
	finish();
	assert_int_equal(last.signal, LLM_SIGNAL_OK);
	assert_int_equal(last.vector_count, 2);
	assert_int_equal(last.dimensions, 2);
	for (int i = 0; i < 4; i++)
		assert_float_equal(last_vectors[i], (float)(i + 1), 0);
	assert_int_equal(last.prompt_tokens, 2);
	assert_false(last.is_estimated);
	assert_non_null(strstr(buf_str(&http.asked),
	    "{\"model\":\"m\",\"input\":[\"a\",\"b\"],\"dimensions\":2}"));
	assert_non_null(strstr(buf_str(&http.asked), "POST /x/embeddings "));
}

static void
test_vectors_that_are_none(void **state)
{
	static const char *const texts[] = {"abcde"};

	(void)state;
	http.canned = JSON "{\"data\":[]}";
	(void)llm_try_embed(
	    transfers, &provider, KEY, 0, 0, texts, 1, on_reply, &calls);
	finish();
	assert_int_equal(last.signal, LLM_SIGNAL_BAD_REPLY);
	assert_null(last.vectors);
	assert_true(last.is_estimated);
	assert_int_equal(last.prompt_tokens, 2);
}

static void
test_cancelled(void **state)
{
	struct llm_try *t = start(HTTP_EVENTS HTTP_END PIECE("Be"), true);

	(void)state;
	while (http.canned != NULL)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	llm_try_cancel(t);
	while (!http.is_gone)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	t = start(NULL, false);
	llm_try_cancel(t);
	assert_int_equal(calls, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_streamed),
	    TEST(test_json_to_a_stream),
	    TEST(test_key_and_query),
	    TEST(test_a_key_that_comes_back),
	    TEST(test_rate_limited),
	    TEST(test_unsupported),
	    TEST(test_interrupted),
	    TEST(test_error_in_the_middle),
	    TEST(test_done_but_not_ended),
	    TEST(test_stalls),
	    TEST(test_too_long),
	    TEST(test_nobody_there),
	    TEST(test_vectors),
	    TEST(test_vectors_that_are_none),
	    TEST(test_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
