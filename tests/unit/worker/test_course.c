/*
 * The way of a learner's question, by what is sent at each step and what the
 * job ends with.
 *
 * link: -Wl,--wrap=pgpool_send,--wrap=pgquery_cancel
 * link: -Wl,--wrap=llm_start,--wrap=llm_cancel
 * link: -Wl,--wrap=job_complete,--wrap=job_retry,--wrap=job_fail
 */
#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/buf.h"
#include "tests/unit/worker/fake_job.h"

#define QUOTED "\"answer\":\"A primary key identifies one row.\""

static const char first[] =
    "{\"found\":true,\"tenant\":\"north\",\"courseName\":\"Databases\","
    "\"topicTitle\":\"Keys and joins\",\"personaKey\":null,\"summary\":null,"
    "\"history\":[],\"followUp\":null,\"vectorVersion\":0}";
static const char later[] =
    "{\"found\":true,\"tenant\":\"north\",\"courseName\":\"Databases\","
    "\"topicTitle\":null,\"personaKey\":\"rote_memorizer\",\"summary\":"
    "\"Tables were discussed with ada@example.org.\",\"history\":["
    "{\"role\":\"user\",\"content\":\"What is a key? Mail bob@example.org\"},"
    "{\"role\":\"assistant\",\"content\":\"A column.\"}],"
    "\"followUp\":\"What is a key? Why is it so?\",\"vectorVersion\":0}";
static const char passages[] =
    "{\"courseName\":\"Databases\",\"found\":true,\"passages\":["
    "{\"title\":\"Keys\",\"url\":null,\"content\":\"A primary key identifies "
    "one row.\",\"relevance\":1.000}],\"terms\":[{\"word\":\"key\",\"stem\":"
    "\"key\",\"weight\":2}]}";
static const char irrelevant[] =
    "{\"courseName\":\"Databases\",\"found\":true,\"passages\":[{\"title\":"
    "\"Keys\",\"content\":\"A key.\",\"relevance\":0.2}],\"terms\":[]}";

static void
ask(const char *question, const char *context)
{
	struct buf b;

	buf_init(&b, 10000);
	buf_add_str(&b, "{\"courseId\":\"" FAKE_COURSE "\",\"question\":");
	buf_add_json_str(&b, question);
	buf_add_str(&b, ",\"nextSuggestions\":[{\"id\":\"n\"}]}");
	fake_start("AI_QUERY", buf_str(&b));
	buf_release(&b);
	fake_give_row(context);
}

static void
test_without_model(void **state)
{
	(void)state;
	fake_start("AI_QUERY",
	    "{\"courseId\":\"" FAKE_COURSE "\",\"question\":\"A key?\"}");
	assert_string_equal(fake_seen.sql,
	    "SELECT campus.course_context($1, $2, $3, $4, $5, $6)");
	assert_string_equal(
	    fake_seen.values, "j-17|" FAKE_COURSE "|u-1|s-1|A key?|10|");
	fake_give_row(first);
	assert_string_equal(
	    fake_seen.sql, "SELECT campus.course_passages($1, $2, $3)");
	assert_string_equal(fake_seen.values, FAKE_COURSE "|A key?|5|");
	fake_give_row(passages);
	assert_string_equal(fake_seen.result,
	    "{" QUOTED ",\"engine\":\"extractive\",\"sources\":[{\"title\":"
	    "\"Keys\"}],\"nextSuggestions\":[],\"sessionId\":\"s-1\"}");
	assert_string_equal(fake_seen.effects, "{" QUOTED "}");
	assert_int_equal(fake_seen.asked, 0);
}

static void
test_follow_up_without_model(void **state)
{
	(void)state;
	ask("Why is it so?", later);
	assert_string_equal(
	    fake_seen.values, FAKE_COURSE "|What is a key? Why is it so?|5|");
	fake_give_row(passages);
	assert_string_equal(fake_seen.effects,
	    "{" QUOTED ",\"standalone\":\"What is a key? Why is it so?\"}");
}

static void
test_first_question_with_model(void **state)
{
	(void)state;
	fake_use_model();
	ask("What is a key? ada@example.org", first);
	assert_int_equal(fake_seen.asked, 0); /* nothing to rewrite */
	assert_string_equal(
	    fake_seen.values, FAKE_COURSE "|What is a key? |5|");
	fake_give_row(passages);
	assert_int_equal(fake_seen.count, 2);
	assert_string_equal(fake_seen.roles[0], "system");
	assert_true(fake_has(fake_seen.contents[0], "Harbour Lane"));
	assert_true(fake_has(fake_seen.contents[0], "Databases"));
	assert_true(fake_has(fake_seen.contents[0], "Keys and joins"));
	assert_string_equal(fake_seen.roles[1], "user");
	assert_true(fake_has(
	    fake_seen.contents[1], "A primary key identifies one row."));
	assert_true(fake_has(fake_seen.contents[1],
	    "<question>\nWhat is a key? [email]\n</question>"));
	assert_int_equal(fake_seen.max_tokens, 500);
	assert_string_equal(fake_seen.temperature, "0.2");
	assert_string_equal(fake_seen.tenant, "north");
	fake_say("It is.");
	assert_string_equal(fake_seen.result,
	    "{\"answer\":\"It is.\",\"engine\":\"llm\",\"sources\":[{\"title\":"
	    "\"Keys\"}],\"nextSuggestions\":[{\"id\":\"n\"}],"
	    "\"sessionId\":\"s-1\"}");
	assert_string_equal(fake_seen.effects,
	    "{\"answer\":\"It is.\",\"summarise\":{\"after\":16,\"keep\":10},"
	    "\"usage\":[{\"n\":1}]}");
}

static void
test_follow_up_with_model(void **state)
{
	(void)state;
	fake_use_model();
	ask("Why is it so?", later);
	assert_int_equal(fake_seen.max_tokens, 80);
	assert_string_equal(fake_seen.temperature, "0.1");
	assert_int_equal(fake_seen.count, 2);
	assert_true(fake_has(fake_seen.contents[0],
	    "<summary>\nTables were discussed with [email].\n</summary>"));
	assert_true(fake_has(fake_seen.contents[1], "A column."));
	assert_true(fake_has(
	    fake_seen.contents[1], "<question>\nWhy is it so?\n</question>"));
	assert_false(fake_has(fake_seen.contents[1], "bob@example.org"));
	fake_say("\"Why is a key unique?\"");
	assert_string_equal(
	    fake_seen.values, FAKE_COURSE "|Why is a key unique?|5|");
	fake_give_row(passages);
	assert_int_equal(fake_seen.asked, 2);
	assert_int_equal(fake_seen.count, 4);
	assert_true(fake_has(fake_seen.contents[0], "persona"));
	assert_true(fake_has(fake_seen.contents[0], "<summary>\nTables"));
	assert_string_equal(fake_seen.roles[1], "user");
	assert_string_equal(
	    fake_seen.contents[1], "What is a key? Mail [email]");
	assert_true(fake_seen.is_optional[1]);
	assert_string_equal(fake_seen.roles[2], "assistant");
	assert_string_equal(fake_seen.contents[2], "A column.");
	assert_true(fake_seen.is_optional[2]);
	assert_true(fake_has(fake_seen.contents[3], "Why is it so?"));
	assert_false(fake_seen.is_optional[4]);
	fake_say("So.");
	assert_true(fake_has(
	    fake_seen.effects, "\"standalone\":\"Why is a key unique?\""));
	assert_true(
	    fake_has(fake_seen.effects, "\"usage\":[{\"n\":1},{\"n\":2}]"));
}

static void
expect_rewritten(const char *wanted)
{
	struct buf b;

	buf_init(&b, 1000);
	buf_printf(&b, FAKE_COURSE "|%s|5|", wanted);
	assert_string_equal(fake_seen.values, buf_str(&b));
	buf_release(&b);
	fake_cancel();
}

static void
test_rewriting_that_fails_falls_back(void **state)
{
	static const char plain[] = "What is a key? Why is it so?";
	char long_one[700];

	(void)state;
	fake_use_model();
	memset(long_one, 'a', sizeof long_one);
	long_one[sizeof long_one - 1] = '\0';
	const char *const useless[] = {"", "two\nlines", long_one};

	for (size_t i = 0; i < ROWS(useless); i++) {
		ask("Why is it so?", later);
		fake_say(useless[i]);
		expect_rewritten(plain);
	}
	ask("Why is it so?", later);
	fake_say_cut("Why is a key");
	expect_rewritten(plain);
	for (int o = LLM_RETRY; o <= LLM_FILTERED; o++) {
		ask("Why is it so?", later);
		fake_trouble((enum llm_outcome)o, "down");
		expect_rewritten(plain);
	}
}

static void
test_nothing_relevant_asks_no_model(void **state)
{
	(void)state;
	fake_use_model();
	ask("What is love?", first);
	fake_give_row(irrelevant);
	assert_int_equal(fake_seen.asked, 0);
	assert_true(fake_has(fake_seen.result,
	    "I could not find an answer to that in the material of "
	    "Databases."));
	assert_true(fake_has(fake_seen.result, "\"sources\":[]"));
	assert_true(fake_has(fake_seen.result, "\"engine\":\"extractive\""));
	assert_false(fake_has(fake_seen.result, "notice"));
}

static void
test_model_away_waits_then_quotes(void **state)
{
	(void)state;
	fake_use_model();
	ask("What is a key?", first);
	fake_give_row(passages);
	fake_trouble(LLM_RETRY, "provider_rate_limited");
	assert_string_equal(fake_seen.end, "retry");
	assert_string_equal(fake_seen.code, "provider_rate_limited");
	assert_int_equal(fake_seen.retry_after_ms, 7000);
	assert_string_equal(fake_seen.effects, "{\"usage\":[{\"n\":1}]}");

	ask("What is a key?", first);
	fake_job.attempt = 3;
	fake_give_row(passages);
	fake_trouble(LLM_RETRY, "provider_rate_limited");
	assert_string_equal(fake_seen.end, "complete");
	assert_true(fake_has(fake_seen.result, QUOTED));
	assert_true(fake_has(fake_seen.result,
	    "\"notice\":\"No language model "
	    "was available, so this answer "
	    "is quoted word for word.\""));
	assert_true(fake_has(fake_seen.effects, "\"usage\":[{\"n\":1}]"));

	ask("What is a key?", first);
	fake_give_row(passages);
	fake_trouble(LLM_PERMANENT, "provider_auth");
	assert_string_equal(fake_seen.end, "complete");
	assert_true(fake_has(fake_seen.result, "\"notice\":"));
	assert_true(fake_has(fake_seen.result, "\"engine\":\"extractive\""));
}

static void
test_model_away_and_nothing_to_quote(void **state)
{
	(void)state;
	fake_use_model();
	ask("Unlike anything?", first);
	fake_give_row("{\"courseName\":\"Databases\",\"found\":true,"
		      "\"passages\":[{\"title\":\"Keys\",\"content\":\"Keys\","
		      "\"relevance\":0.9}],\"terms\":[]}");
	fake_trouble(LLM_PERMANENT, "provider_auth");
	assert_true(fake_has(fake_seen.result, "I could not find an answer"));
	assert_true(fake_has(fake_seen.result, "\"notice\":"));
}

static void
test_too_long_a_prompt_is_halved_once(void **state)
{
	static const char three[] =
	    "{\"courseName\":\"Databases\",\"found\":true,\"passages\":["
	    "{\"title\":\"A\",\"content\":\"A key is a "
	    "column.\",\"relevance\":1},"
	    "{\"title\":\"B\",\"content\":\"The second.\",\"relevance\":1},"
	    "{\"title\":\"C\",\"content\":\"The third.\",\"relevance\":1}],"
	    "\"terms\":[{\"word\":\"key\",\"stem\":\"key\",\"weight\":2}]}";

	(void)state;
	fake_use_model();
	ask("What is a key?", first);
	fake_give_row(three);
	fake_trouble(LLM_PERMANENT, "provider_context_length");
	assert_int_equal(fake_seen.asked, 2);
	assert_true(fake_has(fake_seen.contents[1], "The second."));
	assert_false(fake_has(fake_seen.contents[1], "The third."));
	fake_say("So.");
	assert_true(fake_has(fake_seen.result,
	    "\"sources\":[{\"title\":\"A\"},{\"title\":\"B\"}]"));

	ask("What is a key?", first);
	fake_give_row(three);
	fake_trouble(LLM_PERMANENT, "provider_context_length");
	fake_trouble(LLM_PERMANENT, "provider_context_length");
	assert_int_equal(fake_seen.asked, 2);
	assert_true(fake_has(fake_seen.result, "\"notice\":"));
	ask("What is a key?", first);
	fake_give_row(passages);
	fake_trouble(LLM_PERMANENT, "provider_context_length");
	assert_int_equal(fake_seen.asked, 1);
	assert_true(fake_has(fake_seen.result, "\"notice\":"));
}

static void
test_model_declines(void **state)
{
	(void)state;
	fake_use_model();
	ask("What is a key?", first);
	fake_give_row(passages);
	fake_trouble(LLM_FILTERED, "provider_filtered");
	assert_true(fake_has(
	    fake_seen.result, "The language model declined to answer"));
	assert_true(fake_has(fake_seen.result, "\"sources\":[]"));
}

static void
test_course_is_gone(void **state)
{
	(void)state;
	ask("What is a key?", "{\"found\":false}");
	assert_string_equal(fake_seen.end, "fail");
	assert_string_equal(fake_seen.code, "course_not_found");
	ask("What is a key?", first);
	fake_give_row("{\"courseName\":null,\"found\":false,\"passages\":[],"
		      "\"terms\":[]}");
	assert_string_equal(fake_seen.code, "course_not_found");
	ask("What is a key?", first);
	fake_give_row("no json");
	assert_string_equal(fake_seen.code, "database_error");
	ask("What is a key?", first);
	fake_give_row(NULL);
	assert_string_equal(fake_seen.code, "database_error");
}

static void
test_bad_payload(void **state)
{
	static const char *const payloads[] = {"{}", "{\"question\":\"\"}",
	    "{\"question\":3,\"courseId\":\"" FAKE_COURSE "\"}",
	    "{\"question\":\"A?\"}", "{\"question\":\"A?\",\"courseId\":\"x\"}",
	    "[]"};

	(void)state;
	for (size_t i = 0; i < ROWS(payloads); i++) {
		fake_start("AI_QUERY", payloads[i]);
		assert_string_equal(fake_seen.end, "fail");
		assert_string_equal(fake_seen.code, "bad_payload");
	}
}

static void
test_cancel_at_every_step(void **state)
{
	(void)state;
	fake_use_model();
	ask("Why is it so?", later);
	fake_cancel();
	assert_true(fake_seen.is_call_cancelled);
	ask("Why is it so?", later);
	fake_say("Why is a key unique?");
	fake_cancel();
	assert_true(fake_seen.is_query_cancelled);
	ask("Why is it so?", later);
	fake_say("Why is a key unique?");
	fake_give_row(passages);
	fake_cancel();
	assert_true(fake_seen.is_call_cancelled);
	assert_null(fake_seen.end);
}

int
main(void)
{
#define WITH(test)                                                             \
	cmocka_unit_test_setup_teardown(test, fake_setup, fake_teardown)
	const struct CMUnitTest tests[] = {
	    WITH(test_without_model),
	    WITH(test_follow_up_without_model),
	    WITH(test_first_question_with_model),
	    WITH(test_follow_up_with_model),
	    WITH(test_rewriting_that_fails_falls_back),
	    WITH(test_nothing_relevant_asks_no_model),
	    WITH(test_model_away_waits_then_quotes),
	    WITH(test_model_away_and_nothing_to_quote),
	    WITH(test_too_long_a_prompt_is_halved_once),
	    WITH(test_model_declines),
	    WITH(test_course_is_gone),
	    WITH(test_bad_payload),
	    WITH(test_cancel_at_every_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
