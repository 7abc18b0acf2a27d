/*
 * Smoothed run times by job type, of which the front end tells clients when to
 * ask again. Pure bookkeeping.
 */
#ifndef WORKER_RUNTIMES_H
#define WORKER_RUNTIMES_H

#include <stddef.h>
#include <stdint.h>

#define RUNTIMES_MAX 64 /* types; those beyond are not measured */

struct runtimes {
	struct runtime {
		const char *type;
		double ms;
	} rows[RUNTIMES_MAX];
	size_t n;
};

/* A tenth of the difference each, so that some tens of jobs say how long one
 * takes. type is borrowed for good. */
void runtimes_note(struct runtimes *r, const char *type, int64_t ms);

/* Two array parameters: names, and milliseconds. */
struct buf;
void runtimes_arrays(
    const struct runtimes *r, struct buf *types, struct buf *run_ms);

#endif
