/* Code points in text that may be anything. Pure. */
#ifndef CLI_UTF8_H
#define CLI_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_BROKEN 0xFFFDU

struct buf;

/*
 * The code point at s and how many bytes it takes: at least 1, never more than
 * len, which is at least 1. What is not UTF-8 as RFC 3629 has it reads as
 * UTF8_BROKEN, one for each byte.
 */
size_t utf8_next(const char *s, size_t len, uint32_t *out);

void utf8_add(struct buf *b, uint32_t point);

#endif
