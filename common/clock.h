/*
 * Time. Deadlines are absolute on the monotonic clock, in milliseconds; wall
 * time is for JWT checks, ids and log lines only. Leases live on the clock of
 * the database and never pass through here.
 */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdint.h>

int64_t clock_mono_ms(void);
int64_t clock_wall_ms(void); /* since 1970, UTC */

/* Milliseconds until deadline, never below 0, at most INT_MAX (for poll). */
int clock_left_ms(int64_t deadline_ms);

/* Tests fix both clocks; a negative value gives the real one back. */
void clock_fake(int64_t mono_ms, int64_t wall_ms);

#endif
