/*
 * The text of a document, cleaned, as a list of blocks: headings, paragraphs
 * and preformatted text. Readers of formats put characters in; chunk.h takes
 * blocks out. The blocks lie one behind another in one text with a line end
 * between them, so that a run of blocks is a stretch of that text.
 */
#ifndef CLI_BLOCK_H
#define CLI_BLOCK_H

#include <stddef.h>

#include "common/attrs.h"
#include "common/buf.h"
#include "common/err.h"

enum block_kind { BLOCK_TEXT, BLOCK_PRE, BLOCK_HEADING };

struct block {
	enum block_kind kind;
	int level;      /* 1 to 6 of a heading, else 0 */
	size_t at, len; /* in the text of the list; never empty */
};

struct blocks {
	struct buf text;
	struct block *list;
	size_t count, cap;
	enum err failed; /* sticky, as in struct buf */
	struct block open;
	bool is_blank_due; /* before the next character */
};

void blocks_init(struct blocks *b, size_t max);
void blocks_release(struct blocks *b);

/* Ends the open block, dropping it if it is empty, and opens another. */
void blocks_begin(struct blocks *b, enum block_kind kind, int level);

/*
 * Appends characters to the open block. Control characters and invisible ones
 * go; what is not UTF-8 becomes U+FFFD; runs of blanks become one, except in
 * BLOCK_PRE, where line ends and blanks stay.
 */
void blocks_add(struct blocks *b, const char *s, size_t len);

/* Ends the last block; ERR_TOO_BIG or ERR_NOMEM if something was lost. */
MUST_CHECK enum err blocks_end(struct blocks *b);

#endif
