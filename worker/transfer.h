/*
 * Outgoing HTTP calls: curl_multi_socket_action on the loop, thousands at a
 * time. Redirects off, http and https only, no proxy from the environment,
 * bodies capped, certificates checked. A body is collected, or handed over in
 * pieces if it is a stream of events. A transfer knows nothing of jobs.
 */
#ifndef WORKER_TRANSFER_H
#define WORKER_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "common/attrs.h"
#include "common/err.h"

struct transfers;
struct transfer;

enum transfer_more {
	TRANSFER_MORE,
	TRANSFER_LAST, /* that was all: the reply counts as whole however it
			  ends, and has a moment to do so */
	TRANSFER_STOP  /* cuts the wire; ends with ERR_STOPPED */
};
/* It may start and cancel any transfer. */
typedef enum transfer_more (*transfer_piece_fn)(
    void *ctx, const char *bytes, size_t len);

/* Strings and headers are wiped when the transfer is over. */
struct transfer_request {
	const char *url;
	const char *const *headers; /* "Name: value", NULL-terminated */
	const char *body;           /* NULL makes it a GET, else a POST */
	size_t body_len;
	size_t response_max; /* bytes, decoded */
	int64_t connect_timeout_ms;
	int64_t timeout_ms; /* whole call */
	/* Until the body begins, from the start on the wire, and between two
	 * pieces of it; 0 is no bound but timeout_ms. */
	int64_t first_byte_timeout_ms, stall_timeout_ms;
	const char *ca_file; /* instead of the system's; NULL or "" if not */
	/* Gets the body of a 2xx reply that is a text/event-stream; any other
	 * body is collected, and all are if this is NULL. */
	transfer_piece_fn piece;
};

/* Borrowed, valid in the callback only. */
struct transfer_reply {
	enum err e; /* ERR_OK: a whole HTTP reply of any status; ERR_TIMEOUT,
		       ERR_TOO_BIG, ERR_NET, ERR_STOPPED */
	const char *problem; /* for logs when e is not ERR_OK: which phase */
	int status;
	const char *content_type; /* "" if none */
	const char *body;         /* NUL-terminated, may hold NULs before */
	size_t body_len;
	bool is_streamed; /* the body went to piece, as far as it came */
	bool is_sent;     /* the server may have seen the request */
	int64_t first_byte_ms, total_ms; /* since the start on the wire; -1 if
					    that never was */
	int64_t retry_after_ms; /* retry-after-ms or Retry-After (seconds or
				   HTTP date), -1 if absent or garbage */
	const char
	    *request_id; /* the server's, by any usual name; "" if none */
	/* By name, NULL if absent. Also of a reply that was cut off. */
	const char *(*header)(const void *header_ctx, const char *name);
	const void *header_ctx;
};
typedef void (*transfer_fn)(void *ctx, const struct transfer_reply *reply);

struct transfers *transfers_new(uv_loop_t *loop);
void transfers_close(struct transfers *t); /* drops what is under way */

/* Copies the request. Both callbacks get ctx and come from the loop, never from
 * inside this call. */
struct transfer *transfer_start(struct transfers *t,
    const struct transfer_request *request, transfer_fn done, void *ctx);

/* The wire is cut; neither callback will come any more. */
void transfer_cancel(struct transfer *t);

#endif
