/*
 * The attempts in flight: starts their handlers, turns how they end into
 * outcomes, and cuts off those whose deadline has passed, whose lease is lost
 * or whose job was cancelled. The functions that handlers call (handler.h) are
 * here.
 */
#ifndef WORKER_FLIGHT_H
#define WORKER_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "worker/attempt.h"
#include "worker/claim.h"
#include "worker/handler.h"
#include "worker/runtimes.h"
#include "worker/settle.h"

struct flight;

struct flight_setup {
	const struct conf *conf;
	const struct handler *handlers;
	size_t handler_count;
	struct services *services;
	struct settle *settle;
	struct runtimes *runtimes;
	void (*on_landed)(void *ctx); /* an attempt has ended or was cut off */
	void *ctx;
};

/* What setup points to must outlive it; setup itself is copied. */
struct flight *flight_new(uv_loop_t *loop, const struct flight_setup *setup);
void flight_close(struct flight *f); /* cancels what is still running */

/* sent_ms: when the claim left, which is where the deadline counts from. */
void flight_start(
    struct flight *f, const struct claim_row *row, int64_t sent_ms);
/* Keeps a claimed job for flight_release() without starting it. */
void flight_hold(struct flight *f, const struct claim_row *row);

/* If it is not here, a claim under way may bring it: it will not be started. */
void flight_cancel(struct flight *f, const char *job_id);
void flight_lose(struct flight *f, struct attempt *a);

/* Cuts off all attempts, or only those on hold, and hands their jobs back:
 * sends one statement, or returns false if there is none to hand back. */
bool flight_release(struct flight *f, struct pgconn *control, bool is_all,
    pgquery_fn done, void *ctx);

const struct attempts *flight_attempts(const struct flight *f);

#endif
