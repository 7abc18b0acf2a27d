/*
 * A flow of its own: steps that lead to others, ends that carry what the models
 * have used, and cancelling anywhere.
 *
 * link: -Wl,--wrap=pgpool_send,--wrap=pgquery_cancel
 * link: -Wl,--wrap=llm_start,--wrap=llm_cancel
 * link: -Wl,--wrap=job_complete,--wrap=job_retry,--wrap=job_fail
 */
#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/mem.h"
#include "tests/unit/worker/fake_job.h"
#include "worker/assistant/assistant.h"
#include "worker/assistant/flow.h"

enum { LOOK_UP, ASK, ASK_AGAIN, END };

static int released;

static void
release(void *state)
{
	released++;
	mem_free(state);
}

static int
look_up(struct flow *f)
{
	const char *values[] = {f->state, NULL};

	return flow_query(f, "SELECT $1, $2", 2, values);
}

static int
on_row(struct flow *f, const char *value)
{
	json_object *o = flow_object(value);
	bool is_found = json_get(o, "found") != NULL;

	json_object_put(o);
	if (value == NULL)
		return flow_fail(f, "Nothing there.", "gone", NULL);
	if (!is_found)
		return FLOW_BROKEN;
	return ASK;
}

static int
ask(struct flow *f)
{
	const struct llm_message message = {.role = "user", .content = "Hm?"};

	return flow_ask(f,
	    &(struct llm_request){.messages = &message,
		.count = 1,
		.tenant = "t",
		.temperature = "0"});
}

static int
on_first(struct flow *f, const struct llm_answer *answer)
{
	(void)f;
	return answer->outcome == LLM_COMPLETED ? END : ASK_AGAIN;
}

static int
on_second(struct flow *f, const struct llm_answer *answer)
{
	return answer->outcome == LLM_COMPLETED
	    ? END
	    : flow_fail(f, "No.", answer->code, NULL);
}

static int
end(struct flow *f)
{
	return flow_complete(f, json_object_new_object(), NULL);
}

static const struct flow_step steps[] = {
    [LOOK_UP] = {.name = "look_up", .start = look_up, .on_row = on_row},
    [ASK] = {.name = "ask", .start = ask, .on_answer = on_first},
    [ASK_AGAIN] = {.name = "ask_again",
	.start = ask,
	.on_answer = on_second,
	.is_worth_waiting = true},
    [END] = {.name = "end", .start = end},
};
static const struct flow_table table = {steps, release};

/* A job that fake_start() has made, with another pipeline. */
static void
start(void)
{
	fake_start("LANDING_QUERY", "{\"question\":\"?\"}");
	fake_cancel();
	fake_seen.is_query_cancelled = false;
	released = 0;
	flow_start(&fake_job, &table, x_strdup("state"));
}

static void
test_steps_follow_each_other(void **state)
{
	(void)state;
	start();
	assert_string_equal(fake_seen.sql, "SELECT $1, $2");
	assert_string_equal(fake_seen.values, "state|(null)|");
	fake_give_row("{\"found\":1}");
	assert_int_equal(fake_seen.asked, 1);
	assert_int_equal(released, 0);
	fake_say("Well.");
	assert_string_equal(fake_seen.end, "complete");
	assert_string_equal(fake_seen.effects, "{\"usage\":[{\"n\":1}]}");
	assert_int_equal(released, 1);
}

static void
test_usage_of_all_calls_is_in_every_end(void **state)
{
	(void)state;
	start();
	fake_give_row("{\"found\":1}");
	fake_trouble(LLM_RETRY, "busy"); /* not worth waiting here */
	assert_int_equal(fake_seen.asked, 2);
	fake_trouble(LLM_RETRY, "busy");
	assert_string_equal(fake_seen.end, "retry");
	assert_string_equal(fake_seen.code, "busy");
	assert_int_equal(fake_seen.retry_after_ms, 7000);
	assert_string_equal(
	    fake_seen.effects, "{\"usage\":[{\"n\":1},{\"n\":2}]}");
	assert_int_equal(released, 1);

	start();
	fake_job.attempt = 3;
	fake_give_row("{\"found\":1}");
	fake_trouble(LLM_PERMANENT, "down");
	fake_trouble(LLM_RETRY, "busy"); /* and no attempt left */
	assert_string_equal(fake_seen.end, "fail");
	assert_string_equal(
	    fake_seen.effects, "{\"usage\":[{\"n\":1},{\"n\":2}]}");
}

static void
test_database_trouble_waits(void **state)
{
	static const char *const values[] = {"{}", "[1]", "no json", ""};

	(void)state;
	for (size_t i = 0; i < ROWS(values); i++) {
		start();
		fake_give_row(values[i]);
		assert_string_equal(fake_seen.end, "retry");
		assert_string_equal(fake_seen.code, "database_error");
		assert_int_equal(fake_seen.retry_after_ms, -1);
		assert_string_equal(fake_seen.effects, "");
		assert_int_equal(released, 1);
	}
	start();
	fake_give_error(ERR_DB);
	assert_string_equal(fake_seen.code, "database_error");
	start();
	fake_give_rows(0);
	assert_string_equal(fake_seen.code, "database_error");
	start();
	fake_give_rows(2);
	assert_string_equal(fake_seen.code, "database_error");
	start();
	fake_give_row(NULL);
	assert_string_equal(fake_seen.code, "gone");
	assert_int_equal(released, 1);
}

static void
test_cancel_anywhere(void **state)
{
	(void)state;
	start();
	flow_cancel(&fake_job);
	assert_true(fake_seen.is_query_cancelled);
	assert_false(fake_seen.is_call_cancelled);
	assert_int_equal(released, 1);
	flow_cancel(&fake_job);
	assert_int_equal(released, 1);

	start();
	fake_give_row("{\"found\":1}");
	fake_trouble(LLM_PERMANENT, "down");
	flow_cancel(&fake_job);
	assert_false(fake_seen.is_query_cancelled);
	assert_true(fake_seen.is_call_cancelled);
	assert_int_equal(released, 1);
	assert_null(fake_seen.end);
}

int
main(void)
{
#define WITH(test)                                                             \
	cmocka_unit_test_setup_teardown(test, fake_setup, fake_teardown)
	const struct CMUnitTest tests[] = {
	    WITH(test_steps_follow_each_other),
	    WITH(test_usage_of_all_calls_is_in_every_end),
	    WITH(test_database_trouble_waits),
	    WITH(test_cancel_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
