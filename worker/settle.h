/*
 * Brings outcomes into the database: gathers them while a statement is under
 * way, sends them again after a loss (the token makes that safe), and rings
 * job_done for the jobs that reached their end. What fails in company is sent
 * again alone, and what fails alone lets the others pass. Nothing is given up
 * but what the database refuses twice for its data.
 */
#ifndef WORKER_SETTLE_H
#define WORKER_SETTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "worker/outcome.h"
#include "worker/pgconn.h"
#include "worker/tokens.h"

struct settle;

/* on_settled: a statement has ended, outcomes may be stored and places free;
 * has_retries: jobs among them wait for their next attempt. */
struct settle *settle_new(uv_loop_t *loop, struct pgconn *control,
    int64_t timeout_ms, void (*on_settled)(void *ctx, bool has_retries),
    void *ctx);
void settle_close(struct settle *s); /* drops what is left */

/* Takes the outcome, whose job_id, token, attempt and run_ms are set. It is
 * sent on the next turn. */
void settle_add(struct settle *s, struct outcome *o);

/* The control connection is up: do not wait out a backoff. */
void settle_resume(struct settle *s);

/* The attempts whose outcomes are not stored yet: their leases must hold. */
void settle_add_tokens(const struct settle *s, struct tokens *t);

size_t settle_load(const struct settle *s);  /* outcomes not stored yet */
bool settle_is_idle(const struct settle *s); /* none, and no bell to ring */

#endif
