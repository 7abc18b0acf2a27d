/*
 * Calls wait in a queue of our own until there is a file descriptor to spare,
 * since libcurl reports EMFILE as a server that cannot be reached, and are put
 * on the wire from a turn of the loop. What libcurl wants watched is in
 * transfer_loop.c.
 */
#include "worker/transfer.h"

#include <assert.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "worker/transfer_inner.h"
#include "worker/transfer_loop.h"

#define IDLE_CONNECTIONS 1000 /* unpinned, libcurl drops them in a lull */

static void
transfer_move(struct transfer *t, struct transfer_list *to)
{
	if (t->in != NULL)
		TAILQ_REMOVE(t->in, t, link);
	t->in = to;
	if (to != NULL)
		TAILQ_INSERT_TAIL(to, t, link);
}

/* Headers and the URL can hold a key. */
static void
transfer_wipe(struct transfer *t)
{
	for (struct curl_slist *h = t->headers; h != NULL; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(t->headers);
	explicit_bzero(t->url, strlen(t->url));
	mem_free(t->url);
}

static void
transfer_free(struct transfer *t)
{
	struct transfers *all = t->all;

	transfer_move(t, NULL);
	if (t->easy != NULL) {
		all->active_n--;
		(void)curl_multi_remove_handle(all->multi, t->easy);
		curl_easy_reset(t->easy);
		if (all->spare_n < TRANSFER_SPARE_MAX)
			all->spare[all->spare_n++] = t->easy;
		else
			curl_easy_cleanup(t->easy);
	}
	transfer_timer_close(t->timer);
	transfer_wipe(t);
	buf_release(&t->reply);
	mem_free(t->ca_file);
	mem_free(t->body);
	mem_free(t);
	if (!TAILQ_EMPTY(&all->waiting))
		turn_ask(&all->turn);
}

/* The transfer may be cancelled from its own callback, so it goes only after
 * that. */
static void
transfer_end(struct transfer *t, CURLcode code)
{
	if (t->done != NULL)
		transfer_report(t, code);
	transfer_free(t);
}

static void
transfer_on_done(void *ctx, CURL *easy, CURLcode code)
{
	struct transfer *t = NULL;

	(void)ctx;
	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
	transfer_end(t, code);
}

static void
transfer_on_clock(void *ctx)
{
	struct transfer *t = ctx;

	t->is_too_slow = true;
	transfer_end(t, CURLE_OPERATION_TIMEDOUT);
}

/* Puts one on the wire; one that cannot be is ended. */
static void
transfer_begin(struct transfer *t)
{
	struct transfers *all = t->all;
	CURLcode bad = CURLE_OUT_OF_MEMORY;
	CURL *easy = all->spare_n > 0 ? all->spare[--all->spare_n]
				      : curl_easy_init();

	if (easy != NULL)
		bad = transfer_set_up(t, easy);
	if (bad == CURLE_OK &&
	    curl_multi_add_handle(all->multi, easy) == CURLM_OK) {
		transfer_move(t, &all->active);
		t->easy = easy;
		all->active_n++;
		transfer_start_clock(t, transfer_on_clock);
		return;
	}
	if (easy != NULL)
		curl_easy_cleanup(easy);
	transfer_end(t, bad == CURLE_OK ? CURLE_FAILED_INIT : bad);
}

static void
transfers_turn(void *ctx)
{
	struct transfers *all = ctx;
	struct transfer *t;
	int n;

	while ((t = TAILQ_FIRST(&all->dropped)) != NULL)
		transfer_free(t);
	n = all->active_max - all->active_n;
	/* Counted, since an ended one may be started anew by its callback. */
	while (n-- > 0 && (t = TAILQ_FIRST(&all->waiting)) != NULL)
		transfer_begin(t);
}

struct transfers *
transfers_new(uv_loop_t *loop)
{
	struct transfers *all = x_alloc(sizeof *all);

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (all->multi = curl_multi_init()) == NULL) {
		log_event(LOG_ERR, "curl_init_failed", NULL);
		mem_free(all);
		return NULL;
	}
	(void)curl_multi_setopt(
	    all->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
	(void)curl_multi_setopt(
	    all->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS);
	all->loop = loop;
	TAILQ_INIT(&all->waiting);
	TAILQ_INIT(&all->active);
	TAILQ_INIT(&all->dropped);
	all->active_max = transfer_limit();
	all->ca_bundle = transfer_ca_bundle();
	all->watch = transfer_loop_new(loop, all->multi, transfer_on_done, all);
	turn_init(&all->turn, loop, transfers_turn, all);
	return all;
}

static void
transfers_free(uv_handle_t *h)
{
	mem_free(h->data);
}

void
transfers_close(struct transfers *all)
{
	struct transfer *t;

	if (all == NULL)
		return;
	while ((t = TAILQ_FIRST(&all->active)) != NULL ||
	    (t = TAILQ_FIRST(&all->dropped)) != NULL ||
	    (t = TAILQ_FIRST(&all->waiting)) != NULL)
		transfer_free(t);
	while (all->spare_n > 0)
		curl_easy_cleanup(all->spare[--all->spare_n]);
	(void)curl_multi_cleanup(all->multi);
	transfer_loop_close(all->watch);
	turn_close(&all->turn, transfers_free);
	curl_global_cleanup();
}

struct transfer *
transfer_start(struct transfers *all, const struct transfer_request *request,
    transfer_fn done, void *ctx)
{
	struct transfer *t = x_alloc(sizeof *t);

	assert(done != NULL && request->timeout_ms > 0);
	*t = (struct transfer){
	    .all = all,
	    .url = x_strdup(request->url),
	    .response_max = request->response_max,
	    .connect_timeout_ms = request->connect_timeout_ms,
	    .timeout_ms = request->timeout_ms,
	    .first_byte_timeout_ms = request->first_byte_timeout_ms,
	    .stall_timeout_ms = request->stall_timeout_ms,
	    .piece = request->piece,
	    .done = done,
	    .ctx = ctx,
	};
	if (request->body != NULL) {
		t->body = x_alloc(request->body_len + 1);
		memcpy(t->body, request->body, request->body_len);
		t->body_len = request->body_len;
	}
	if (request->ca_file != NULL && *request->ca_file != '\0')
		t->ca_file = x_strdup(request->ca_file);
	/* An empty value drops a header that libcurl adds by itself. */
	t->headers = curl_slist_append(NULL, "Expect:");
	for (size_t i = 0; request->headers != NULL && request->headers[i]; i++)
		t->headers = curl_slist_append(t->headers, request->headers[i]);
	buf_init(&t->reply, request->response_max);
	transfer_move(t, &all->waiting);
	turn_ask(&all->turn);
	return t;
}

void
transfer_cancel(struct transfer *t)
{
	struct transfers *all = t->all;

	if (t->done == NULL)
		return; /* its callback is running, or it was cancelled */
	if (!all->is_in_piece) {
		transfer_free(t);
		return;
	}
	t->done = NULL;
	t->piece = NULL;
	transfer_move(t, &all->dropped);
	turn_ask(&all->turn);
}
