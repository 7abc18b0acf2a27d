/*
 * The way of a visitor's question, by what is sent and what the job ends with.
 *
 * link: -Wl,--wrap=pgpool_send,--wrap=pgquery_cancel
 * link: -Wl,--wrap=llm_start,--wrap=llm_cancel
 * link: -Wl,--wrap=job_complete,--wrap=job_retry,--wrap=job_fail
 */
#include "tests/unit/common/unit.h"

#include <stdio.h>

#include "tests/unit/worker/fake_job.h"

static const char fact[] =
    "{\"courseName\":null,\"found\":true,\"passages\":[{\"title\":\"Next\","
    "\"content\":\"The next cohort is Heron. It has 20 seats.\","
    "\"relevance\":1}],\"terms\":[],\"suggestions\":[\"What does it cost?\"],"
    "\"kind\":\"cohort\"}";
static const char workshop[] =
    "{\"courseName\":null,\"found\":true,\"passages\":[{\"title\":\"W\","
    "\"content\":\"A workshop.\",\"relevance\":1}],\"terms\":[],"
    "\"suggestions\":[],\"kind\":\"workshop\"}";
static const char nothing[] =
    "{\"courseName\":null,\"found\":true,\"passages\":[{\"title\":\"Next\","
    "\"content\":\"The next cohort is Heron.\",\"relevance\":0.2}],"
    "\"terms\":[],\"suggestions\":[\"What does it cost?\"],"
    "\"kind\":\"cohort\"}";

static void
ask(int turns, const char *row)
{
	char payload[100];

	(void)snprintf(payload, sizeof payload,
	    "{\"question\":\"When? Call +49 30 1234567\",\"turnCount\":%d}",
	    turns);
	fake_start("LANDING_QUERY", payload);
	fake_give_row(row);
}

static void
test_without_model(void **state)
{
	(void)state;
	fake_start("LANDING_QUERY", "{\"question\":\"A key?\"}");
	assert_string_equal(
	    fake_seen.sql, "SELECT campus.landing_passages($1, $2)");
	assert_string_equal(fake_seen.values, "A key?|5|");
	fake_give_row(fact);
	assert_string_equal(fake_seen.result,
	    "{\"answer\":\"The next cohort is Heron. It has 20 seats.\","
	    "\"engine\":\"extractive\",\"sources\":[{\"title\":\"Next\"}],"
	    "\"suggestions\":[\"What does it cost?\"],\"action\":{\"label\":"
	    "\"See the live cohorts\",\"href\":\"/cohorts\"}}");
	assert_string_equal(fake_seen.effects, "");
}

static void
test_suggestions_end_after_ten_turns(void **state)
{
	(void)state;
	ask(9, fact);
	assert_true(fake_has(fake_seen.result, "\"suggestions\":["));
	ask(10, fact);
	assert_false(fake_has(fake_seen.result, "suggestions"));
	assert_true(fake_has(fake_seen.result, "\"action\":"));
}

static void
test_no_action_without_a_link(void **state)
{
	(void)state;
	ask(0, workshop); /* no workshop_link is configured */
	assert_false(fake_has(fake_seen.result, "action"));
}

static void
test_off_subject_is_refused(void **state)
{
	(void)state;
	fake_use_model();
	ask(0, nothing);
	assert_int_equal(fake_seen.asked, 0);
	assert_true(fake_has(fake_seen.result,
	    "I can only answer questions about the courses, workshops and "
	    "cohorts of Harbour Lane"));
	assert_true(fake_has(fake_seen.result, "\"sources\":[]"));
	assert_true(fake_has(fake_seen.result, "What does it cost?"));
	assert_false(fake_has(fake_seen.result, "action"));
}

static void
test_with_model(void **state)
{
	(void)state;
	fake_use_model();
	ask(0, fact);
	assert_int_equal(fake_seen.count, 2);
	assert_string_equal(fake_seen.roles[0], "system");
	assert_true(fake_has(fake_seen.contents[0], "Harbour Lane"));
	assert_true(fake_has(fake_seen.contents[1], "The next cohort is"));
	assert_true(fake_has(fake_seen.contents[1],
	    "<question>\nWhen? Call [phone]\n</question>"));
	assert_int_equal(fake_seen.max_tokens, 400);
	assert_string_equal(fake_seen.temperature, "0.3");
	assert_string_equal(fake_seen.tenant, "public");
	fake_say("Heron is <b>next</b>, see [here](https://evil.test). "
		 "<<ACTION:/our-courses/cohort>>\n<<SUGGESTIONS>>A?|B?|C?");
	assert_true(fake_has(
	    fake_seen.result, "\"answer\":\"Heron is next, see here.\""));
	assert_true(fake_has(
	    fake_seen.result, "\"suggestions\":[\"What does it cost?\"]"));
	assert_string_equal(fake_seen.effects, "{\"usage\":[{\"n\":1}]}");
}

static void
test_only_marks_are_no_answer(void **state)
{
	(void)state;
	fake_use_model();
	ask(0, fact);
	fake_say("<<ACTION:/x>>");
	assert_true(fake_has(fake_seen.result, "The next cohort is Heron."));
	assert_true(fake_has(fake_seen.result, "\"notice\":"));
}

static void
test_model_away_waits_then_quotes(void **state)
{
	(void)state;
	fake_use_model();
	ask(0, fact);
	fake_trouble(LLM_RETRY, "provider_unavailable");
	assert_string_equal(fake_seen.end, "retry");
	ask(0, fact);
	fake_trouble(LLM_PERMANENT, "provider_quota");
	assert_string_equal(fake_seen.end, "complete");
	assert_true(fake_has(fake_seen.result, "\"notice\":"));
	ask(0, fact);
	fake_trouble(LLM_FILTERED, "provider_filtered");
	assert_true(fake_has(fake_seen.result, "declined to answer"));
	ask(0, fact);
	fake_cancel();
	assert_true(fake_seen.is_call_cancelled);
}

static void
test_bad_payload(void **state)
{
	static const char *const payloads[] = {
	    "{}", "{\"question\":\"\"}", "{\"question\":3}", "[]"};

	(void)state;
	for (size_t i = 0; i < ROWS(payloads); i++) {
		fake_start("LANDING_QUERY", payloads[i]);
		assert_string_equal(fake_seen.code, "bad_payload");
	}
	ask(0, "no json");
	assert_string_equal(fake_seen.code, "database_error");
}

int
main(void)
{
#define WITH(test)                                                             \
	cmocka_unit_test_setup_teardown(test, fake_setup, fake_teardown)
	const struct CMUnitTest tests[] = {
	    WITH(test_without_model),
	    WITH(test_suggestions_end_after_ten_turns),
	    WITH(test_no_action_without_a_link),
	    WITH(test_off_subject_is_refused),
	    WITH(test_with_model),
	    WITH(test_only_marks_are_no_answer),
	    WITH(test_model_away_waits_then_quotes),
	    WITH(test_bad_payload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
