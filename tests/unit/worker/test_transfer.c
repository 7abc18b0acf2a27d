/* Transfers against a server on the same loop. */
#include "tests/unit/common/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/mem.h"
#include "tests/unit/worker/fake_http.h"
#include "worker/transfer.h"

#define OK HTTP_OK
#define END HTTP_END
#define STALL_MS 400
#define FAR_MS 10000 /* a bound that is never met */

static struct transfers *transfers;

static int calls;
static struct transfer_reply last;
static char last_body[64], last_id[16], last_header[16];

/* What came in pieces, and what is to be done after each. */
static struct buf pieces;
static int piece_count;
static enum transfer_more (*after_piece)(void);
static struct transfer *current;

static int
set_up(void **state)
{
	(void)state;
	calls = 0;
	piece_count = 0;
	after_piece = NULL;
	buf_init(&pieces, 65536);
	fake_http_open();
	transfers = transfers_new(&http.loop);
	return transfers == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	transfers_close(transfers);
	buf_release(&pieces);
	return fake_http_close();
}

static void
on_done(void *ctx, const struct transfer_reply *reply)
{
	(void)ctx;
	calls++;
	last = *reply;
	assert_int_equal(reply->body[reply->body_len], '\0');
	(void)snprintf(last_body, sizeof last_body, "%s", reply->body);
	(void)snprintf(last_id, sizeof last_id, "%s", reply->request_id);
	(void)snprintf(last_header, sizeof last_header, "%s",
	    reply->header(reply->header_ctx, "x-own") != NULL
		? reply->header(reply->header_ctx, "x-own")
		: "none");
}

static enum transfer_more
on_piece(void *ctx, const char *bytes, size_t len)
{
	(void)ctx;
	piece_count++;
	buf_add(&pieces, bytes, len);
	return after_piece != NULL ? after_piece() : TRANSFER_MORE;
}

static struct transfer *
start(const char *to, const char *body, size_t max, int64_t timeout_ms)
{
	static const char *const headers[] = {"X-Own: yes", NULL};
	const struct transfer_request request = {
	    .url = to,
	    .headers = headers,
	    .body = body,
	    .body_len = body != NULL ? strlen(body) : 0,
	    .response_max = max,
	    .connect_timeout_ms = 5000,
	    .timeout_ms = timeout_ms,
	};

	return transfer_start(transfers, &request, on_done, NULL);
}

static void
run_one(const char *reply, size_t max, int64_t timeout_ms)
{
	http.canned = reply;
	(void)start(http.url, NULL, max, timeout_ms);
	assert_int_equal(calls, 0);
	while (calls == 0)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
}

static void
test_whole_reply(void **state)
{
	(void)state;
	run_one(OK "X-Request-Id: r-7\r\nX-Own: 7\r\n" END "hello", 5, 10000);
	assert_int_equal(last.e, ERR_OK);
	assert_int_equal(last.status, 200);
	assert_string_equal(last_body, "hello");
	assert_string_equal(last_id, "r-7");
	assert_string_equal(last_header, "7");
	assert_true(last.is_sent && !last.is_streamed);
	assert_true(last.first_byte_ms >= 0);
	assert_true(last.total_ms >= last.first_byte_ms);
	assert_int_equal(last.retry_after_ms, -1);
	assert_non_null(strstr(buf_str(&http.asked), "GET /x HTTP/1.1\r\n"));
	assert_non_null(strstr(buf_str(&http.asked), "X-Own: yes\r\n"));
}

static void
test_any_status_is_a_reply(void **state)
{
	(void)state;
	run_one("HTTP/1.1 429 Slow down\r\nRetry-After: 20\r\n"
		"retry-after-ms: 1500\r\n" END,
	    100, 10000);
	assert_int_equal(last.e, ERR_OK);
	assert_int_equal(last.status, 429);
	assert_int_equal(last.retry_after_ms, 1500);
	assert_int_equal(last.body_len, 0);
}

static void
test_redirects_are_not_followed(void **state)
{
	(void)state;
	run_one("HTTP/1.1 302 Found\r\nLocation: /y\r\n" END, 100, 10000);
	assert_int_equal(last.status, 302);
	assert_null(strstr(buf_str(&http.asked), "/y"));
}

static void
test_too_long(void **state)
{
	(void)state;
	run_one(OK END "hello!", 5, 10000);
	assert_int_equal(last.e, ERR_TOO_BIG);
}

static void
test_cut_off(void **state)
{
	(void)state;
	run_one(OK "Content-Length: 100\r\n" END "hello", 1000, 10000);
	assert_int_equal(last.e, ERR_NET);
	assert_int_equal(last.status, 0);
}

static void
test_no_answer(void **state)
{
	(void)state;
	run_one(NULL, 1000, 50);
	assert_int_equal(last.e, ERR_TIMEOUT);
	assert_string_equal(last.problem, "timeout: waiting for the answer");
}

static void
test_wrong_urls(void **state)
{
	(void)state;
	(void)start("file:///etc/passwd", NULL, 1000, 10000);
	(void)start("no url", NULL, 1000, 10000);
	assert_int_equal(calls, 0);
	while (calls < 2)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	assert_int_equal(last.e, ERR_NET);
	assert_non_null(last.problem);
	assert_false(last.is_sent);
	assert_string_equal(last_header, "none");
}

static void
test_body_without_expect(void **state)
{
	char body[4096];

	(void)state;
	memset(body, 'b', sizeof body - 1);
	body[sizeof body - 1] = '\0';
	http.canned = OK END;
	(void)start(http.url, body, 1000, 10000);
	while (calls == 0)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	assert_int_equal(last.e, ERR_OK);
	assert_non_null(
	    strstr(buf_str(&http.asked), "Content-Length: 4095\r\n"));
	assert_null(strstr(buf_str(&http.asked), "Expect"));
}

static void
wait_for(const char *text)
{
	while (strstr(buf_str(&http.asked), text) == NULL)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
}

/* The server takes a request on a connection that was kept, and hangs up. */
static void
test_nothing_is_sent_twice(void **state)
{
	(void)state;
	http.stays = true;
	http.canned = OK "Content-Length: 5\r\n\r\nhello";
	(void)start(http.url, "first", 100, FAR_MS);
	while (calls == 0)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	assert_int_equal(last.e, ERR_OK);
	(void)start(http.url, "second", 100, FAR_MS);
	wait_for("second");
	fake_http_hang_up();
	http.canned = OK "Content-Length: 5\r\n\r\nagain";
	buf_clear(&http.asked);
	while (calls == 1)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	assert_int_equal(last.e, ERR_NET);
	assert_true(last.is_sent);
	assert_string_equal(
	    last.problem, "the connection ended without a reply");
	assert_int_equal(http.asked.len, 0);
}

static void
test_cancelled(void **state)
{
	struct transfer *waiting, *active;

	(void)state;
	http.canned = NULL;
	active = start(http.url, NULL, 1000, 10000);
	while (http.asked.len == 0)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	waiting = start(http.url, NULL, 1000, 10000);
	transfer_cancel(waiting);
	transfer_cancel(active);
	run_one(OK END "next", 1000, 10000);
	assert_int_equal(calls, 1);
	assert_string_equal(last_body, "next");
}

static void
test_close_drops_what_is_under_way(void **state)
{
	(void)state;
	http.canned = NULL;
	for (int i = 0; i < 10; i++)
		(void)start(http.url, NULL, 1000, 10000);
	while (http.asked.len == 0)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	(void)start(http.url, NULL, 1000, 10000);
	assert_int_equal(calls, 0);
}

/* A request for a stream, with bounds that a sound test never meets. */
static void
start_stream(size_t max, int64_t first_byte_ms, int64_t stall_ms)
{
	const struct transfer_request request = {
	    .url = http.url,
	    .response_max = max,
	    .connect_timeout_ms = 5000,
	    .timeout_ms = 20000,
	    .first_byte_timeout_ms = first_byte_ms,
	    .stall_timeout_ms = stall_ms,
	    .piece = on_piece,
	};

	current = transfer_start(transfers, &request, on_done, NULL);
}

static void
run_stream(const char *reply, bool stays)
{
	http.canned = reply;
	http.stays = stays;
	start_stream(1000, FAR_MS, FAR_MS);
	while (calls == 0)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
}

/* The server goes on when the client has what it said before. */
static enum transfer_more
say_next(void)
{
	if (piece_count == 1)
		fake_http_say("two,");
	else if (piece_count == 2)
		fake_http_say("three");
	else
		fake_http_hang_up();
	return TRANSFER_MORE;
}

static void
test_stream_in_pieces(void **state)
{
	(void)state;
	after_piece = say_next;
	run_stream(HTTP_EVENTS "X-Own: yes\r\n" END "one,", true);
	assert_int_equal(last.e, ERR_OK);
	assert_true(last.is_streamed);
	assert_int_equal(last.body_len, 0);
	assert_int_equal(piece_count, 3);
	assert_string_equal(buf_str(&pieces), "one,two,three");
	assert_string_equal(last_header, "yes");
}

static void
test_json_answered_to_a_stream(void **state)
{
	(void)state;
	run_stream("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" END
		   "{\"a\":1}",
	    false);
	assert_int_equal(last.e, ERR_OK);
	assert_false(last.is_streamed);
	assert_string_equal(last_body, "{\"a\":1}");
	assert_int_equal(piece_count, 0);
}

static void
test_error_is_no_stream(void **state)
{
	(void)state;
	run_stream("HTTP/1.1 500 No\r\nContent-Type: text/event-stream\r\n" END
		   "no",
	    false);
	assert_int_equal(last.status, 500);
	assert_string_equal(last_body, "no");
	assert_int_equal(piece_count, 0);
}

static void
test_empty_stream(void **state)
{
	(void)state;
	run_stream(HTTP_EVENTS END, false);
	assert_int_equal(last.e, ERR_OK);
	assert_true(last.is_streamed);
	assert_int_equal(last.first_byte_ms, -1);
}

static void
test_cut_stream(void **state)
{
	(void)state;
	run_stream(HTTP_EVENTS "Content-Length: 100\r\n" END "half", false);
	assert_int_equal(last.e, ERR_NET);
	assert_true(last.is_streamed);
	assert_string_equal(buf_str(&pieces), "half");
}

static void
test_oversized_stream(void **state)
{
	(void)state;
	http.canned = HTTP_EVENTS END "123456";
	start_stream(5, FAR_MS, FAR_MS);
	while (calls == 0)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	assert_int_equal(last.e, ERR_TOO_BIG);
	assert_int_equal(pieces.len, 0);
}

static void
test_stall_before_the_first_byte(void **state)
{
	(void)state;
	http.canned = HTTP_EVENTS END; /* the head does not count */
	http.stays = true;
	start_stream(1000, 50, FAR_MS);
	while (calls == 0)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	assert_int_equal(last.e, ERR_TIMEOUT);
	assert_string_equal(
	    last.problem, "timeout: waiting for the first byte");
	assert_true(last.is_sent);
	while (!http.is_gone) /* the wire is cut */
		(void)uv_run(&http.loop, UV_RUN_ONCE);
}

static void
test_stall_in_the_middle(void **state)
{
	(void)state;
	http.canned = HTTP_EVENTS END "one,";
	http.stays = true;
	start_stream(1000, FAR_MS, 50);
	while (calls == 0)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	assert_int_equal(last.e, ERR_TIMEOUT);
	assert_string_equal(last.problem, "timeout: the answer stalled");
	assert_true(last.total_ms < FAR_MS / 2);
	assert_string_equal(buf_str(&pieces), "one,");
	while (!http.is_gone)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
}

/* One byte every twentieth of the bound, for twice its length. */
static void
drip(uv_timer_t *timer)
{
	if (piece_count < 40) {
		fake_http_say(".");
		return;
	}
	fake_http_hang_up();
	uv_close((uv_handle_t *)timer, NULL);
}

static void
test_drip_never_stalls(void **state)
{
	uv_timer_t timer;

	(void)state;
	http.canned = HTTP_EVENTS END ".";
	http.stays = true;
	start_stream(1000, FAR_MS, STALL_MS);
	while (piece_count == 0)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	(void)uv_timer_init(&http.loop, &timer);
	(void)uv_timer_start(&timer, drip, STALL_MS / 20, STALL_MS / 20);
	while (calls == 0)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	assert_int_equal(last.e, ERR_OK);
	assert_true(last.total_ms > STALL_MS);
	while (uv_is_closing((uv_handle_t *)&timer) == 0)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	(void)uv_run(&http.loop, UV_RUN_NOWAIT);
}

static enum transfer_more
cancel_it(void)
{
	transfer_cancel(current);
	transfer_cancel(current); /* once more is nothing */
	return TRANSFER_MORE;
}

static void
test_cancel_from_a_piece(void **state)
{
	(void)state;
	after_piece = cancel_it;
	http.canned = HTTP_EVENTS END "one";
	http.stays = true;
	start_stream(1000, FAR_MS, FAR_MS);
	while (!http.is_gone)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	assert_int_equal(piece_count, 1);
	assert_int_equal(calls, 0);
	after_piece = NULL;
	http.stays = false;
	run_one(OK END "next", 1000, 10000);
	assert_string_equal(last_body, "next");
}

static struct transfer *other;

static enum transfer_more
cancel_other(void)
{
	transfer_cancel(other);
	return TRANSFER_MORE;
}

static void
test_cancel_another_from_a_piece(void **state)
{
	(void)state;
	http.canned = NULL;
	other = start(http.url, NULL, 1000, 10000);
	while (http.asked.len == 0)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	after_piece = cancel_other;
	run_stream(HTTP_EVENTS END "one", false);
	assert_int_equal(last.e, ERR_OK);
	assert_int_equal(calls, 1);
}

static enum transfer_more
stop(void)
{
	return TRANSFER_STOP;
}

static void
test_stopped_by_its_reader(void **state)
{
	(void)state;
	after_piece = stop;
	run_stream(HTTP_EVENTS END "one", true);
	assert_int_equal(last.e, ERR_STOPPED);
	assert_int_equal(last.status, 200);
}

static enum transfer_more
that_was_all(void)
{
	return TRANSFER_LAST;
}

/* The server never ends its reply; that does not make it a failure. */
static void
test_last_piece(void **state)
{
	(void)state;
	after_piece = that_was_all;
	run_stream(HTTP_EVENTS END "one", true);
	assert_int_equal(last.e, ERR_OK);
	assert_int_equal(last.status, 200);
	assert_true(last.total_ms < FAR_MS / 2);
	assert_int_equal(piece_count, 1);
}

static void
test_own_certificates(void **state)
{
	struct transfer_request request = {
	    .url = http.url,
	    .response_max = 100,
	    .connect_timeout_ms = 5000,
	    .timeout_ms = 5000,
	    .ca_file = "/nowhere/ca.pem",
	};
	char secure[160];

	(void)state;
	(void)snprintf(secure, sizeof secure, "https%.100s", http.url + 4);
	request.url = secure;
	(void)transfer_start(transfers, &request, on_done, NULL);
	while (calls == 0)
		(void)uv_run(&http.loop, UV_RUN_ONCE);
	assert_int_equal(last.e, ERR_NET);
	assert_non_null(strstr(last.problem, "CA cert"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_whole_reply),
	    TEST(test_any_status_is_a_reply),
	    TEST(test_redirects_are_not_followed),
	    TEST(test_too_long),
	    TEST(test_cut_off),
	    TEST(test_no_answer),
	    TEST(test_wrong_urls),
	    TEST(test_body_without_expect),
	    TEST(test_nothing_is_sent_twice),
	    TEST(test_cancelled),
	    TEST(test_stream_in_pieces),
	    TEST(test_json_answered_to_a_stream),
	    TEST(test_error_is_no_stream),
	    TEST(test_empty_stream),
	    TEST(test_cut_stream),
	    TEST(test_oversized_stream),
	    TEST(test_stall_before_the_first_byte),
	    TEST(test_stall_in_the_middle),
	    TEST(test_drip_never_stalls),
	    TEST(test_cancel_from_a_piece),
	    TEST(test_cancel_another_from_a_piece),
	    TEST(test_stopped_by_its_reader),
	    TEST(test_last_piece),
	    TEST(test_own_certificates),
	    TEST(test_close_drops_what_is_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
