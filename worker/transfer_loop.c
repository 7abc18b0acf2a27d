#include "worker/transfer_loop.h"

#include "common/mem.h"

struct transfer_loop {
	uv_loop_t *loop;
	CURLM *multi;
	void (*done)(void *ctx, CURL *easy, CURLcode code);
	void *ctx;
	uv_timer_t timer;
};

/* One for each socket, hung on it with curl_multi_assign(). */
struct watched {
	uv_poll_t poll; /* data: the loop */
	curl_socket_t fd;
};

static void
transfer_loop_report(struct transfer_loop *l)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(l->multi, &left)) != NULL) {
		if (message->msg == CURLMSG_DONE)
			l->done(
			    l->ctx, message->easy_handle, message->data.result);
	}
}

static void
transfer_loop_act(struct transfer_loop *l, curl_socket_t fd, int events)
{
	int running;

	(void)curl_multi_socket_action(l->multi, fd, events, &running);
	transfer_loop_report(l);
}

static void
transfer_loop_on_poll(uv_poll_t *poll, int status, int events)
{
	struct watched *w = (struct watched *)poll;
	int what = 0;

	if (status < 0)
		what = CURL_CSELECT_ERR;
	if ((events & UV_READABLE) != 0)
		what |= CURL_CSELECT_IN;
	if ((events & UV_WRITABLE) != 0)
		what |= CURL_CSELECT_OUT;
	transfer_loop_act(poll->data, w->fd, what);
}

static void
transfer_loop_on_timer(uv_timer_t *timer)
{
	transfer_loop_act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static void
transfer_loop_free(uv_handle_t *h)
{
	mem_free(h); /* the first member of what was allocated */
}

/* libcurl may call this and the next from inside curl_multi_socket_action():
 * touch the loop only, never the multi handle but to assign. */
static int
transfer_loop_on_socket(
    CURL *easy, curl_socket_t fd, int what, void *ctx, void *assigned)
{
	struct transfer_loop *l = ctx;
	struct watched *w = assigned;
	int events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w == NULL)
			return 0;
		(void)uv_poll_stop(&w->poll);
		uv_close((uv_handle_t *)&w->poll, transfer_loop_free);
		(void)curl_multi_assign(l->multi, fd, NULL);
		return 0;
	}
	if (w == NULL) {
		w = x_alloc(sizeof *w);
		w->fd = fd;
		if (uv_poll_init_socket(l->loop, &w->poll, fd) != 0) {
			mem_free(w);
			return -1; /* fails the transfer */
		}
		w->poll.data = l;
		(void)curl_multi_assign(l->multi, fd, w);
	}
	if (what != CURL_POLL_OUT)
		events |= UV_READABLE;
	if (what != CURL_POLL_IN)
		events |= UV_WRITABLE;
	(void)uv_poll_start(&w->poll, events, transfer_loop_on_poll);
	return 0;
}

static int
transfer_loop_on_wait(CURLM *multi, long timeout_ms, void *ctx)
{
	struct transfer_loop *l = ctx;

	(void)multi;
	if (timeout_ms < 0) {
		(void)uv_timer_stop(&l->timer);
		return 0;
	}
	/* The loop's idea of now may be old, and a timer that comes a bit too
	 * early would only be asked for again, over and over. */
	uv_update_time(l->loop);
	(void)uv_timer_start(&l->timer, transfer_loop_on_timer,
	    timeout_ms > 0 ? (uint64_t)timeout_ms + 1 : 0, 0);
	return 0;
}

struct transfer_loop *
transfer_loop_new(uv_loop_t *loop, CURLM *multi,
    void (*done)(void *ctx, CURL *easy, CURLcode code), void *ctx)
{
	struct transfer_loop *l = x_alloc(sizeof *l);

	l->loop = loop;
	l->multi = multi;
	l->done = done;
	l->ctx = ctx;
	(void)uv_timer_init(loop, &l->timer);
	l->timer.data = l;
	(void)curl_multi_setopt(
	    multi, CURLMOPT_SOCKETFUNCTION, transfer_loop_on_socket);
	(void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, l);
	(void)curl_multi_setopt(
	    multi, CURLMOPT_TIMERFUNCTION, transfer_loop_on_wait);
	(void)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, l);
	return l;
}

static void
transfer_loop_closed(uv_handle_t *h)
{
	mem_free(h->data);
}

void
transfer_loop_close(struct transfer_loop *l)
{
	uv_close((uv_handle_t *)&l->timer, transfer_loop_closed);
}
