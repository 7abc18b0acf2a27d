/*
 * The worker as a whole: puts its parts together and takes them from start to
 * end. Knows handlers only by their interface.
 */
#ifndef WORKER_ENGINE_H
#define WORKER_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "common/conf.h"
#include "worker/handler.h"

struct engine;

struct engine_options {
	const struct handler *handlers;
	size_t handler_count;
	void *shared; /* what the handlers find in their services */
	void (*close_shared)(void *shared); /* its handles on the loop */
	bool is_once;                       /* end when no ready work is left */
	int64_t for_ms;                     /* then drain and end; 0 = never */
};

/* Starts on the loop; conf and the handlers must outlive it. NULL when libcurl
 * does not start (logged). */
struct engine *engine_new(uv_loop_t *loop, const struct conf *conf,
    const struct engine_options *options);

/* First call: claims no more, and lets what runs go on for [worker] drain, then
 * hands it back. Second call: hands back now. The loop ends by itself. */
void engine_stop(struct engine *e);

/* After the loop has ended: the exit code of the process. */
int engine_free(struct engine *e);

#endif
