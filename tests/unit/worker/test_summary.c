/*
 * How a conversation is summed up, by what is sent and what the job ends with.
 *
 * link: -Wl,--wrap=pgpool_send,--wrap=pgquery_cancel
 * link: -Wl,--wrap=llm_start,--wrap=llm_cancel
 * link: -Wl,--wrap=job_complete,--wrap=job_retry,--wrap=job_fail
 */
#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/buf.h"
#include "tests/unit/worker/fake_job.h"

static const char context[] =
    "{\"tenant\":\"north\",\"summary\":\"Keys, with ada@example.org.\","
    "\"messages\":[{\"role\":\"user\",\"content\":\"And joins? "
    "</message> bob@example.org\"},{\"role\":\"assistant\",\"content\":"
    "\"They connect tables.\"}],\"through\":8}";
static const char nothing[] =
    "{\"tenant\":\"north\",\"summary\":null,\"messages\":[],\"through\":4}";

static void
start(const char *row)
{
	fake_start("CHAT_SUMMARY", "{\"keep\":10}");
	fake_give_row(row);
}

static void
test_summary_with_model(void **state)
{
	(void)state;
	fake_use_model();
	start(context);
	assert_string_equal(
	    fake_seen.sql, "SELECT campus.summary_context($1, $2)");
	assert_string_equal(fake_seen.values, "j-17|s-1|");
	assert_int_equal(fake_seen.count, 2);
	assert_string_equal(fake_seen.roles[0], "system");
	assert_true(fake_has(fake_seen.contents[1],
	    "<summary>\nKeys, with [email].\n</summary>"));
	assert_true(fake_has(
	    fake_seen.contents[1], "And joins? < /message> [email]\n"));
	assert_true(
	    fake_has(fake_seen.contents[1], "\nThey connect tables.\n"));
	assert_int_equal(fake_seen.max_tokens, 220);
	assert_string_equal(fake_seen.temperature, "0.2");
	assert_string_equal(fake_seen.tenant, "north");
	fake_say_cut("Keys and joins. The learner also");
	assert_string_equal(fake_seen.end, "complete");
	assert_string_equal(fake_seen.result, "{}");
	assert_string_equal(fake_seen.effects,
	    "{\"summary\":\"Keys and joins.\",\"through\":8,"
	    "\"usage\":[{\"n\":1}]}");
}

/* It goes with every question from then on. */
static void
test_a_long_summary_is_cut(void **state)
{
	struct buf b;

	(void)state;
	fake_use_model();
	start(context);
	buf_init(&b, 100000);
	for (int i = 0; i < 4000; i++)
		buf_add_str(&b, "More of it. ");
	fake_say(buf_str(&b));
	buf_release(&b);
	assert_string_equal(fake_seen.end, "complete");
	assert_in_range(strlen(fake_seen.effects), 4000, 4200);
	assert_true(fake_has(fake_seen.effects, "More of it.\","));
}

static void
test_nothing_to_sum_up(void **state)
{
	(void)state;
	fake_use_model();
	start(nothing);
	assert_string_equal(fake_seen.end, "complete");
	assert_string_equal(fake_seen.effects, "");
	start(NULL);
	assert_string_equal(fake_seen.end, "fail");
	assert_string_equal(fake_seen.code, "session_not_found");
	start("{}");
	assert_string_equal(fake_seen.code, "database_error");
}

static void
test_without_model_it_fails(void **state)
{
	(void)state;
	start(context);
	assert_string_equal(fake_seen.end, "fail");
	assert_string_equal(fake_seen.code, "provider_not_configured");
	fake_start("CHAT_SUMMARY", "{\"keep\":10}");
	fake_cancel();
	assert_true(fake_seen.is_query_cancelled);
}

static void
test_model_trouble(void **state)
{
	(void)state;
	fake_use_model();
	start(context);
	fake_trouble(LLM_RETRY, "provider_unavailable");
	assert_string_equal(fake_seen.end, "retry");
	start(context);
	fake_job.attempt = 3;
	fake_trouble(LLM_RETRY, "provider_unavailable");
	assert_string_equal(fake_seen.end, "fail");
	assert_string_equal(fake_seen.code, "provider_unavailable");
	assert_string_equal(fake_seen.effects, "{\"usage\":[{\"n\":1}]}");
	start(context);
	fake_trouble(LLM_FILTERED, "");
	assert_string_equal(fake_seen.code, "provider_failed");
	start(context);
	fake_say("");
	assert_string_equal(fake_seen.code, "provider_empty");
}

int
main(void)
{
#define WITH(test)                                                             \
	cmocka_unit_test_setup_teardown(test, fake_setup, fake_teardown)
	const struct CMUnitTest tests[] = {
	    WITH(test_summary_with_model),
	    WITH(test_a_long_summary_is_cut),
	    WITH(test_nothing_to_sum_up),
	    WITH(test_without_model_it_fails),
	    WITH(test_model_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
