/*
 * Something to do once on the loop's next turn, however often it is asked for
 * meanwhile: how work gathers into batches, and how a callback is kept from
 * coming out of the call that caused it.
 */
#ifndef WORKER_TURN_H
#define WORKER_TURN_H

#include <uv.h>

struct turn {
	uv_idle_t idle;
	void (*fn)(void *ctx);
	void *ctx;
};

void turn_init(
    struct turn *t, uv_loop_t *loop, void (*fn)(void *ctx), void *ctx);
void turn_ask(struct turn *t);
/* closed gets the handle, whose data is ctx; the memory stays until then. */
void turn_close(struct turn *t, uv_close_cb closed);

#endif
