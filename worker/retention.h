/*
 * Deletes finished jobs when they are old enough, a small batch at a time: one
 * after the other while there is more, then once a minute.
 */
#ifndef WORKER_RETENTION_H
#define WORKER_RETENTION_H

#include <uv.h>

#include "common/conf.h"
#include "worker/pgconn.h"

struct retention;

/* NULL when [worker] retention is 0; conf must outlive it. */
struct retention *retention_new(
    uv_loop_t *loop, struct pgpool *pool, const struct conf *conf);
void retention_close(struct retention *r); /* NULL is allowed */

#endif
