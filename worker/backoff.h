/*
 * How long to wait before another try. Pure: the caller passes the randomness
 * in, 32 bits of it, so that a test fixes it.
 */
#ifndef WORKER_BACKOFF_H
#define WORKER_BACKOFF_H

#include <stdint.h>

/* base * 2^(failures - 1), at most cap, then a point between its half and the
 * whole. failures counts from 1. */
int64_t backoff_ms(
    int failures, int64_t base_ms, int64_t cap_ms, uint32_t random);

/* What a server asked for, or up to a tenth more: jobs that were turned away
 * together shall not come back together. */
int64_t backoff_after_ms(int64_t asked_ms, uint32_t random);

/* A point within 20 % of a period, so that workers do not tick in step. */
int64_t backoff_period_ms(int64_t period_ms, uint32_t random);

/* Not pure: 32 bits from the kernel. */
uint32_t backoff_random(void);

#endif
