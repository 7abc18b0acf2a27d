/*
 * Renews the leases of all attempts in flight and of all outcomes that are not
 * stored yet, and finds out which attempts are lost.
 */
#ifndef WORKER_LEASE_H
#define WORKER_LEASE_H

#include <stdint.h>

#include <uv.h>

#include "worker/attempt.h"
#include "worker/pgconn.h"
#include "worker/settle.h"

struct leases;

/* on_lost: the attempt's token is void, and its work is to be dropped; removes
 * it from the attempts. */
struct leases *leases_new(uv_loop_t *loop, struct pgconn *control,
    const struct attempts *attempts, const struct settle *settle,
    int64_t lease_ms, int64_t heartbeat_ms, int64_t timeout_ms,
    void (*on_lost)(void *ctx, struct attempt *a), void *ctx);
void leases_close(struct leases *l);

/* Renews at once, unless that is under way; for a connection that is back. */
void leases_renew(struct leases *l);

#endif
