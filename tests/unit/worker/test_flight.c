/* link: -Wl,--wrap=pgconn_send,--wrap=pgconn_is_up */
#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/log.h"
#include "tests/unit/worker/fake_pgconn.h"
#include "worker/flight.h"

static uv_loop_t loop;
static struct conf conf;
static struct runtimes runtimes;
static struct settle *settle;
static struct flight *flight;
static int started, cut;

static void
no_log(const char *line)
{
	(void)line;
}

static void
on_settled(void *ctx, bool has_retries)
{
	(void)ctx;
	(void)has_retries;
}

static void
on_landed(void *ctx)
{
	(void)ctx;
}

static void
echo_start(struct job *job)
{
	(void)job;
	started++;
}

static void
echo_cancel(struct job *job)
{
	(void)job;
	cut++;
}

static int
set_up(void **state)
{
	static const struct handler echo = {
	    .type = "ECHO", .start = echo_start, .cancel = echo_cancel};
	struct flight_setup setup = {
	    .conf = &conf,
	    .handlers = &echo,
	    .handler_count = 1,
	    .runtimes = &runtimes,
	    .on_landed = on_landed,
	};

	(void)state;
	log_capture(no_log);
	fake_reset(true);
	started = cut = 0;
	conf.worker.in_flight_max = 10;
	conf.worker.deadline_ms = 60000;
	(void)uv_loop_init(&loop);
	settle = settle_new(&loop, NULL, 1000, on_settled, NULL);
	setup.settle = settle;
	flight = flight_new(&loop, &setup);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	flight_close(flight);
	settle_close(settle);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	fake_reset(false);
	log_capture(NULL);
	return uv_loop_close(&loop);
}

static void
start(const struct uuid *id)
{
	const struct claim_row row = {
	    .job_id = *id,
	    .token = 1,
	    .attempt = 1,
	    .max_attempts = 3,
	    .type = "ECHO",
	    .payload = "{}",
	    .payload_len = 2,
	};

	flight_start(flight, &row, 0);
}

static void
test_cancel_cuts_it(void **state)
{
	struct uuid id;

	(void)state;
	uuid_mint(&id);
	start(&id);
	assert_int_equal(flight_attempts(flight)->n, 1);
	flight_cancel(flight, id.text);
	assert_int_equal(cut, 1);
	assert_int_equal(flight_attempts(flight)->n, 0);
	assert_int_equal(settle_load(settle), 0);
}

static void
test_cancel_that_comes_before_the_claim(void **state)
{
	struct uuid ids[65];

	(void)state;
	flight_cancel(flight, "no id");
	for (size_t i = 0; i < ROWS(ids); i++) {
		uuid_mint(&ids[i]);
		flight_cancel(flight, ids[i].text);
	}
	start(&ids[1]);
	start(&ids[64]);
	assert_int_equal(started, 0);
	assert_int_equal(flight_attempts(flight)->n, 0);
	start(&ids[0]); /* too long ago */
	start(&ids[1]); /* once only */
	assert_int_equal(started, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_cancel_cuts_it, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_cancel_that_comes_before_the_claim, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
