/*
 * The gate's statements: what is sent, what gathers, and what its verdicts do.
 *
 * link: -Wl,--wrap=pgconn_send,--wrap=pgconn_is_up
 * link: -Wl,--wrap=pgconn_new,--wrap=pgconn_close
 */
#include "tests/unit/common/unit.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "tests/unit/worker/fake_pgconn.h"
#include "worker/handlers/llm_gate.h"

#define NOW INT64_C(1000000000)

struct pgconn *__wrap_pgconn_new(uv_loop_t *loop, const struct conf *conf,
    const char *url, const char *application_name,
    const struct pgconn_events *events);
void __wrap_pgconn_close(struct pgconn *c);

static const char *const pass_columns[] = {
    "verdict", "at", "reservation", "wait_ms", "used_percent", NULL};
static const char *const event_columns[] = {
    "provider", "model", "event", "reason", "for_ms", NULL};
static const char *const go_cells[] = {"go", "1", "77", NULL, "0"};
static const char *const wait_cells[] = {"wait", NULL, NULL, "20", NULL};

static uv_loop_t loop;
static struct conf conf;
static struct llm_key keys[2];
static struct llm_gate *gate;
static struct pgconn_events up;
static char log_text[4000];
static char names[2][8] = {"main", "backup"}, model[] = "m", none[] = "";
static char url[] = "http://llm/v1", secret[] = "sk-secret";

/* What was passed, in order. */
static struct {
	struct llm_pass pass[8];
	const char *ctx[8];
	size_t n;
} got;

struct pgconn *
__wrap_pgconn_new(uv_loop_t *l, const struct conf *c, const char *at,
    const char *application_name, const struct pgconn_events *events)
{
	(void)l;
	(void)c;
	(void)at;
	(void)application_name;
	up = *events;
	return NULL;
}

void
__wrap_pgconn_close(struct pgconn *c)
{
	(void)c;
}

static void
keep_log(const char *line)
{
	size_t len = strlen(log_text);

	(void)snprintf(log_text + len, sizeof log_text - len, "%s\n", line);
}

static void
on_pass(void *ctx, const struct llm_pass *pass)
{
	got.ctx[got.n] = ctx;
	got.pass[got.n++] = *pass;
}

static int
set_up(void **state)
{
	(void)state;
	log_text[0] = '\0';
	log_capture(keep_log);
	got.n = 0;
	clock_fake(NOW, NOW);
	fake_reset(true);
	conf.database.url = conf.database.worker_url = none;
	conf.budget.tokens = 5000;
	for (size_t i = 0; i < 2; i++) {
		struct conf_provider *p = &conf.providers[i];

		*p = (struct conf_provider){.name = names[i],
		    .model = model,
		    .base_url = url,
		    .query = none,
		    .api_key = secret,
		    .api_key_file = none,
		    .rpm = 60,
		    .timeout_ms = 1000};
		llm_key_init(&keys[i], p);
	}
	(void)uv_loop_init(&loop);
	gate = llm_gate_new(&loop, &conf, keys, 2);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	llm_gate_close(gate);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	for (size_t i = 0; i < 2; i++)
		llm_key_release(&keys[i]);
	fake_reset(false);
	clock_fake(-1, -1);
	log_capture(NULL);
	return uv_loop_close(&loop);
}

static const struct llm_offer offers[] = {{0, 120, 7}, {1, 100, 5}};

static struct llm_admission *
ask(const char *ctx, int64_t deadline_ms)
{
	const struct llm_ask one = {.tenant = "t",
	    .offers = offers,
	    .offer_count = 2,
	    .deadline_ms = deadline_ms};
	static char name[8][2];
	static size_t next;
	char *to = name[next++ % 8];

	to[0] = *ctx;
	return llm_gate_ask(gate, &one, on_pass, to);
}

static void
report(enum llm_end end, int64_t reservation)
{
	const struct llm_limits limits = {60, 3, 200, -1, -1, -1};
	const struct llm_report r = {.tenant = "t",
	    .offer = offers[1],
	    .reservation = reservation,
	    .end = end,
	    .tokens = 40,
	    .cost_micros = 4,
	    .retry_after_ms = 1500,
	    .limits = &limits};

	llm_gate_report(gate, &r);
}

/* So much later, when the gate's timer comes. */
static void
pass(int64_t ms)
{
	clock_fake(NOW + ms, NOW + ms);
	(void)uv_run(&loop, UV_RUN_ONCE);
}

static void
test_asks_gather(void **state)
{
	static const char *const cells[] = {"down", NULL, NULL, NULL, NULL,
	    "over_budget", NULL, NULL, NULL, NULL};

	(void)state;
	(void)ask("a", NOW + 60000);
	(void)ask("b", NOW + 60000);
	(void)ask("c", NOW + 60000);
	assert_int_equal(fake_sent_count(), 1);
	assert_string_equal(fake_sent(0)->values[1],
	    "[{\"tenant\":\"t\",\"of\":[{\"at\":0,\"tokens\":120,\"cost\":7,"
	    "\"ms\":31000},{\"at\":1,\"tokens\":100,\"cost\":5,\"ms\":31000}]"
	    "}]");
	assert_non_null(strstr(fake_sent(0)->values[0],
	    "\"rpm\":60,\"tpm\":0},{\"provider\":\"backup\",\"model\":\"m\","));
	assert_non_null(strstr(fake_sent(0)->values[0], "\"tokens\":5000,"));
	assert_null(strstr(fake_sent(0)->values[0], secret));
	fake_answer(pass_columns, go_cells, 1);
	assert_int_equal(got.n, 1);
	assert_string_equal(got.ctx[0], "a");
	assert_int_equal(got.pass[0].verdict, LLM_GO);
	assert_int_equal(got.pass[0].at, 1);
	assert_int_equal(got.pass[0].reservation, 77);
	assert_int_equal(fake_sent_count(), 1);
	fake_answer(pass_columns, cells, 2);
	assert_int_equal(got.pass[1].verdict, LLM_DOWN);
	assert_int_equal(got.pass[2].verdict, LLM_OVER_BUDGET);
	assert_int_equal(fake_sent_count(), 0);
}

static void
test_reports_go_first(void **state)
{
	static const char *const opened[] = {
	    "backup", "m", "opened", "failed", "30000"};

	(void)state;
	(void)ask("a", NOW + 60000);
	(void)ask("b", NOW + 60000);
	report(LLM_END_FAILED, 77);
	fake_answer(pass_columns, go_cells, 1);
	assert_int_equal(fake_sent_count(), 1);
	assert_non_null(strstr(fake_sent(0)->sql, "llm.report"));
	assert_non_null(strstr(fake_sent(0)->values[0],
	    "\"tenant\":\"t\",\"outcome\":\"failed\",\"reservation\":77,"
	    "\"reserved\":100,\"tokens\":40,\"cost\":4,\"retryAfterMs\":1500,"
	    "\"ageMs\":0,\"limits\":{\"requests\":{\"most\":60,\"left\":3,"
	    "\"resetMs\":200}}}"));
	fake_answer(event_columns, opened, 1);
	assert_non_null(strstr(log_text,
	    "ev=llm_circuit_opened provider=backup model=m reason=failed "
	    "for_ms=30000"));
	assert_non_null(strstr(fake_sent(0)->sql, "llm.admit"));
}

static void
test_a_wait_is_asked_again_in_its_turn(void **state)
{
	(void)state;
	(void)ask("a", NOW + 60000);
	fake_answer(pass_columns, wait_cells, 1);
	assert_int_equal(got.n, 0);
	pass(19); /* the timer is early by this clock */
	assert_int_equal(fake_sent_count(), 0);
	pass(20);
	assert_int_equal(fake_sent_count(), 1);
	fake_answer(pass_columns, go_cells, 1);
	assert_string_equal(got.ctx[0], "a");
}

static void
test_a_wait_beyond_the_deadline_is_none(void **state)
{
	(void)state;
	(void)ask("a", NOW + 19);
	fake_answer(pass_columns, wait_cells, 1);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.pass[0].verdict, LLM_WAIT);
	assert_int_equal(got.pass[0].wait_ms, 20);
}

/* How many calls the oldest statement asks for. */
static size_t
asked(void)
{
	size_t n = 0;

	assert_non_null(strstr(fake_sent(0)->sql, "llm.admit"));
	for (const char *p = fake_sent(0)->values[1];
	     (p = strstr(p, "\"tenant\"")) != NULL; p++)
		n++;
	return n;
}

static void
test_reports_that_meet_a_lock_do_not_hold_up_asks(void **state)
{
	(void)state;
	report(LLM_END_OK, 77);
	(void)ask("a", NOW + 60000);
	report(LLM_END_OK, 78);
	fake_fail(ERR_DB_RETRY);
	assert_int_equal(asked(), 1);
	fake_answer(pass_columns, go_cells, 1);
	assert_int_equal(got.n, 1);
	assert_non_null(strstr(fake_sent(0)->values[0], ":77,"));
	assert_non_null(strstr(fake_sent(0)->values[0], ":78,"));
}

static void
test_nobody_passes_those_who_wait(void **state)
{
	(void)state;
	(void)ask("a", NOW + 60000);
	fake_answer(pass_columns, wait_cells, 1);
	clock_fake(NOW + 10, NOW + 10);
	(void)ask("b", NOW + 60000);
	assert_int_equal(fake_sent_count(), 0);
	pass(20);
	assert_int_equal(asked(), 2);
	fake_answer(pass_columns, go_cells, 1);
	assert_string_equal(got.ctx[0], "a");
}

static void
test_what_was_not_used_is_for_those_who_wait(void **state)
{
	static const char *const cells[] = {"wait", NULL, NULL, "4000", NULL};

	(void)state;
	(void)ask("a", NOW + 60000);
	(void)ask("b", NOW + 60000);
	fake_answer(pass_columns, cells, 1);
	fake_answer(pass_columns, cells, 1);
	report(LLM_END_OK, 77);
	fake_answer(event_columns, NULL, 0);
	pass(1);
	assert_int_equal(asked(), 1);
	fake_answer(pass_columns, go_cells, 1);
	assert_string_equal(got.ctx[0], "a");
}

static void
test_who_stands_far_behind_ends_in_time(void **state)
{
	static const char *const cells[] = {"wait", NULL, NULL, "4000", NULL};

	(void)state;
	(void)ask("a", NOW + 60000);
	fake_answer(pass_columns, cells, 1);
	(void)ask("b", NOW + 1500);
	pass(0); /* looks at deadlines once a second */
	assert_int_equal(got.n, 0);
	pass(2000);
	assert_int_equal(fake_sent_count(), 0);
	assert_int_equal(got.n, 1);
	assert_string_equal(got.ctx[0], "b");
	assert_int_equal(got.pass[0].verdict, LLM_WAIT);
}

static void
test_a_cancelled_one_is_given_back(void **state)
{
	struct llm_admission *sent, *waiting;

	(void)state;
	sent = ask("a", NOW + 60000);
	waiting = ask("b", NOW + 60000);
	llm_gate_cancel(sent);
	llm_gate_cancel(waiting);
	fake_answer(pass_columns, go_cells, 1);
	assert_int_equal(got.n, 0);
	assert_non_null(strstr(fake_sent(0)->values[0],
	    "\"outcome\":\"unsent\",\"reservation\":77,\"reserved\":100,"
	    "\"tokens\":0,"));
	fake_fail(ERR_DB_RETRY); /* not done: sent again */
	assert_non_null(strstr(fake_sent(0)->values[0], "\"unsent\""));
	fake_fail(ERR_DB_UNSURE); /* may be done: not again */
	assert_int_equal(fake_sent_count(), 0);
}

static void
test_without_the_database_calls_go_in_order(void **state)
{
	(void)state;
	fake_set_up(false);
	(void)ask("a", NOW + 60000);
	assert_int_equal(fake_sent_count(), 0);
	assert_int_equal(got.n, 0); /* it may come back yet */
	clock_fake(NOW + 2000, NOW + 2000);
	(void)ask("b", NOW + 60000);
	assert_int_equal(got.n, 0); /* never from inside */
	pass(2000);
	assert_int_equal(got.n, 2);
	assert_int_equal(got.pass[0].verdict, LLM_GO);
	assert_int_equal(got.pass[0].at, 0);
	assert_int_equal(got.pass[0].reservation, 0);
}

static void
test_a_connection_that_comes_is_used(void **state)
{
	(void)state;
	fake_set_up(false);
	(void)ask("a", NOW + 60000);
	fake_set_up(true);
	up.on_up(up.ctx);
	assert_non_null(strstr(fake_sent(0)->sql, "llm.admit"));
}

static void
test_a_statement_that_fails_stops_nobody(void **state)
{
	(void)state;
	(void)ask("a", NOW + 60000);
	fake_fail(ERR_DB_RETRY); /* a lock: twice more */
	fake_fail(ERR_DB_RETRY);
	assert_int_equal(got.n, 0);
	fake_fail(ERR_DB_RETRY);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.pass[0].verdict, LLM_GO);
	(void)ask("b", NOW + 60000);
	fake_fail(ERR_DB);
	assert_int_equal(got.n, 2);
	assert_int_equal(got.pass[1].verdict, LLM_GO);
}

static void
test_a_budget_is_warned_of_once_a_day(void **state)
{
	static const char *const cells[] = {"go", "0", "5", NULL, "83"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		(void)ask("a", NOW + 60000);
		fake_answer(pass_columns, cells, 1);
	}
	assert_non_null(strstr(log_text, "llm_budget_nearly_used percent=83"));
	assert_null(strstr(strstr(log_text, "nearly_used") + 1, "nearly_used"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	    TEST(test_asks_gather),
	    TEST(test_reports_go_first),
	    TEST(test_a_wait_is_asked_again_in_its_turn),
	    TEST(test_a_wait_beyond_the_deadline_is_none),
	    TEST(test_reports_that_meet_a_lock_do_not_hold_up_asks),
	    TEST(test_nobody_passes_those_who_wait),
	    TEST(test_what_was_not_used_is_for_those_who_wait),
	    TEST(test_who_stands_far_behind_ends_in_time),
	    TEST(test_a_cancelled_one_is_given_back),
	    TEST(test_without_the_database_calls_go_in_order),
	    TEST(test_a_connection_that_comes_is_used),
	    TEST(test_a_statement_that_fails_stops_nobody),
	    TEST(test_a_budget_is_warned_of_once_a_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
