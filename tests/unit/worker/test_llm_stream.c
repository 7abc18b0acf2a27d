/* Streams of events, whole and in pieces. */
#include "tests/unit/common/unit.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "worker/handlers/llm_stream.h"

#define CHUNK(delta, finish)                                                   \
	"data: {\"choices\":[{\"index\":0,\"delta\":" delta                    \
	",\"finish_reason\":" finish "}],\"usage\":null}\n\n"
#define TEXT(text) CHUNK("{\"content\":\"" text "\"}", "null")
#define STOP CHUNK("{}", "\"stop\"")
#define DONE "data: [DONE]\n\n"
#define MESSAGE(content, finish)                                               \
	"{\"choices\":[{\"message\":{\"content\":\"" content                   \
	"\",\"refusal\":\"\"},\"finish_reason\":\"" finish "\"}]"

/* As a server sends it, with all there is to meet. */
static const char recorded[] =
    "\xef\xbb\xbf: OPENROUTER PROCESSING\r\n\r\n"
    "data: {\"choices\":[],\"prompt_filter_results\":[{}]}\r\n\r\n"
    "event: message\r\nid: 7\r\nretry: 10\r\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
    "\"content\":\"\"},\"finish_reason\":null}],\"usage\":null}\r\n\r\n"
    "data:{\"choices\":[{\"delta\":{\"content\":\"Gr\xc3\xbc\xc3\x9f"
    " \xf0\x9f\x99\x82\"}}]}\n\n"
    ": ping\n\n"
    "data: {\"choices\":[{\"delta\":\r\ndata: {\"content\":\" "
    "dich\\n\"}}]}\r\n\r\n"
    "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"no\"}}]}\r\r"
    "data: {\"choices\":[{\"delta\":{\"content\":null,\"tool_calls\":[{"
    "\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"top\",\"arguments\":"
    "\"\"}}]}}]}\r\r"
    "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,"
    "\"function\":{\"arguments\":\"{\\\"n\\\":\"}}]}}]}\n\n"
    "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":"
    "\"b\",\"function\":{\"name\":\"all\",\"arguments\":\"{}\"}},{\"index\":0,"
    "\"function\":{\"arguments\":\"3}\"}}]}}]}\n\n"
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n"
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,"
    "\"completion_tokens\":4}}\n\n" DONE "data: whatever\n\n";
static const char recorded_body[] =
    "{\"choices\":[{\"message\":{\"content\":\"Gr\xc3\xbc\xc3\x9f"
    " \xf0\x9f\x99\x82 dich\\n\",\"refusal\":\"\",\"tool_calls\":["
    "{\"id\":\"a\",\"function\":{\"name\":\"top\",\"arguments\":\"{\\\"n\\\":3}"
    "\"}},{\"id\":\"b\",\"function\":{\"name\":\"all\",\"arguments\":\"{}\"}}]"
    "},\"finish_reason\":\"tool_calls\"}],\"usage\":{\"prompt_tokens\":9,"
    "\"completion_tokens\":4}}";

/* Members in another order are the same. */
static void
check_body(int line, const struct llm_stream *s, const char *want)
{
	json_object *got = llm_stream_body(s), *other = NULL;
	const char *why;

	assert_int_equal(json_parse(want, strlen(want), &other, &why), ERR_OK);
	if (json_object_equal(got, other) != 1)
		fail_msg("line %d: %s", line, json_text(got));
	json_object_put(got);
	json_object_put(other);
}

/* Two pieces, or three of which the middle one is a byte. */
static void
test_cut_at_every_byte(void **state)
{
	size_t len = sizeof recorded - 1;

	(void)state;
	for (size_t i = 0; i <= len; i++) {
		for (size_t n = 0; n < 2 && i + n <= len; n++) {
			struct llm_stream s;

			llm_stream_init(&s, 65536);
			(void)llm_stream_add(&s, recorded, i);
			(void)llm_stream_add(&s, recorded + i, n);
			(void)llm_stream_add(&s, recorded + i + n, len - i - n);
			assert_int_equal(llm_stream_end(&s), LLM_STREAM_DONE);
			check_body((int)i, &s, recorded_body);
			llm_stream_release(&s);
		}
	}
}

static void
test_byte_by_byte(void **state)
{
	struct llm_stream s;

	(void)state;
	llm_stream_init(&s, 65536);
	for (size_t i = 0; i < sizeof recorded - 1; i++)
		(void)llm_stream_add(&s, recorded + i, 1);
	assert_int_equal(llm_stream_end(&s), LLM_STREAM_DONE);
	check_body(__LINE__, &s, recorded_body);
	llm_stream_release(&s);
}

/* A stream that ends too early is no whole answer, wherever that is, and never
 * a bad one. */
static void
test_ended_at_every_byte(void **state)
{
	const char *finish = strstr(recorded, "\"finish_reason\":\"tool");
	size_t whole = (size_t)(strchr(finish, '\n') - recorded);

	(void)state;
	for (size_t i = 0; i < sizeof recorded - 1; i++) {
		struct llm_stream s;

		llm_stream_init(&s, 65536);
		(void)llm_stream_add(&s, recorded, i);
		if (i < whole)
			assert_int_equal(llm_stream_end(&s), LLM_STREAM_OPEN);
		else
			assert_true(llm_stream_end(&s) >= LLM_STREAM_ENDED &&
			    s.state <= LLM_STREAM_DONE);
		llm_stream_release(&s);
	}
}

static const struct {
	int line;
	const char *events;
	enum llm_stream_state state;
	const char *body;
} cases[] = {
    {__LINE__, TEXT("a") TEXT("b") STOP DONE, LLM_STREAM_DONE,
	MESSAGE("ab", "stop") "}"},
    {__LINE__, TEXT("a") STOP, LLM_STREAM_ENDED, MESSAGE("a", "stop") "}"},
    {__LINE__, TEXT("a") DONE, LLM_STREAM_DONE, MESSAGE("a", "") "}"},
    {__LINE__, TEXT("a"), LLM_STREAM_OPEN, MESSAGE("a", "") "}"},
    {__LINE__, "", LLM_STREAM_OPEN, "{\"choices\":[]}"},
    {__LINE__, DONE, LLM_STREAM_DONE, "{\"choices\":[]}"},
    {__LINE__, "data: [DONE]", LLM_STREAM_DONE, "{\"choices\":[]}"},
    {__LINE__,
	"data: {\"choices\":[{\"message\":{\"content\":\"a\"},"
	"\"finish_reason\":\"stop\"}]}\n\n",
	LLM_STREAM_ENDED, MESSAGE("a", "stop") "}"},
    {__LINE__,
	CHUNK(
	    "{\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}", "\"length\""),
	LLM_STREAM_ENDED, MESSAGE("a", "length") "}"},
    {__LINE__,
	CHUNK("{\"refusal\":\"I can\"}", "null")
	    CHUNK("{\"refusal\":\"not\"}", "\"stop\""),
	LLM_STREAM_ENDED,
	"{\"choices\":[{\"message\":{\"content\":\"\",\"refusal\":"
	"\"I cannot\"},\"finish_reason\":\"stop\"}]}"},
    /* Usage with each piece: the last counts. */
    {__LINE__,
	"data: {\"usage\":{\"prompt_tokens\":1}}\n\n"
	"data: {\"usage\":{\"prompt_tokens\":2}}\n\n" DONE,
	LLM_STREAM_DONE, "{\"choices\":[],\"usage\":{\"prompt_tokens\":2}}"},
    /* An error behind the end is none of the answer's. */
    {__LINE__, TEXT("a") STOP "data: {\"error\":{\"code\":502}}\n\n" DONE,
	LLM_STREAM_DONE, MESSAGE("a", "stop") "}"},
    /* An error in the middle ends it. */
    {__LINE__, TEXT("a") "data: {\"error\":{\"code\":502}}\n\n" STOP,
	LLM_STREAM_ERROR, "{\"error\":{\"code\":502}}"},
    {__LINE__,
	"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":"
	"\"overloaded_error\"}}\n\n",
	LLM_STREAM_ERROR,
	"{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}"},
    {__LINE__, "data: [{\"error\":{\"code\":429}}]\n\n", LLM_STREAM_ERROR,
	"[{\"error\":{\"code\":429}}]"},
    /* What is no JSON spoils it, unless all was said. */
    {__LINE__, TEXT("a") "data: {oops\n\n" STOP, LLM_STREAM_BAD,
	MESSAGE("a", "") "}"},
    {__LINE__, "data: null\n\n", LLM_STREAM_BAD, "{\"choices\":[]}"},
    {__LINE__, "data: \"\\u0000\"\n\n", LLM_STREAM_BAD, "{\"choices\":[]}"},
    {__LINE__, TEXT("\xff"), LLM_STREAM_BAD, "{\"choices\":[]}"},
    {__LINE__, TEXT("a") STOP "data: {oops\n\n", LLM_STREAM_ENDED,
	MESSAGE("a", "stop") "}"},
    /* Fields of no interest, and lines that are none. */
    {__LINE__, "data\n\ndatabase: 1\n{\"error\":1}\n\n" STOP, LLM_STREAM_ENDED,
	MESSAGE("", "stop") "}"},
    {__LINE__, "data:\n\n" STOP, LLM_STREAM_ENDED, MESSAGE("", "stop") "}"},
    /* Calls without an index, or all with the same. */
    {__LINE__,
	CHUNK("{\"tool_calls\":[{\"function\":{\"name\":\"f\","
	      "\"arguments\":{\"a\":1}}}]}",
	    "\"tool_calls\""),
	LLM_STREAM_ENDED,
	"{\"choices\":[{\"message\":{\"content\":\"\",\"refusal\":\"\","
	"\"tool_calls\":[{\"id\":\"\",\"function\":{\"name\":\"f\","
	"\"arguments\":\"{\\\"a\\\":1}\"}}]},\"finish_reason\":"
	"\"tool_calls\"}]}"},
    {__LINE__,
	CHUNK("{\"tool_calls\":[{\"index\":0,\"id\":\"x\",\"function\":"
	      "{\"name\":\"f\"}},{\"index\":0,\"id\":\"y\",\"function\":"
	      "{\"name\":\"g\"}},{\"index\":0,\"function\":"
	      "{\"arguments\":\"{}\"}}]}",
	    "\"tool_calls\""),
	LLM_STREAM_ENDED,
	"{\"choices\":[{\"message\":{\"content\":\"\",\"refusal\":\"\","
	"\"tool_calls\":[{\"id\":\"x\",\"function\":{\"name\":\"f\","
	"\"arguments\":\"\"}},{\"id\":\"y\",\"function\":{\"name\":\"g\","
	"\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}]}"},
};

static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct llm_stream s;
		size_t len = strlen(cases[i].events);

		llm_stream_init(&s, 65536);
		for (size_t at = 0; at < len; at += 7)
			(void)llm_stream_add(&s, cases[i].events + at,
			    len - at < 7 ? len - at : 7);
		if (llm_stream_end(&s) != cases[i].state)
			fail_msg(
			    "line %d: state %d", cases[i].line, (int)s.state);
		check_body(cases[i].line, &s, cases[i].body);
		llm_stream_release(&s);
	}
}

static void
test_too_much(void **state)
{
	size_t len = LLM_STREAM_LINE_MAX;
	char *line = x_alloc(len + 1);
	struct llm_stream s;

	(void)state;
	memset(line, 'x', len);
	llm_stream_init(&s, 4 * len); /* a line */
	assert_int_equal(llm_stream_add(&s, line, len), LLM_STREAM_OPEN);
	assert_int_equal(llm_stream_add(&s, "x", 1), LLM_STREAM_BAD);
	llm_stream_release(&s);
	memcpy(line, "data:", 5);
	line[len / 2] = '\n';
	llm_stream_init(&s, 4 * len); /* an event */
	for (int i = 0; i < 3; i++)
		(void)llm_stream_add(&s, line, len / 2 + 1);
	assert_int_equal(s.state, LLM_STREAM_BAD);
	llm_stream_release(&s);
	llm_stream_init(&s, 5); /* all */
	assert_int_equal(llm_stream_add(&s, ": a\n\n", 5), LLM_STREAM_OPEN);
	assert_int_equal(llm_stream_add(&s, ":", 1), LLM_STREAM_BAD);
	llm_stream_release(&s);
	mem_free(line);
}

static void
test_too_many_calls(void **state)
{
	char piece[160];
	struct llm_stream s;

	(void)state;
	llm_stream_init(&s, 65536);
	for (int i = 0; i < LLM_STREAM_CALLS_MAX + 1; i++) {
		assert_int_equal(s.state, LLM_STREAM_OPEN);
		(void)snprintf(piece, sizeof piece,
		    CHUNK("{\"tool_calls\":[{\"index\":%d,\"id\":\"i%d\"}]}",
			"null"),
		    i, i);
		(void)llm_stream_add(&s, piece, strlen(piece));
	}
	assert_int_equal(s.state, LLM_STREAM_BAD);
	llm_stream_release(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cut_at_every_byte),
	    cmocka_unit_test(test_byte_by_byte),
	    cmocka_unit_test(test_ended_at_every_byte),
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_too_much),
	    cmocka_unit_test(test_too_many_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
