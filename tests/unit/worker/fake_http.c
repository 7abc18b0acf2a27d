#include "tests/unit/worker/fake_http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "tests/unit/common/unit.h"

struct fake_http http;
static uv_tcp_t server;
static uv_tcp_t *peer; /* the last one, NULL when it is gone */

struct said {
	uv_write_t write; /* first */
	char *text;
};

static void
free_handle(uv_handle_t *h)
{
	mem_free(h);
}

static void
drop(uv_handle_t *h)
{
	if (h == (uv_handle_t *)peer)
		peer = NULL;
	if (!uv_is_closing(h))
		uv_close(h, free_handle);
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
on_said(uv_write_t *w, int status)
{
	struct said *said = (struct said *)w;

	(void)status;
	mem_free(said->text);
	mem_free(said);
}

void
fake_http_say(const char *text)
{
	struct said *said = x_alloc(sizeof *said);
	uv_buf_t out;

	assert_non_null(peer);
	said->text = x_strdup(text);
	out = uv_buf_init(said->text, (unsigned)strlen(text));
	assert_int_equal(
	    uv_write(&said->write, (uv_stream_t *)peer, &out, 1, on_said), 0);
}

static void
on_shut(uv_shutdown_t *request, int status)
{
	(void)status;
	drop((uv_handle_t *)request->handle);
	mem_free(request);
}

void
fake_http_hang_up(void)
{
	assert_non_null(peer);
	(void)uv_read_stop((uv_stream_t *)peer);
	(void)uv_shutdown(
	    x_alloc(sizeof(uv_shutdown_t)), (uv_stream_t *)peer, on_shut);
}

static void
on_read(uv_stream_t *from, ssize_t n, const uv_buf_t *b)
{
	const char *head_end;

	if (n < 0) {
		http.is_gone = true;
		drop((uv_handle_t *)from);
		return;
	}
	buf_add(&http.asked, b->base, (size_t)n);
	head_end = strstr(buf_str(&http.asked), "\r\n\r\n");
	if (http.canned == NULL || head_end == NULL ||
	    from != (uv_stream_t *)peer)
		return;
	fake_http_say(http.canned);
	if (http.stays)
		http.canned = NULL; /* once */
	else
		fake_http_hang_up();
}

static void
on_peer(uv_stream_t *listener, int status)
{
	(void)status;
	peer = x_alloc(sizeof *peer);
	(void)uv_tcp_init(&http.loop, peer);
	assert_int_equal(uv_accept(listener, (uv_stream_t *)peer), 0);
	(void)uv_read_start((uv_stream_t *)peer, on_alloc, on_read);
}

void
fake_http_open(void)
{
	struct sockaddr_in at = {
	    .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int len = sizeof at;

	http = (struct fake_http){0};
	peer = NULL;
	buf_init(&http.asked, 1 << 20);
	(void)uv_loop_init(&http.loop);
	(void)uv_tcp_init(&http.loop, &server);
	assert_int_equal(uv_tcp_bind(&server, (void *)&at, 0), 0);
	assert_int_equal(uv_listen((uv_stream_t *)&server, 16, on_peer), 0);
	(void)uv_tcp_getsockname(&server, (void *)&at, &len);
	(void)snprintf(http.url, sizeof http.url, "http://127.0.0.1:%d/x",
	    (int)ntohs(at.sin_port));
}

int
fake_http_close(void)
{
	uv_close((uv_handle_t *)&server, NULL);
	(void)uv_run(&http.loop, UV_RUN_DEFAULT);
	buf_release(&http.asked);
	return uv_loop_close(&http.loop);
}
