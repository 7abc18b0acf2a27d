/* What holds while there is no server; the rest needs one and is tested end to
 * end. */
#include "tests/unit/common/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "worker/pgconn.h"

static const struct conf conf = {
    .database = {.connect_timeout_ms = 50, .statement_timeout_ms = 1000},
};

static uv_loop_t loop;
static struct pgconn *conn;
static int calls, lost;
static enum err last;

static void
no_log(const char *line)
{
	(void)line;
}

static void
count_lost(const char *line)
{
	lost += strstr(line, "no connection in time") != NULL;
}

static int
set_up(void **state)
{
	(void)state;
	log_capture(no_log);
	calls = 0;
	last = ERR_OK;
	(void)uv_loop_init(&loop);
	conn = pgconn_new(&loop, &conf, "host=/nonexistent", "test", NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	pgconn_close(conn);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	log_capture(NULL);
	return uv_loop_close(&loop);
}

static void
on_done(void *ctx, enum err e, const PGresult *res)
{
	(void)ctx;
	assert_null(res);
	calls++;
	last = e;
}

static void
on_done_again(void *ctx, enum err e, const PGresult *res)
{
	on_done(ctx, e, res);
	(void)pgconn_send(
	    conn, PGQUERY_ONCE, "SELECT 1", 0, NULL, 1000, on_done_again, NULL);
}

static struct pgquery *
ask(enum pgquery_kind kind, pgquery_fn done)
{
	static const char *const values[] = {"x", NULL};

	return pgconn_send(
	    conn, kind, "SELECT $1, $2", 2, values, 1000, done, NULL);
}

static void
test_once_fails_on_the_next_turn(void **state)
{
	(void)state;
	assert_false(pgconn_is_up(conn));
	(void)ask(PGQUERY_ONCE, on_done);
	assert_int_equal(calls, 0);
	assert_int_equal(pgconn_load(conn), 1);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(calls, 1);
	assert_int_equal(last, ERR_DB_RETRY);
	assert_int_equal(pgconn_load(conn), 0);
}

static void
test_one_that_is_sent_again_at_once_does_not_hang(void **state)
{
	(void)state;
	(void)ask(PGQUERY_ONCE, on_done_again);
	for (int i = 1; i <= 3; i++) {
		(void)uv_run(&loop, UV_RUN_NOWAIT);
		assert_int_equal(calls, i);
	}
}

static void
test_repeatable_waits(void **state)
{
	struct pgquery *q = ask(PGQUERY_REPEATABLE, on_done);

	(void)state;
	(void)ask(PGQUERY_REPEATABLE, on_done); /* dropped by the close */
	for (int i = 0; i < 3; i++)
		(void)uv_run(&loop, UV_RUN_ONCE); /* tries to connect */
	assert_int_equal(calls, 0);
	pgquery_cancel(q);
	assert_int_equal(pgconn_load(conn), 1);
}

static void
test_cancelled_is_not_called(void **state)
{
	(void)state;
	pgquery_cancel(ask(PGQUERY_ONCE, on_done));
	(void)ask(PGQUERY_ONCE, on_done);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(calls, 1);
}

/* A server that takes the connection and says nothing. */
static void
test_patience_while_connecting(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char directory[] = "/tmp/test_pgconn.XXXXXX", url[64];
	int64_t started_ms = clock_mono_ms();
	struct pgconn *mute;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	assert_non_null(mkdtemp(directory));
	(void)snprintf(address.sun_path, sizeof address.sun_path,
	    "%s/.s.PGSQL.5432", directory);
	assert_int_equal(
	    bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 8), 0);
	(void)snprintf(url, sizeof url, "host=%s port=5432", directory);
	lost = 0;
	log_capture(count_lost);
	mute = pgconn_new(&loop, &conf, url, "mute", NULL);
	while (lost == 0 && clock_mono_ms() - started_ms < 5000)
		(void)uv_run(&loop, UV_RUN_ONCE);
	log_capture(no_log);
	assert_int_equal(lost, 1);
	assert_in_range(clock_mono_ms() - started_ms, 40, 2000);
	pgconn_close(mute);
	(void)close(fd);
	(void)unlink(address.sun_path);
	(void)rmdir(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_once_fails_on_the_next_turn, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_one_that_is_sent_again_at_once_does_not_hang, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_repeatable_waits, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_cancelled_is_not_called, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_patience_while_connecting, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
