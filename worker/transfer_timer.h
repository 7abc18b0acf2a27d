/*
 * The clock of one transfer, for the bounds that libcurl does not have: how
 * long until the body begins, and between two pieces of it.
 */
#ifndef WORKER_TRANSFER_TIMER_H
#define WORKER_TRANSFER_TIMER_H

#include <stdint.h>

#include <uv.h>

struct transfer_timer;

struct transfer_timer *transfer_timer_new(
    uv_loop_t *loop, void (*fired)(void *ctx), void *ctx);
void transfer_timer_close(struct transfer_timer *t); /* NULL is allowed */

/* Fires once, ms from now unless it is set anew; 0 or less stops it. */
void transfer_timer_set(struct transfer_timer *t, int64_t ms);

#endif
