/* Sections by headings, sentences by punctuation, passages by length. */
#include "cli/chunk.h"

#include <ctype.h>
#include <string.h>

#include "common/buf.h"
#include "common/text.h"

#define CHUNK_LEVELS 3
#define CHUNK_ARROW " \u203a "

struct splitter {
	const char *document; /* its title */
	const struct blocks *blocks;
	const struct block *path[CHUNK_LEVELS]; /* headings in force */
	chunk_sink *sink;
	void *arg;
};

static bool
chunk_is_lead(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

static bool
chunk_is_blank(char c)
{
	return c == ' ' || c == '\n';
}

/* Code points from p to end, counted to limit at most. */
static size_t
chunk_points(const char *p, const char *end, size_t limit)
{
	size_t n = 0;

	for (; p < end && n < limit; p++)
		n += chunk_is_lead(*p);
	return n;
}

/* Behind the closing quotes and brackets at p, of which a few are looked at, so
 * that every unit has an end. */
static const char *
chunk_skip_closers(const char *p, const char *end)
{
	static const char *const closers[] = {
	    "\"", "'", ")", "]", "\u201d", "\u2019", "\u00bb"};

	for (int left = 3; left > 0; left--) {
		size_t i = 0, len = 0;

		for (; i < sizeof closers / sizeof *closers; i++) {
			len = strlen(closers[i]);
			if ((size_t)(end - p) >= len &&
			    memcmp(p, closers[i], len) == 0)
				break;
		}
		if (i == sizeof closers / sizeof *closers)
			break;
		p += len;
	}
	return p;
}

/* The border behind a sentence whose last character is at p, NULL if none ends
 * there, as in "e.g. this" and "3.14". */
static const char *
chunk_sentence_end(const char *p, const char *end)
{
	static const char *const wide[] = {"\u3002", "\uff01", "\uff1f"};

	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
		if (end - p >= 3 && memcmp(p, wide[i], 3) == 0)
			return chunk_skip_closers(p + 3, end);
	}
	if (*p != '.' && *p != '!' && *p != '?')
		return NULL;
	p = chunk_skip_closers(p + 1, end);
	if (end - p < 2 || *p != ' ' || islower((unsigned char)p[1]))
		return NULL;
	return p + 1;
}

/* The border behind the sentence, or line, that begins at p. */
static const char *
chunk_unit_end(const char *p, const char *end)
{
	const char *word = NULL, *next;
	size_t n = 0;

	for (; p < end; p++) {
		if (chunk_is_lead(*p) && n++ == CHUNK_SENTENCE)
			return word != NULL ? word : p;
		if (*p == '\n')
			return p + 1;
		next = chunk_sentence_end(p, end);
		if (next != NULL)
			return next;
		if (*p == ' ')
			word = p + 1;
	}
	return end;
}

static void
chunk_add_part(struct buf *title, const char *part, size_t len)
{
	if (title->len > 0)
		buf_add_str(title, CHUNK_ARROW);
	buf_add(title, part, text_utf8_prefix(part, len, CHUNK_TITLE_BYTES));
}

/* The document's title and the headings above, but for those that only repeat
 * what stands before them. */
static void
chunk_title(const struct splitter *s, struct buf *out)
{
	const char *last = s->document;
	size_t last_len = strlen(last);

	chunk_add_part(out, last, last_len);
	for (size_t i = 0; i < CHUNK_LEVELS; i++) {
		const struct block *h = s->path[i];
		const char *text;

		if (h == NULL)
			continue;
		text = s->blocks->text.at + h->at;
		if (h->len != last_len || memcmp(text, last, last_len) != 0)
			chunk_add_part(out, text, h->len);
		last = text;
		last_len = h->len;
	}
}

static void
chunk_emit(
    const struct splitter *s, const char *title, const char *p, const char *end)
{
	while (p < end && chunk_is_blank(*p))
		p++;
	while (p < end && chunk_is_blank(end[-1]))
		end--;
	if (p < end)
		s->sink(s->arg, title, p, (size_t)(end - p));
}

/* Where the passage behind stop begins: at the first border from p on that
 * leaves no more than the overlap before stop. */
static const char *
chunk_overlap(const char *p, const char *stop, const char *end)
{
	while (chunk_points(p, stop, CHUNK_OVERLAP + 1) > CHUNK_OVERLAP)
		p = chunk_unit_end(p, end);
	return p;
}

static void
chunk_section(const struct splitter *s, const char *p, const char *end)
{
	const size_t most = CHUNK_POINTS + CHUNK_TAIL;
	struct buf title;

	buf_init(&title, (CHUNK_LEVELS + 1) * (CHUNK_TITLE_BYTES + 8));
	chunk_title(s, &title);
	while (chunk_points(p, end, most + 1) > most) {
		const char *stop = p, *next = p;

		while (
		    chunk_points(p, next, CHUNK_POINTS + 1) <= CHUNK_POINTS) {
			stop = next;
			next = chunk_unit_end(next, end);
		}
		chunk_emit(s, buf_str(&title), p, stop);
		p = chunk_overlap(p, stop, end);
	}
	chunk_emit(s, buf_str(&title), p, end);
	buf_release(&title);
}

void
chunk_split(
    const char *title, const struct blocks *blocks, chunk_sink *sink, void *arg)
{
	struct splitter s = {
	    .document = title, .blocks = blocks, .sink = sink, .arg = arg};
	const char *text = buf_str(&blocks->text);
	size_t from = 0; /* of the section */

	for (size_t i = 0; i < blocks->count; i++) {
		const struct block *b = &blocks->list[i];

		if (b->kind != BLOCK_HEADING || b->level > CHUNK_LEVELS)
			continue;
		chunk_section(&s, text + from, text + b->at);
		for (int l = b->level; l <= CHUNK_LEVELS; l++)
			s.path[l - 1] = NULL;
		s.path[b->level - 1] = b;
		from = b->at + b->len;
	}
	chunk_section(&s, text + from, text + blocks->text.len);
}
