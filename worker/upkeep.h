/*
 * What a worker does besides jobs: checks the schema and introduces itself,
 * shows that it lives, promotes what is due, sweeps up after the dead, and
 * gives the beat of the fallback poll.
 */
#ifndef WORKER_UPKEEP_H
#define WORKER_UPKEEP_H

#include <stdint.h>

#include <uv.h>

#include "common/conf.h"
#include "worker/pgconn.h"
#include "worker/runtimes.h"

struct upkeep;

struct upkeep_events {
	void (*on_started)(void *ctx, int64_t worker_id); /* once */
	void (*on_unfit)(void *ctx); /* the schema is not ours; logged */
	void (*on_poll)(void *ctx);
	void (*on_ready)(void *ctx); /* jobs became ready */
	void (*on_stopped)(void *ctx);
	int (*in_flight)(void *ctx);
	void *ctx;
};

/* conf and runtimes must outlive it. */
struct upkeep *upkeep_new(uv_loop_t *loop, struct pgconn *control,
    const struct conf *conf, const struct runtimes *runtimes,
    const struct upkeep_events *events);
void upkeep_close(struct upkeep *u);

/* The control connection is up: looks for what is due, or starts. */
void upkeep_resume(struct upkeep *u);

/* Says goodbye; on_stopped comes when that is done or cannot be. */
void upkeep_stop(struct upkeep *u);

#endif
