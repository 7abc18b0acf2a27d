/* link: -Wl,--wrap=pgconn_send,--wrap=pgconn_is_up */
#include "tests/unit/common/unit.h"

#include "tests/unit/worker/fake_pgconn.h"
#include "worker/pump.h"

#define ID "01a20acb-0000-7000-8000-00000000000a"
#define ROW(token, seq)                                                        \
	ID, token, "1", "3", "ECHO", "7", "2", seq, ID, NULL, "{}"

enum { LIMIT = 2, CURSOR_TYPES = 6, CURSOR_SEQS = 8 }; /* parameters */

static const char *const columns[] = {"job_id", "token", "attempt",
    "max_attempts", "job_type", "type_id", "priority", "seq", "user_id",
    "session_id", "payload", NULL};
static const char *const two_rows[] = {ROW("1", "9001"), ROW("2", "9000")};

static uv_loop_t loop;
static struct conf conf;
static struct pump *pump;
static size_t places;
static int jobs, claims;

static size_t
count_places(void *ctx)
{
	(void)ctx;
	return places;
}

static void
on_job(void *ctx, const struct claim_row *row, int64_t sent_ms)
{
	(void)ctx;
	(void)sent_ms;
	jobs++;
	assert_string_equal(row->type, "ECHO");
	assert_int_equal(row->max_attempts, 3);
	assert_false(row->has_session);
	places--;
}

static void
on_claimed(void *ctx)
{
	(void)ctx;
	claims++;
}

static int
set_up(void **state)
{
	const struct pump_events events = {
	    .places = count_places,
	    .on_job = on_job,
	    .on_claimed = on_claimed,
	};
	static char types[] = "*";

	(void)state;
	fake_reset(true);
	places = 1000;
	jobs = claims = 0;
	conf.worker.types = types;
	conf.worker.lease_ms = 30000;
	conf.worker.deadline_ms = 120000;
	conf.database.statement_timeout_ms = 1000;
	(void)uv_loop_init(&loop);
	pump = pump_new(&loop, NULL, &conf, false, &events);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	pump_close(pump);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	fake_reset(false);
	return uv_loop_close(&loop);
}

static void
turn(void)
{
	(void)uv_run(&loop, UV_RUN_NOWAIT);
}

static void
answer_nothing(void)
{
	fake_answer(columns, NULL, 0);
	turn();
}

static void
test_any_number_of_bells_is_one_claim(void **state)
{
	(void)state;
	pump_wake(pump);
	turn();
	assert_int_equal(fake_sent_count(), 0); /* not started */
	pump_start(pump, 42);
	turn();
	assert_int_equal(fake_sent_count(), 1);
	assert_string_equal(fake_sent(0)->values[0], "42");
	assert_string_equal(fake_sent(0)->values[1], "(null)");
	assert_string_equal(fake_sent(0)->values[LIMIT], "100");
	for (int i = 0; i < 10; i++) {
		pump_wake(pump);
		turn();
	}
	assert_int_equal(fake_sent_count(), 1);
	assert_true(pump_is_busy(pump));
	answer_nothing(); /* the bells that came meanwhile */
	assert_int_equal(fake_sent_count(), 1);
	answer_nothing();
	assert_int_equal(fake_sent_count(), 0);
	assert_int_equal(claims, 2);
}

static void
test_full_claims_go_on_with_a_cursor(void **state)
{
	(void)state;
	places = 2;
	pump_start(pump, 1);
	turn();
	assert_string_equal(fake_sent(0)->values[LIMIT], "2");
	assert_string_equal(fake_sent(0)->values[CURSOR_TYPES], "{}");
	fake_answer(columns, two_rows, 2);
	turn();
	assert_int_equal(jobs, 2);
	assert_int_equal(fake_sent_count(), 0); /* no place */
	places = 1;
	pump_look(pump);
	turn();
	assert_string_equal(fake_sent(0)->values[LIMIT], "1");
	assert_string_equal(fake_sent(0)->values[CURSOR_TYPES], "{7}");
	assert_string_equal(fake_sent(0)->values[CURSOR_SEQS], "{8500}");
	assert_false(pump_is_dry(pump));
	answer_nothing();
	pump_look(pump); /* the last one was not full */
	turn();
	assert_int_equal(fake_sent_count(), 0);
	assert_false(pump_is_dry(pump)); /* a cursor may have hidden some */
	pump_widen(pump);
	turn();
	assert_string_equal(fake_sent(0)->values[CURSOR_TYPES], "{}");
	answer_nothing();
	assert_true(pump_is_dry(pump));
}

static void
test_failure_waits_for_a_wake(void **state)
{
	(void)state;
	pump_start(pump, 1);
	turn();
	fake_fail(ERR_DB_RETRY);
	turn();
	pump_look(pump);
	turn();
	assert_int_equal(fake_sent_count(), 0);
	assert_false(pump_is_dry(pump));
	fake_set_up(false);
	pump_wake(pump);
	turn();
	assert_int_equal(fake_sent_count(), 0);
	fake_set_up(true);
	pump_wake(pump);
	turn();
	assert_int_equal(fake_sent_count(), 1);
}

static void
test_stop_is_for_good(void **state)
{
	(void)state;
	places = 2;
	pump_start(pump, 1);
	turn();
	pump_stop(pump);
	fake_answer(columns, two_rows, 2); /* still handed on */
	assert_int_equal(jobs, 2);
	places = 2;
	pump_wake(pump);
	turn();
	assert_int_equal(fake_sent_count(), 0);
	assert_false(pump_is_busy(pump));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_any_number_of_bells_is_one_claim, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_full_claims_go_on_with_a_cursor, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_failure_waits_for_a_wake, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_stop_is_for_good, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
