/*
 * The LISTEN connection: tells of new work and of cancelled jobs. A
 * notification is only a hint, and the registration can be lost while the
 * session lives on, so the session is asked for its channels every few seconds.
 */
#ifndef WORKER_LISTEN_H
#define WORKER_LISTEN_H

#include <uv.h>

#include "common/conf.h"

struct listen;

struct listen_events {
	/* Something may be ready: a bell, or we have just begun to listen and
	 * may have missed some. */
	void (*on_ready)(void *ctx);
	void (*on_cancel)(void *ctx, const char *job_id);
	void *ctx;
};

/* conf must outlive it. */
struct listen *listen_new(uv_loop_t *loop, const struct conf *conf,
    const struct listen_events *events);
void listen_close(struct listen *l); /* NULL is allowed */

#endif
