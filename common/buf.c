/*
 * Growth doubles, so that n appends cost O(n). Every append goes through
 * buf_reserve(), which alone decides about the maximum and about failure.
 */
#include "common/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"

#define BUF_CAP_MIN 64

/* Room for len more bytes and the NUL; false leaves b failed. */
static bool
buf_reserve(struct buf *b, size_t len)
{
	size_t need, cap;
	char *at;

	if (b->failed != ERR_OK)
		return false;
	if (len > b->max - b->len) {
		b->failed = ERR_TOO_BIG;
		return false;
	}
	need = b->len + len + 1;
	if (need <= b->cap)
		return true;
	cap = b->cap > BUF_CAP_MIN ? b->cap : BUF_CAP_MIN;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	at = try_realloc(b->at, cap);
	if (at == NULL) {
		b->failed = ERR_NOMEM;
		return false;
	}
	b->at = at;
	b->cap = cap;
	return true;
}

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max < SIZE_MAX ? max : SIZE_MAX - 1};
}

void
buf_release(struct buf *b)
{
	mem_free(b->at);
	buf_init(b, b->max);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = ERR_OK;
	if (b->at != NULL)
		b->at[0] = '\0';
}

void
buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (!buf_reserve(b, len))
		return;
	if (len > 0)
		memcpy(b->at + b->len, bytes, len);
	b->len += len;
	b->at[b->len] = '\0';
}

void
buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list measure;
	int len;

	va_copy(measure, ap);
	len = vsnprintf(NULL, 0, fmt, measure);
	va_end(measure);
	if (len < 0) {
		if (b->failed == ERR_OK)
			b->failed = ERR_TOO_BIG; /* more than INT_MAX */
		return;
	}
	if (!buf_reserve(b, (size_t)len))
		return;
	(void)vsnprintf(b->at + b->len, (size_t)len + 1, fmt, ap);
	b->len += (size_t)len;
}

static void
buf_add_json_char(struct buf *b, unsigned char c)
{
	static const char letters[] = "btnvfr"; /* from 0x08; \v is no JSON */

	if (c == '"' || c == '\\') {
		buf_add_char(b, '\\');
		buf_add_char(b, (char)c);
	} else if (c >= 0x08 && c <= 0x0d && c != 0x0b) {
		buf_add_char(b, '\\');
		buf_add_char(b, letters[c - 0x08]);
	} else {
		buf_printf(b, "\\u%04x", (unsigned)c);
	}
}

void
buf_add_json_str(struct buf *b, const char *s)
{
	size_t before = b->len, run = 0;

	buf_add_char(b, '"');
	while (s[run] != '\0') {
		unsigned char c = (unsigned char)s[run];

		if (c >= 0x20 && c != '"' && c != '\\') {
			run++;
			continue;
		}
		buf_add(b, s, run);
		buf_add_json_char(b, c);
		s += run + 1;
		run = 0;
	}
	buf_add(b, s, run);
	buf_add_char(b, '"');
	if (b->failed != ERR_OK && b->len > before) {
		b->len = before;
		b->at[before] = '\0';
	}
}

const char *
buf_str(const struct buf *b)
{
	return b->at != NULL ? b->at : "";
}

char *
buf_take(struct buf *b)
{
	char *text = b->at != NULL ? b->at : x_strdup("");

	b->at = NULL;
	buf_release(b);
	return text;
}

enum err
buf_status(const struct buf *b)
{
	return b->failed;
}
