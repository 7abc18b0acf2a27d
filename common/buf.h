/*
 * A byte buffer that grows up to a maximum fixed at init and is always
 * NUL-terminated. An append that would pass the maximum, or that finds no
 * memory, changes nothing and makes the buffer sticky-failed: a run of appends
 * needs one check at its end.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/attrs.h"
#include "common/err.h"

struct buf {
	char *at;   /* NULL until the first append */
	size_t len; /* bytes before the NUL */
	size_t cap;
	size_t max;      /* most bytes it may hold, without the NUL */
	enum err failed; /* ERR_OK, ERR_TOO_BIG or ERR_NOMEM */
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b); /* also makes it usable again, empty */
void buf_clear(struct buf *b);   /* empty, not failed; keeps its memory */

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_add_str(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) PRINTF(2, 0);

/* Appends s as a quoted JSON string; s must be valid UTF-8. */
void buf_add_json_str(struct buf *b, const char *s);

/* The text so far, "" when empty; valid until the next call on b. */
const char *buf_str(const struct buf *b);

/* Hands the text to the caller (mem_free) and empties b; "" when empty. */
char *buf_take(struct buf *b);

/* ERR_OK, or why an append did not fit. */
MUST_CHECK enum err buf_status(const struct buf *b);

#endif
