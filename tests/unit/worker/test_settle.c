/* link: -Wl,--wrap=pgconn_send,--wrap=pgconn_is_up */
#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/log.h"
#include "tests/unit/worker/fake_pgconn.h"
#include "worker/settle.h"

#define ID_A "01a20acb-0000-7000-8000-00000000000a"
#define ID_B "01a20acb-0000-7000-8000-00000000000b"

static const char *const verdict_columns[] = {
    "job_id", "token", "verdict", NULL};
static const char *const bell_columns[] = {"pg_notify", NULL};
static const char *const bell_cells[] = {""};

static uv_loop_t loop;
static struct settle *settle;
static int settled, retries;

static void
no_log(const char *line)
{
	(void)line;
}

static void
on_settled(void *ctx, bool has_retries)
{
	(void)ctx;
	settled++;
	retries += has_retries;
}

static int
set_up(void **state)
{
	(void)state;
	log_capture(no_log);
	fake_reset(true);
	settled = retries = 0;
	(void)uv_loop_init(&loop);
	settle = settle_new(&loop, NULL, 1000, on_settled, NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	settle_close(settle);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	fake_reset(false);
	log_capture(NULL);
	return uv_loop_close(&loop);
}

static void
turn(void)
{
	(void)uv_run(&loop, UV_RUN_NOWAIT);
}

static void
add(const char *id, int64_t token, struct outcome *o)
{
	assert_true(uuid_parse(id, strlen(id), &o->job_id));
	o->token = token;
	o->attempt = 1;
	settle_add(settle, o);
}

static struct outcome *
completed(void)
{
	return outcome_completed(json_object_new_object(), NULL);
}

static void
test_gathers_and_rings(void **state)
{
	static const char *const cells[] = {
	    ID_B, "2", "RETRY", ID_A, "1", "COMPLETED"};

	(void)state;
	add(ID_A, 1, completed());
	add(ID_B, 2,
	    outcome_failed(OUTCOME_RETRY, "Later.", "x", NULL, 5, NULL));
	assert_int_equal(fake_sent_count(), 0);
	turn();
	assert_int_equal(fake_sent_count(), 1);
	assert_string_equal(fake_sent(0)->values[1], "{1,2}");
	add(ID_A, 3, completed());
	turn();
	assert_int_equal(fake_sent_count(), 1);
	assert_int_equal(settle_load(settle), 3);

	fake_answer(verdict_columns, cells, 2);
	assert_int_equal(settle_load(settle), 1);
	assert_int_equal(settled, 1);
	assert_int_equal(retries, 1);
	turn();
	/* one bell, for the one that has ended; then the third */
	assert_int_equal(fake_sent_count(), 2);
	assert_non_null(strstr(fake_sent(0)->sql, "job_done"));
	assert_string_equal(fake_sent(0)->values[0], ID_A);
	assert_string_equal(fake_sent(1)->values[1], "{3}");
	assert_false(settle_is_idle(settle));
	fake_answer(bell_columns, bell_cells, 1);
	fake_answer(
	    verdict_columns, (const char *const[]){ID_A, "3", "LOST"}, 1);
	turn();
	assert_int_equal(fake_sent_count(), 0);
	assert_true(settle_is_idle(settle));
}

static void
test_keeps_what_is_in_doubt(void **state)
{
	(void)state;
	add(ID_A, 1, completed());
	turn();
	fake_set_up(false);
	fake_fail(ERR_DB_UNSURE);
	settle_resume(settle);
	turn();
	assert_int_equal(fake_sent_count(), 0);
	assert_int_equal(settle_load(settle), 1);
	fake_set_up(true);
	settle_resume(settle);
	turn();
	assert_int_equal(fake_sent_count(), 1);
	assert_string_equal(fake_sent(0)->values[1], "{1}");
}

static void
test_waits_before_it_tries_again(void **state)
{
	(void)state;
	add(ID_A, 1, completed());
	turn();
	fake_fail(ERR_DB_RETRY); /* but the connection is up */
	turn();
	assert_int_equal(fake_sent_count(), 0);
	(void)uv_run(&loop, UV_RUN_ONCE); /* until the timer */
	turn();
	assert_int_equal(fake_sent_count(), 1);
}

static void
test_finds_the_one_that_is_refused(void **state)
{
	static const char *const good[] = {ID_A, "1", "COMPLETED"};

	(void)state;
	add(ID_A, 1, completed());
	add(ID_B, 2, completed());
	turn();
	fake_fail(ERR_BAD_INPUT);
	turn();
	assert_string_equal(fake_sent(0)->values[1], "{1}");
	fake_answer(verdict_columns, good, 1);
	turn();
	fake_answer(bell_columns, bell_cells, 1);
	assert_string_equal(fake_sent(0)->values[1], "{2}");
	assert_string_equal(fake_sent(0)->values[2], "{\"COMPLETED\"}");
	fake_fail(ERR_BAD_INPUT);
	turn();
	assert_string_equal(fake_sent(0)->values[2], "{\"FAILED\"}");
	assert_string_equal(fake_sent(0)->values[6], "{\"result_unstorable\"}");
	fake_fail(ERR_BAD_INPUT);
	turn();
	assert_int_equal(fake_sent_count(), 0);
	assert_true(settle_is_idle(settle));
}

/* Whatever the reason: what failed in company goes alone, at once. */
static void
test_one_that_is_held_up_lets_others_pass(void **state)
{
	(void)state;
	add(ID_A, 1, completed());
	add(ID_B, 2, completed());
	turn();
	fake_fail(ERR_DB_RETRY);
	turn();
	assert_string_equal(fake_sent(0)->values[1], "{1}");
	fake_fail(ERR_DB_RETRY); /* A is the one */
	turn();
	assert_string_equal(fake_sent(0)->values[1], "{2}");
	fake_answer(
	    verdict_columns, (const char *const[]){ID_B, "2", "LOST"}, 1);
	add(ID_B, 3, completed());
	add(ID_B, 4, completed());
	turn();
	assert_string_equal(fake_sent(0)->values[1], "{3,4}");
	assert_int_equal(settle_load(settle), 3);
	fake_fail(ERR_DB_UNSURE);
	settle_resume(settle); /* a new connection: nobody waits */
	turn();
	assert_string_equal(fake_sent(0)->values[1], "{3}");
	fake_answer(
	    verdict_columns, (const char *const[]){ID_B, "3", "LOST"}, 1);
	turn();
	fake_answer(
	    verdict_columns, (const char *const[]){ID_B, "4", "LOST"}, 1);
	turn();
	assert_string_equal(fake_sent(0)->values[1], "{1}");
	fake_answer(
	    verdict_columns, (const char *const[]){ID_A, "1", "COMPLETED"}, 1);
	turn();
	fake_answer(bell_columns, bell_cells, 1);
	assert_true(settle_is_idle(settle));
}

/* As when rights are being changed, or a function is missing for a moment. */
static void
test_a_refusal_for_another_reason_than_data_is_waited_out(void **state)
{
	(void)state;
	add(ID_A, 1, completed());
	turn();
	for (int i = 0; i < 2; i++) {
		fake_fail(ERR_DB);
		turn();
		assert_int_equal(fake_sent_count(), 0);
		(void)uv_run(&loop, UV_RUN_ONCE); /* until the timer */
		turn();
		assert_string_equal(fake_sent(0)->values[2], "{\"COMPLETED\"}");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_gathers_and_rings, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_keeps_what_is_in_doubt, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_waits_before_it_tries_again, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_finds_the_one_that_is_refused, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_one_that_is_held_up_lets_others_pass, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_a_refusal_for_another_reason_than_data_is_waited_out,
		set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
