/* link: -Wl,--wrap=pgconn_send,--wrap=pgconn_is_up */
#include "tests/unit/common/unit.h"

#include <stdio.h>

#include "tests/unit/worker/fake_pgconn.h"
#include "worker/lease.h"

static const char *const columns[] = {"job_id", "token", NULL};

static uv_loop_t loop;
static struct attempts attempts;
static struct settle *settle;
static struct leases *leases;
static int64_t lost_sum;
static int lost;

static void
on_lost(void *ctx, struct attempt *a)
{
	(void)ctx;
	lost++;
	lost_sum += a->job.token;
	attempts_remove(&attempts, a);
}

static void
on_settled(void *ctx, bool has_retries)
{
	(void)ctx;
	(void)has_retries;
}

static struct attempt *
add(int64_t token)
{
	struct uuid id;
	struct attempt *a;

	uuid_mint(&id);
	a = attempts_add(&attempts, &id, &uuid_nobody, NULL, "ECHO");
	a->job.token = token;
	return a;
}

static int
set_up(void **state)
{
	(void)state;
	fake_reset(true);
	lost = 0;
	lost_sum = 0;
	(void)uv_loop_init(&loop);
	attempts_init(&attempts, 10);
	settle = settle_new(&loop, NULL, 1000, on_settled, NULL);
	leases = leases_new(
	    &loop, NULL, &attempts, settle, 30000, 10000, 1000, on_lost, NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	leases_close(leases);
	settle_close(settle);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	attempts_release(&attempts);
	fake_reset(false);
	return uv_loop_close(&loop);
}

static void
test_what_is_missing_is_lost(void **state)
{
	struct attempt *a = add(5), *b = add(6), *c = add(7);
	const char *cells[4] = {a->id.text, "5", c->id.text, "99"};
	char want[64];

	(void)state;
	(void)snprintf(want, sizeof want, "{%s,", a->id.text);
	leases_renew(leases);
	leases_renew(leases); /* the first is under way */
	assert_int_equal(fake_sent_count(), 1);
	assert_memory_equal(fake_sent(0)->values[0], want, 38);
	assert_string_equal(fake_sent(0)->values[1], "{5,6,7}");
	assert_string_equal(fake_sent(0)->values[2], "30000");
	(void)add(8); /* claimed after the question */
	fake_answer(columns, cells, 2);
	/* b is not named, and c only with another's token */
	assert_int_equal(lost, 2);
	assert_int_equal(lost_sum, 6 + 7);
	assert_int_equal(attempts.n, 2);
	(void)b;

	leases_renew(leases);
	assert_string_equal(fake_sent(0)->values[1], "{5,8}");
}

static void
test_no_answer_loses_nothing(void **state)
{
	(void)state;
	leases_renew(leases);
	assert_int_equal(fake_sent_count(), 0); /* nothing to renew */
	(void)add(5);
	fake_set_up(false);
	leases_renew(leases);
	assert_int_equal(fake_sent_count(), 0);
	fake_set_up(true);
	leases_renew(leases);
	fake_fail(ERR_DB_UNSURE);
	assert_int_equal(lost, 0);
	leases_renew(leases);
	assert_int_equal(fake_sent_count(), 1);
}

/* Whether they wait for their statement, are in it, or have failed in it. */
static void
test_outcomes_are_renewed_until_they_are_stored(void **state)
{
	struct outcome *o = outcome_failed(
	    OUTCOME_RETRY, "Later.", "x", NULL, 0, NULL);

	(void)state;
	uuid_mint(&o->job_id);
	o->token = 4;
	(void)add(5);
	settle_add(settle, o);
	leases_renew(leases);
	assert_string_equal(fake_sent(0)->values[1], "{4,5}");
	fake_answer(columns, NULL, 0);
	assert_int_equal(lost, 1); /* the attempt; settle tells of the other */

	(void)uv_run(&loop, UV_RUN_NOWAIT);
	fake_fail(ERR_DB_RETRY); /* of settle */
	leases_renew(leases);
	assert_string_equal(fake_sent(0)->values[1], "{4}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_what_is_missing_is_lost, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_no_answer_loses_nothing, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_outcomes_are_renewed_until_they_are_stored, set_up,
		tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
