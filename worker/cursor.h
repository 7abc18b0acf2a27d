/*
 * Where the next claim may start in each lane (job type and priority): a hint
 * that spares it the walk over rows that are claimed but still visible to some
 * old snapshot. Pure bookkeeping. A bound can hide a row that committed long
 * after its seq was drawn, so claims without any come at each poll.
 */
#ifndef WORKER_CURSOR_H
#define WORKER_CURSOR_H

#include <stddef.h>
#include <stdint.h>

#define CURSOR_LANES_MAX 256
#define CURSOR_SLACK 500 /* for rows that commit out of the order of seq */

struct cursors {
	struct cursor_lane {
		int type_id, priority;
		int64_t seq; /* lowest of the last claim that had any */
		unsigned claim;
	} lanes[CURSOR_LANES_MAX];
	size_t n;
	unsigned claim; /* number of the claim that is being read */
};

/* The rows of another claim follow. */
void cursors_begin(struct cursors *c);
void cursors_learn(struct cursors *c, int type_id, int priority, int64_t seq);

/* 0 if the lane is not known. */
int64_t cursors_bound(const struct cursors *c, int type_id, int priority);

/* The three array parameters of coatcheck.claim(). */
struct buf;
void cursors_arrays(const struct cursors *c, struct buf *types,
    struct buf *priorities, struct buf *seqs);

#endif
