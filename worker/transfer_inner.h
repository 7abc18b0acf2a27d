/*
 * What transfer*.c share and nobody else may see: transfer.c owns the queue and
 * the life of a call, transfer_wire.c how it goes through libcurl, and
 * transfer_reply.c what is said of it in the end.
 */
#ifndef WORKER_TRANSFER_INNER_H
#define WORKER_TRANSFER_INNER_H

#include <sys/queue.h>

#include <curl/curl.h>

#include "common/buf.h"
#include "worker/transfer.h"
#include "worker/transfer_timer.h"
#include "worker/turn.h"

#define TRANSFER_SPARE_MAX 256 /* easy handles kept for the next calls */

TAILQ_HEAD(transfer_list, transfer);

struct transfers {
	uv_loop_t *loop;
	CURLM *multi;
	struct transfer_loop *watch;
	struct turn turn;
	/* Dropped ones were cancelled from inside libcurl, which lets no handle
	 * go at that time. */
	struct transfer_list waiting, active, dropped;
	int active_n, active_max;
	bool is_in_piece; /* a callback for a piece is running */
	CURL *spare[TRANSFER_SPARE_MAX];
	int spare_n;
	const char *ca_bundle; /* NULL leaves libcurl's defaults */
};

struct transfer {
	TAILQ_ENTRY(transfer) link;
	struct transfer_list *in;
	struct transfers *all;
	CURL *easy; /* NULL while it waits */
	struct transfer_timer *timer;
	char *url, *body, *ca_file;
	size_t body_len, response_max, received;
	struct curl_slist *headers;
	struct buf reply;
	int64_t connect_timeout_ms, timeout_ms;
	int64_t first_byte_timeout_ms, stall_timeout_ms;
	int64_t begun_at_ms, first_byte_at_ms; /* monotonic, 0 not yet */
	bool is_streamed, is_last, is_stopped, is_too_slow;
	transfer_piece_fn piece;
	transfer_fn done; /* NULL when it runs, or the call was dropped */
	void *ctx;
};

/* transfer_wire.c */
const char *transfer_ca_bundle(void);
int transfer_limit(void);
MUST_CHECK CURLcode transfer_set_up(struct transfer *t, CURL *h);
/* A stream is what the server calls so: it may answer a request for one with
 * plain JSON. */
bool transfer_is_stream(const struct transfer *t);
/* Whether the body has begun to come decides which bound it was. */
void transfer_start_clock(struct transfer *t, void (*fired)(void *ctx));

/* transfer_reply.c: reports a transfer that ended with code. */
void transfer_report(struct transfer *t, CURLcode code);

#endif
