/*
 * Decides when to claim: when woken (any number of bells become one claim), at
 * each poll (that one without cursors), and again while the last claim came
 * back full and places are free. Never more than one claim at a time.
 */
#ifndef WORKER_PUMP_H
#define WORKER_PUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "common/conf.h"
#include "worker/claim.h"
#include "worker/pgconn.h"

/* How much longer the database grants an attempt than we do: time to settle
 * one that has come to its deadline. */
#define PUMP_DEADLINE_GRACE_MS 5000

struct pump;

struct pump_events {
	size_t (*places)(void *ctx); /* how many jobs there is room for */
	/* A claimed job; sent_ms is when the claim left (monotonic). */
	void (*on_job)(void *ctx, const struct claim_row *row, int64_t sent_ms);
	void (*on_claimed)(void *ctx); /* after the last of a claim */
	void *ctx;
};

/* conf must outlive it. is_wide: no claim uses cursors. */
struct pump *pump_new(uv_loop_t *loop, struct pgconn *control,
    const struct conf *conf, bool is_wide, const struct pump_events *events);
void pump_close(struct pump *p);

void pump_start(struct pump *p, int64_t worker_id); /* may claim from now on */
void pump_stop(struct pump *p);                     /* never again */
void pump_wake(struct pump *p);                     /* there may be work */
void pump_widen(struct pump *p); /* as pump_wake, without cursors */
void pump_look(struct pump *p);  /* a place may have become free */

bool pump_is_busy(const struct pump *p); /* a claim is under way */
/* No claim is under way or wanted, and the last one, without cursors, found
 * nothing. */
bool pump_is_dry(const struct pump *p);

#endif
