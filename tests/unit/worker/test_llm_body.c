/* What is sent to a provider: all of what is wanted, nothing else. */
#include "tests/unit/common/unit.h"

#include <string.h>

#include "worker/handlers/llm_body.h"

#define SCHEMA "{\"type\":\"object\"}"
#define WORDS                                                                  \
	"Answer with one JSON object and nothing else: no other text, no "     \
	"code "                                                                \
	"fence. It must match this JSON "                                      \
	"schema:\\n{\\\"type\\\":\\\"object\\\"}"

static char model[] = "m", max_tokens[] = "max_tokens", schema[] = "schema",
	    object[] = "object", prompt[] = "prompt";

static const struct llm_message plain[] = {
    {.role = "system", .content = "Be brief."},
    {.role = "user", .content = "Why?", .is_optional = true},
};

static json_object *
parse(const char *text)
{
	json_object *value = NULL;
	const char *why;

	assert_int_equal(json_parse(text, strlen(text), &value, &why), ERR_OK);
	return value;
}

static const struct {
	int line;
	char *json;
	bool stream, has_schema, has_tools;
	const char *temperature;
	unsigned quirks;
	const char *want;
	unsigned open;
} cases[] = {
    {__LINE__, schema, false, false, false, "0.2", 0,
	"{\"model\":\"m\",\"messages\":["
	"{\"role\":\"system\",\"content\":\"Be brief.\"},"
	"{\"role\":\"user\",\"content\":\"Why?\"}],\"max_tokens\":100,"
	"\"temperature\":0.2}",
	LLM_QUIRK_OTHER_TOKEN_PARAM | LLM_QUIRK_NO_TEMPERATURE},
    {__LINE__, schema, true, false, false, NULL, 0,
	"{\"model\":\"m\",\"messages\":["
	"{\"role\":\"system\",\"content\":\"Be brief.\"},"
	"{\"role\":\"user\",\"content\":\"Why?\"}],\"max_tokens\":100,"
	"\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
	LLM_QUIRK_OTHER_TOKEN_PARAM | LLM_QUIRK_NO_STREAM |
	    LLM_QUIRK_NO_STREAM_OPTIONS},
    {__LINE__, schema, true, false, false, "0.2",
	LLM_QUIRK_OTHER_TOKEN_PARAM | LLM_QUIRK_NO_TEMPERATURE |
	    LLM_QUIRK_NO_STREAM_OPTIONS,
	"{\"model\":\"m\",\"messages\":["
	"{\"role\":\"system\",\"content\":\"Be brief.\"},"
	"{\"role\":\"user\",\"content\":\"Why?\"}],"
	"\"max_completion_tokens\":100,\"stream\":true}",
	LLM_QUIRK_NO_STREAM},
    {__LINE__, schema, true, true, true, "hot", LLM_QUIRK_NO_STREAM,
	"{\"model\":\"m\",\"messages\":["
	"{\"role\":\"system\",\"content\":\"Be brief.\"},"
	"{\"role\":\"user\",\"content\":\"Why?\"}],\"max_tokens\":100,"
	"\"tools\":[1],\"response_format\":{\"type\":\"json_schema\","
	"\"json_schema\":{\"name\":\"n\",\"strict\":true,\"schema\":" SCHEMA
	"}}}",
	LLM_QUIRK_OTHER_TOKEN_PARAM | LLM_QUIRK_NO_TOOLS | LLM_QUIRK_NO_SCHEMA},
    {__LINE__, schema, false, true, true, NULL,
	LLM_QUIRK_NO_SCHEMA | LLM_QUIRK_NO_TOOLS,
	"{\"model\":\"m\",\"messages\":["
	"{\"role\":\"system\",\"content\":\"Be brief.\\n\\n" WORDS "\"},"
	"{\"role\":\"user\",\"content\":\"Why?\"}],\"max_tokens\":100,"
	"\"response_format\":{\"type\":\"json_object\"}}",
	LLM_QUIRK_OTHER_TOKEN_PARAM | LLM_QUIRK_NO_JSON},
    {__LINE__, object, false, true, false, NULL, LLM_QUIRK_NO_JSON,
	"{\"model\":\"m\",\"messages\":["
	"{\"role\":\"system\",\"content\":\"Be brief.\\n\\n" WORDS "\"},"
	"{\"role\":\"user\",\"content\":\"Why?\"}],\"max_tokens\":100}",
	LLM_QUIRK_OTHER_TOKEN_PARAM},
};

static void
test_chat(void **state)
{
	json_object *tools = parse("[1]"), *shape = parse(SCHEMA);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct conf_provider p = {.model = model,
		    .token_param = max_tokens,
		    .json = cases[i].json,
		    .stream = cases[i].stream,
		    .max_tokens = 500};
		const struct llm_request request = {.messages = plain,
		    .count = 2,
		    .max_tokens = 100,
		    .temperature = cases[i].temperature,
		    .tools = cases[i].has_tools ? tools : NULL,
		    .schema_name = "n",
		    .schema = cases[i].has_schema ? shape : NULL};
		struct llm_asked asked;
		json_object *want = parse(cases[i].want), *got;

		got = llm_body_chat(&p, cases[i].quirks, &request, &asked);
		if (json_object_equal(got, want) != 1 ||
		    asked.open != cases[i].open ||
		    asked.is_json != cases[i].has_schema)
			fail_msg("line %d: %x %s", cases[i].line, asked.open,
			    json_text(got));
		/* Word for word what the configuration says. */
		assert_true(cases[i].temperature == NULL ||
		    strstr(json_text(got), "temperature") == NULL ||
		    strstr(json_text(got), "\"temperature\":0.2") != NULL);
		json_object_put(got);
		json_object_put(want);
	}
	json_object_put(tools);
	json_object_put(shape);
}

static void
test_the_limit(void **state)
{
	static const struct {
		int64_t asked, want;
	} limits[] = {{100, 100}, {500, 500}, {501, 501}, {0, 500}};
	const struct conf_provider p = {.model = model,
	    .token_param = max_tokens,
	    .json = prompt,
	    .max_tokens = 500};
	struct llm_asked asked;
	int64_t n;

	(void)state;
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		const struct llm_request request = {.messages = plain,
		    .count = 2,
		    .max_tokens = limits[i].asked};
		json_object *got = llm_body_chat(&p, 0, &request, &asked);

		assert_true(json_get_int(got, "max_tokens", &n));
		assert_int_equal(n, limits[i].want);
		json_object_put(got);
	}
}

static void
check_messages(
    const struct llm_request *request, unsigned quirks, const char *text)
{
	const struct conf_provider p = {.model = model,
	    .token_param = max_tokens,
	    .json = prompt,
	    .max_tokens = 500};
	struct llm_asked asked;
	json_object *got = llm_body_chat(&p, quirks, request, &asked);
	json_object *want = parse(text);

	if (json_object_equal(json_get(got, "messages"), want) != 1)
		fail_msg("%s", json_text(json_get(got, "messages")));
	json_object_put(got);
	json_object_put(want);
}

static void
test_messages_of_tools(void **state)
{
	json_object *calls = parse("[{\"id\":\"a\"}]"), *tools = parse("[1]");
	const struct llm_message list[] = {
	    {.role = "user", .content = "Who?"},
	    {.role = "assistant", .content = "", .tool_calls = calls},
	    {.role = "tool", .content = "Ann", .tool_call_id = "a"},
	};
	const struct llm_request request = {
	    .messages = list, .count = 3, .max_tokens = 9, .tools = tools};

	(void)state;
	check_messages(&request, 0,
	    "[{\"role\":\"user\",\"content\":\"Who?\"},"
	    "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\"}],"
	    "\"content\":null},"
	    "{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"Ann\"}]");
	check_messages(&request, LLM_QUIRK_NO_TOOLS,
	    "[{\"role\":\"user\",\"content\":\"Who?\"},"
	    "{\"role\":\"user\",\"content\":\"Ann\"}]");
	json_object_put(calls);
	json_object_put(tools);
}

static void
test_schema_without_system_message(void **state)
{
	json_object *shape = parse(SCHEMA);
	const struct llm_request request = {.messages = plain + 1,
	    .count = 1,
	    .max_tokens = 9,
	    .schema = shape};

	(void)state;
	check_messages(&request, 0,
	    "[{\"role\":\"system\",\"content\":\"" WORDS "\"},"
	    "{\"role\":\"user\",\"content\":\"Why?\"}]");
	json_object_put(shape);
}

static void
test_embed(void **state)
{
	static const char *const texts[] = {"a", "\"b\""};
	const struct conf_provider p = {.model = model};
	struct llm_asked asked;
	json_object *got = llm_body_embed(&p, 8, 0, texts, 2, &asked);

	(void)state;
	assert_string_equal(json_text(got),
	    "{\"model\":\"m\",\"input\":[\"a\",\"\\\"b\\\"\"],\"dimensions\":"
	    "8}");
	assert_int_equal(asked.open, LLM_QUIRK_NO_DIMENSIONS);
	json_object_put(got);
	got = llm_body_embed(&p, 0, 0, texts, 1, &asked);
	assert_string_equal(
	    json_text(got), "{\"model\":\"m\",\"input\":[\"a\"]}");
	assert_int_equal(asked.open, 0);
	json_object_put(got);
	got = llm_body_embed(&p, 8, LLM_QUIRK_NO_DIMENSIONS, texts, 1, &asked);
	assert_null(json_get(got, "dimensions"));
	json_object_put(got);
}

static void
test_estimates(void **state)
{
	static const char *const texts[] = {"abcd", "e"};
	const struct llm_request request = {.messages = plain, .count = 2};

	(void)state;
	/* 9 and 4 bytes, and a frame around each */
	assert_int_equal(llm_estimate_tokens(&request), 3 + 1 + 2 * 4);
	assert_int_equal(llm_estimate_texts(texts, 2), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_chat),
	    cmocka_unit_test(test_the_limit),
	    cmocka_unit_test(test_messages_of_tools),
	    cmocka_unit_test(test_schema_without_system_message),
	    cmocka_unit_test(test_embed),
	    cmocka_unit_test(test_estimates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
