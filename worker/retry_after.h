/*
 * Reads what HTTP servers say about when to come back. Pure.
 */
#ifndef WORKER_RETRY_AFTER_H
#define WORKER_RETRY_AFTER_H

#include <stdint.h>

#define RETRY_AFTER_MAX_MS INT64_C(300000)

/*
 * Values of the header fields retry-after-ms and Retry-After, NULL if absent;
 * the first wins. Numbers may have a fraction; Retry-After may also be one of
 * the three dates of RFC 9110 §5.6.7, held against now_ms (since 1970).
 * Returns milliseconds from 0 to RETRY_AFTER_MAX_MS, or -1 if both are absent
 * or make no sense.
 */
int64_t retry_after_ms(
    const char *milliseconds, const char *seconds_or_date, int64_t now_ms);

#endif
