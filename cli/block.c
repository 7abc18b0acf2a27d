/* Cleans characters and cuts them into blocks. Knows no format. */
#include "cli/block.h"

#include <string.h>

#include "common/mem.h"

#include "cli/utf8.h"

void
blocks_init(struct blocks *b, size_t max)
{
	*b = (struct blocks){.open.kind = BLOCK_TEXT};
	buf_init(&b->text, max);
}

void
blocks_release(struct blocks *b)
{
	buf_release(&b->text);
	mem_free(b->list);
	b->list = NULL;
	b->count = b->cap = 0;
}

static void
blocks_push(struct blocks *b)
{
	if (b->count == b->cap) {
		size_t cap = b->cap == 0 ? 64 : 2 * b->cap;
		struct block *list = try_realloc(
		    b->list, cap * sizeof *b->list);

		if (list == NULL) {
			b->failed = ERR_NOMEM;
			return;
		}
		b->list = list;
		b->cap = cap;
	}
	b->list[b->count++] = b->open;
}

static bool
blocks_is_blank_at(const struct blocks *b, size_t i)
{
	return b->text.at[i] == ' ' || b->text.at[i] == '\n';
}

void
blocks_begin(struct blocks *b, enum block_kind kind, int level)
{
	size_t at = b->open.at;

	while (b->text.len > at && blocks_is_blank_at(b, b->text.len - 1))
		b->text.at[--b->text.len] = '\0';
	b->open.len = b->text.len - at;
	if (b->open.len > 0) {
		blocks_push(b);
		buf_add_char(&b->text, '\n');
	}
	b->open = (struct block){
	    .kind = kind, .level = level, .at = b->text.len};
	b->is_blank_due = false;
}

/* Neither seen nor heard: C0 and C1 controls, zero-width ones, soft hyphens,
 * marks of direction, and code points that are no characters. */
static bool
blocks_is_dropped(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	    (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

static bool
blocks_is_blank(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 ||
	    c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
	    c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

static void
blocks_add_blank(struct blocks *b, uint32_t c)
{
	if (b->open.kind != BLOCK_PRE) {
		b->is_blank_due = b->text.len > b->open.at;
	} else if (c == '\n' || c == '\f' || c == 0x2028 || c == 0x2029) {
		while (b->text.len > b->open.at &&
		    b->text.at[b->text.len - 1] == ' ')
			b->text.at[--b->text.len] = '\0';
		if (b->text.len > b->open.at)
			buf_add_char(&b->text, '\n');
	} else if (c == '\t') {
		buf_add_str(&b->text, "    ");
	} else if (c != '\r') {
		buf_add_char(&b->text, ' ');
	}
}

void
blocks_add(struct blocks *b, const char *s, size_t len)
{
	uint32_t c;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = utf8_next(s + i, len - i, &c);
		if (blocks_is_blank(c)) {
			blocks_add_blank(b, c);
			continue;
		}
		if (blocks_is_dropped(c))
			continue;
		if (b->is_blank_due)
			buf_add_char(&b->text, ' ');
		b->is_blank_due = false;
		utf8_add(&b->text, c);
	}
}

enum err
blocks_end(struct blocks *b)
{
	blocks_begin(b, BLOCK_TEXT, 0);
	return b->failed != ERR_OK ? b->failed : buf_status(&b->text);
}
