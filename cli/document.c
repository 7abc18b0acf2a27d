/*
 * Formats and front matter. Markdown becomes HTML by libcmark, so that one
 * walker reads both. The only file that includes libcmark.
 */
#include "cli/document.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <cmark.h>

#include "common/mem.h"
#include "common/text.h"

#include "cli/html.h"

#define DOCUMENT_TEXT_MAX (64 * 1024 * 1024)
#define DOCUMENT_TITLE_MAX (4 * 1024)

bool
document_format(const char *path, enum document_format *out)
{
	static const struct {
		const char *end;
		enum document_format format;
	} formats[] = {
	    {".md", DOCUMENT_MARKDOWN},
	    {".markdown", DOCUMENT_MARKDOWN},
	    {".html", DOCUMENT_HTML},
	    {".htm", DOCUMENT_HTML},
	    {".txt", DOCUMENT_TEXT},
	};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		if (dot != NULL && strcasecmp(dot, formats[i].end) == 0) {
			*out = formats[i].format;
			return true;
		}
	}
	return false;
}

/* One line of clean text, cut to what a title may be. */
static char *
document_clean(const char *s, size_t len)
{
	struct blocks b;
	char *line;

	blocks_init(&b, 4 * DOCUMENT_TITLE_MAX);
	blocks_add(&b, s, text_utf8_prefix(s, len, DOCUMENT_TITLE_MAX));
	line = x_strdup(buf_str(&b.text));
	blocks_release(&b);
	return line;
}

static void
document_replace(char **field, char *taken)
{
	mem_free(*field);
	*field = taken;
}

/* Takes the quotes off a value that is in some. */
static char *
document_value(const char *s, size_t len)
{
	char *text = document_clean(s, len);
	size_t n = strlen(text);

	if (n >= 2 && (*text == '"' || *text == '\'') && text[n - 1] == *text) {
		memmove(text, text + 1, n - 2);
		text[n - 2] = '\0';
	}
	return text;
}

/* One "key: value"; NULL, or what is wrong with it. */
static const char *
document_take_key(
    struct document *d, const char *key, const char *value, size_t len)
{
	const char *why = NULL;
	char *text = document_value(value, len);

	if (strcmp(key, "title") == 0 && *text != '\0') {
		document_replace(&d->title, text);
		text = NULL;
	} else if (strcmp(key, "url") == 0) {
		document_replace(&d->url, text);
		text = NULL;
	} else if (strcmp(key, "topic") == 0) {
		if (!uuid_parse(text, strlen(text), &d->topic))
			why = "topic in the front matter is not a UUID";
	} else if (strcmp(key, "module") == 0) {
		if (text_to_int(text, 0, INT32_MAX, &d->module_no) != ERR_OK)
			why = "module in the front matter is not a number";
	} else if (strcmp(key, "position") == 0) {
		if (text_to_int(text, 0, INT32_MAX, &d->position) != ERR_OK)
			why = "position in the front matter is not a number";
	}
	mem_free(text);
	return why;
}

/* The line at *at without its end; *at moves behind it. */
static size_t
document_line(const char **at, const char *end)
{
	const char *line = *at;
	const char *stop = memchr(line, '\n', (size_t)(end - line));
	size_t len = (size_t)((stop != NULL ? stop : end) - line);

	*at = stop != NULL ? stop + 1 : end;
	return len > 0 && line[len - 1] == '\r' ? len - 1 : len;
}

/* Reads front matter, if *at begins with it, and moves *at behind it. Without
 * its second "---" it was a rule, and is left alone. */
static const char *
document_take_front(struct document *d, const char **at, const char *end)
{
	const char *p = *at, *line, *why = NULL;
	bool is_closed = false;
	size_t len = document_line(&p, end);

	if (len != 3 || memcmp(*at, "---", 3) != 0)
		return NULL;
	for (const char *q = p; q < end && !is_closed;) {
		line = q;
		is_closed = document_line(&q, end) == 3 &&
		    memcmp(line, "---", 3) == 0;
	}
	while (is_closed && p < end) {
		const char *colon;
		char key[16];

		line = p;
		len = document_line(&p, end);
		if (len == 3 && memcmp(line, "---", 3) == 0)
			break;
		colon = memchr(line, ':', len);
		if (colon == NULL || colon - line >= (ptrdiff_t)sizeof key)
			continue;
		memcpy(key, line, (size_t)(colon - line));
		key[colon - line] = '\0';
		len -= (size_t)(colon + 1 - line);
		if (why == NULL)
			why = document_take_key(d, key, colon + 1, len);
	}
	if (is_closed)
		*at = p;
	return why;
}

static enum err
document_read_markdown(
    struct document *d, const char *s, size_t len, struct blocks *title)
{
	/* "Unsafe" keeps HTML that the author put in; it is read, not shown. */
	char *html = cmark_markdown_to_html(s, len, CMARK_OPT_UNSAFE);
	enum err e;

	if (html == NULL)
		return ERR_NOMEM;
	e = html_read(html, strlen(html), &d->blocks, title);
	cmark_get_default_mem_allocator()->free(html);
	return e;
}

static bool
document_is_blank(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (isspace((unsigned char)s[i]) == 0)
			return false;
	}
	return true;
}

/* Paragraphs between empty lines. */
static void
document_read_text(struct document *d, const char *at, const char *end)
{
	while (at < end) {
		const char *line = at;
		size_t len = document_line(&at, end);

		if (document_is_blank(line, len))
			blocks_begin(&d->blocks, BLOCK_TEXT, 0);
		blocks_add(&d->blocks, line, len);
		blocks_add(&d->blocks, " ", 1);
	}
}

/* The first heading of the highest level that there is, NULL if none. */
static const struct block *
document_first_heading(const struct blocks *b, int level_max)
{
	const struct block *best = NULL;

	for (size_t i = 0; i < b->count; i++) {
		const struct block *at = &b->list[i];

		if (at->kind == BLOCK_HEADING && at->level <= level_max &&
		    (best == NULL || at->level < best->level))
			best = at;
	}
	return best;
}

/* What it calls itself: front matter, <h1>, <title>, any heading, its name. */
static void
document_find_title(
    struct document *d, const struct blocks *title, const char *path)
{
	const struct block *h = document_first_heading(&d->blocks, 1);
	const char *name = strrchr(path, '/'), *dot;
	size_t len;

	if (d->title != NULL)
		return;
	if (h == NULL && title->count == 0)
		h = document_first_heading(&d->blocks, 6);
	if (h != NULL) {
		d->title = document_clean(d->blocks.text.at + h->at, h->len);
	} else if (title->count > 0) {
		d->title = document_clean(title->text.at, title->list[0].len);
	} else {
		name = name != NULL ? name + 1 : path;
		dot = strrchr(name, '.');
		len = dot != NULL && dot > name ? (size_t)(dot - name)
						: strlen(name);
		d->title = document_clean(name, len);
	}
	if (*d->title == '\0')
		document_replace(&d->title, x_strdup("Untitled"));
}

static enum err
document_parse(struct document *d, enum document_format format, const char *at,
    size_t len, struct blocks *title, const char **why)
{
	const char *end = at + len;
	enum err e = ERR_OK;

	if (memchr(at, '\0', len) != NULL || !text_is_utf8(at, len)) {
		*why = "is not UTF-8 text; convert it with "
		       "iconv -f ENCODING -t UTF-8";
		return ERR_BAD_INPUT;
	}
	if (len >= 3 && memcmp(at, "\ufeff", 3) == 0)
		at += 3; /* a byte order mark would hide front matter */
	switch (format) {
	case DOCUMENT_MARKDOWN:
		*why = document_take_front(d, &at, end);
		e = *why != NULL
		    ? ERR_BAD_INPUT
		    : document_read_markdown(d, at, (size_t)(end - at), title);
		break;
	case DOCUMENT_HTML:
		e = html_read(at, (size_t)(end - at), &d->blocks, title);
		break;
	case DOCUMENT_TEXT:
		document_read_text(d, at, end);
		break;
	}
	return e;
}

enum err
document_read(enum document_format format, const char *path, const char *bytes,
    size_t len, struct document *out, const char **why)
{
	struct document d = {.module_no = 1, .position = 1};
	struct blocks title;
	enum err e;

	blocks_init(&d.blocks, DOCUMENT_TEXT_MAX);
	blocks_init(&title, DOCUMENT_TEXT_MAX);
	e = document_parse(&d, format, bytes, len, &title, why);
	if (e == ERR_OK)
		e = blocks_end(&d.blocks);
	if (e == ERR_OK)
		e = blocks_end(&title);
	if (e == ERR_OK) {
		document_find_title(&d, &title, path);
		d.url = d.url != NULL ? d.url : x_strdup("");
		*out = d;
	} else {
		document_release(&d);
	}
	blocks_release(&title);
	return e;
}

void
document_release(struct document *d)
{
	blocks_release(&d->blocks);
	mem_free(d->title);
	mem_free(d->url);
	d->title = d->url = NULL;
}
