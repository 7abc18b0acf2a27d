/*
 * Outgoing HTTP calls: curl_multi_socket_action on the loop, thousands at a
 * time. Redirects off, http and https only, no proxy from the environment,
 * bodies capped, certificates checked. A transfer knows nothing of jobs.
 */
#ifndef WORKER_TRANSFER_H
#define WORKER_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "common/attrs.h"
#include "common/err.h"

struct transfers;
struct transfer;

struct transfer_request {
	const char *url;
	const char *const *headers; /* "Name: value", NULL-terminated */
	const char *body;           /* NULL makes it a GET, else a POST */
	size_t body_len;
	size_t response_max; /* bytes, decoded */
	int64_t connect_timeout_ms;
	int64_t timeout_ms; /* whole call */
};

/* Borrowed, valid in the callback only. */
struct transfer_reply {
	enum err e; /* ERR_OK: a whole HTTP reply of any status; ERR_TIMEOUT,
		       ERR_TOO_BIG, ERR_NET */
	const char *problem; /* for logs when e is not ERR_OK: which phase */
	int status;
	const char *content_type; /* "" if none */
	const char *body;         /* NUL-terminated, may hold NULs before */
	size_t body_len;
	int64_t retry_after_ms; /* retry-after-ms or Retry-After (seconds or
				   HTTP date), -1 if absent or garbage */
	const char *request_id; /* the server's x-request-id, "" if none */
};
typedef void (*transfer_fn)(void *ctx, const struct transfer_reply *reply);

struct transfers *transfers_new(uv_loop_t *loop);
void transfers_close(struct transfers *t); /* drops what is under way */

/* Copies the request. The callback comes from the loop, never from inside this
 * call. */
struct transfer *transfer_start(struct transfers *t,
    const struct transfer_request *request, transfer_fn done, void *ctx);

/* The wire is cut now; the callback will not come. */
void transfer_cancel(struct transfer *t);

#endif
