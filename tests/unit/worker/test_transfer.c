/* Transfers against a server on the same loop that gives one canned reply to
 * each connection, whatever it is asked. */
#include "tests/unit/common/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/mem.h"
#include "worker/transfer.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define END "Connection: close\r\n\r\n"

static uv_loop_t loop;
static uv_tcp_t server;
static char url[64];
static const char *canned; /* NULL: never answer */
static struct buf asked;
static struct transfers *transfers;

static int calls;
static struct transfer_reply last;
static char last_body[64], last_id[16];

static void
free_handle(uv_handle_t *h)
{
	mem_free(h);
}

static void
on_alloc(uv_handle_t *h, size_t size, uv_buf_t *b)
{
	static char bytes[65536];

	(void)h;
	(void)size;
	*b = uv_buf_init(bytes, sizeof bytes);
}

static void
on_written(uv_write_t *w, int status)
{
	(void)status;
	if (uv_is_closing((uv_handle_t *)w->handle) == 0)
		uv_close((uv_handle_t *)w->handle, free_handle);
	mem_free(w);
}

static void
on_read(uv_stream_t *peer, ssize_t n, const uv_buf_t *b)
{
	char reply[1024];
	uv_buf_t out;

	if (n < 0) {
		uv_close((uv_handle_t *)peer, free_handle);
		return;
	}
	buf_add(&asked, b->base, (size_t)n);
	if (canned == NULL || strstr(buf_str(&asked), "\r\n\r\n") == NULL)
		return;
	(void)snprintf(reply, sizeof reply, "%s", canned);
	out = uv_buf_init(reply, (unsigned)strlen(reply));
	(void)uv_read_stop(peer);
	(void)uv_try_write(peer, &out, 1);
	out.len = 0;
	(void)uv_write(x_alloc(sizeof(uv_write_t)), peer, &out, 1, on_written);
}

static void
on_peer(uv_stream_t *listener, int status)
{
	uv_tcp_t *peer = x_alloc(sizeof *peer);

	(void)status;
	(void)uv_tcp_init(&loop, peer);
	assert_int_equal(uv_accept(listener, (uv_stream_t *)peer), 0);
	(void)uv_read_start((uv_stream_t *)peer, on_alloc, on_read);
}

static int
set_up(void **state)
{
	struct sockaddr_in at = {
	    .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int len = sizeof at;

	(void)state;
	calls = 0;
	buf_init(&asked, 65536);
	(void)uv_loop_init(&loop);
	(void)uv_tcp_init(&loop, &server);
	assert_int_equal(uv_tcp_bind(&server, (void *)&at, 0), 0);
	assert_int_equal(uv_listen((uv_stream_t *)&server, 16, on_peer), 0);
	(void)uv_tcp_getsockname(&server, (void *)&at, &len);
	(void)snprintf(
	    url, sizeof url, "http://127.0.0.1:%d/x", (int)ntohs(at.sin_port));
	transfers = transfers_new(&loop);
	return transfers == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	transfers_close(transfers);
	uv_close((uv_handle_t *)&server, NULL);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	buf_release(&asked);
	return uv_loop_close(&loop);
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
	canned = reply;
	(void)start(url, NULL, max, timeout_ms);
	assert_int_equal(calls, 0);
	while (calls == 0)
		(void)uv_run(&loop, UV_RUN_ONCE);
}

static void
test_whole_reply(void **state)
{
	(void)state;
	run_one(OK "X-Request-Id: r-7\r\n" END "hello", 5, 10000);
	assert_int_equal(last.e, ERR_OK);
	assert_int_equal(last.status, 200);
	assert_string_equal(last_body, "hello");
	assert_string_equal(last_id, "r-7");
	assert_int_equal(last.retry_after_ms, -1);
	assert_non_null(strstr(buf_str(&asked), "GET /x HTTP/1.1\r\n"));
	assert_non_null(strstr(buf_str(&asked), "X-Own: yes\r\n"));
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
	assert_null(strstr(buf_str(&asked), "/y"));
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
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(last.e, ERR_NET);
	assert_non_null(last.problem);
}

static void
test_body_without_expect(void **state)
{
	char body[4096];

	(void)state;
	memset(body, 'b', sizeof body - 1);
	body[sizeof body - 1] = '\0';
	canned = OK END;
	(void)start(url, body, 1000, 10000);
	while (calls == 0)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(last.e, ERR_OK);
	assert_non_null(strstr(buf_str(&asked), "Content-Length: 4095\r\n"));
	assert_null(strstr(buf_str(&asked), "Expect"));
}

static void
test_cancelled(void **state)
{
	struct transfer *waiting, *active;

	(void)state;
	canned = NULL;
	active = start(url, NULL, 1000, 10000);
	while (asked.len == 0)
		(void)uv_run(&loop, UV_RUN_ONCE);
	waiting = start(url, NULL, 1000, 10000);
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
	canned = NULL;
	for (int i = 0; i < 10; i++)
		(void)start(url, NULL, 1000, 10000);
	while (asked.len == 0)
		(void)uv_run(&loop, UV_RUN_ONCE);
	(void)start(url, NULL, 1000, 10000);
	assert_int_equal(calls, 0);
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
	    TEST(test_cancelled),
	    TEST(test_close_drops_what_is_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
