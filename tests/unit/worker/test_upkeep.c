/* link: -Wl,--wrap=pgconn_send,--wrap=pgconn_is_up */
#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/schema.h"
#include "tests/unit/worker/fake_pgconn.h"
#include "worker/upkeep.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

static const char *const schema_columns[] = {"component", "version", NULL};
static const char *const schema_cells[] = {"queue", TEXT(SCHEMA_QUEUE), "llm",
    TEXT(SCHEMA_LLM), "assistant", TEXT(SCHEMA_ASSISTANT)};
static const char *const start_columns[] = {"worker_id", NULL};
static const char *const start_cells[] = {"7"};
static const char *const promote_columns[] = {"promoted", "next_due_ms", NULL};
static const char *const overdue_cells[] = {"0", "0"};

static uv_loop_t loop;
static struct conf conf;
static struct runtimes runtimes;
static struct upkeep *upkeep;
static int64_t worker;

static void
no_log(const char *line)
{
	(void)line;
}

static void
on_started(void *ctx, int64_t worker_id)
{
	(void)ctx;
	worker = worker_id;
}

static int
set_up(void **state)
{
	const struct upkeep_events events = {.on_started = on_started};

	(void)state;
	log_capture(no_log);
	fake_reset(true);
	conf.worker.poll_ms = 10000;
	conf.worker.sweep_ms = 60000;
	conf.database.statement_timeout_ms = 1000;
	(void)uv_loop_init(&loop);
	upkeep = upkeep_new(&loop, NULL, &conf, &runtimes, &events);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	upkeep_close(upkeep);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	fake_reset(false);
	log_capture(NULL);
	return uv_loop_close(&loop);
}

/* A due job that stays where it is, as somebody else has locked it. */
static void
test_what_is_overdue_is_not_asked_for_without_a_pause(void **state)
{
	int64_t asked_ms;

	(void)state;
	upkeep_resume(upkeep);
	fake_answer(schema_columns, schema_cells, 3);
	fake_answer(start_columns, start_cells, 1);
	assert_int_equal(worker, 7);
	assert_non_null(strstr(fake_sent(0)->sql, "promote"));
	uv_update_time(&loop);
	asked_ms = clock_mono_ms();
	fake_answer(promote_columns, overdue_cells, 1);
	assert_int_equal(fake_sent_count(), 0);
	(void)uv_run(&loop, UV_RUN_ONCE); /* until the timer */
	assert_non_null(strstr(fake_sent(0)->sql, "promote"));
	assert_true(clock_mono_ms() - asked_ms >= 45);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_what_is_overdue_is_not_asked_for_without_a_pause, set_up,
		tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
