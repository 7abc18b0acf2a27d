/*
 * Walks HTML as libxml2's parser calls out elements and characters, with depth
 * counters for state. The only file that includes libxml2.
 */
#include "cli/html.h"

#include <limits.h>
#include <string.h>

#include <libxml/HTMLparser.h>

struct walk {
	struct blocks *out, *title;
	int depth; /* of open elements */
	/* The depth at which the element lies that is skipped, preformatted,
	 * a heading or the title; 0 outside of one. */
	int skip, pre, heading, in_title;
};

static bool
html_is_in(const char *name, const char *const *list)
{
	while (*list != NULL && strcmp(name, *list) != 0)
		list++;
	return *list != NULL;
}

static bool
html_is_skipped(const char *name)
{
	static const char *const names[] = {"script", "style", "template",
	    "noscript", "nav", "svg", "iframe", "object", "select", "button",
	    NULL};

	return html_is_in(name, names);
}

/* Elements that stand on lines of their own. */
static bool
html_is_block(const char *name)
{
	static const char *const names[] = {"address", "article", "aside",
	    "blockquote", "body", "br", "caption", "center", "dd", "details",
	    "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure",
	    "footer", "form", "header", "hr", "legend", "li", "main", "ol", "p",
	    "section", "summary", "table", "tbody", "tfoot", "thead", "tr",
	    "ul", NULL};

	return html_is_in(name, names);
}

static int
html_heading_level(const char *name)
{
	return name[0] == 'h' && name[1] >= '1' && name[1] <= '6' &&
		name[2] == '\0'
	    ? name[1] - '0'
	    : 0;
}

/* Classes of what leads elsewhere, as DocBook and Sphinx name them. */
static bool
html_is_junk_class(const char *classes)
{
	static const char *const names[] = {"navheader", "navfooter", "toc",
	    "indexdiv", "headerlink", "id_link", NULL};
	char word[16];

	while (*classes != '\0') {
		size_t len = strcspn(classes, " \t\r\n\f");

		if (len < sizeof word) {
			memcpy(word, classes, len);
			word[len] = '\0';
			if (html_is_in(word, names))
				return true;
		}
		classes += len;
		classes += strspn(classes, " \t\r\n\f");
	}
	return false;
}

static const char *
html_attribute(const xmlChar **attributes, const char *name)
{
	for (; attributes != NULL && *attributes != NULL; attributes += 2) {
		if (strcmp((const char *)attributes[0], name) == 0)
			return (const char *)attributes[1];
	}
	return NULL;
}

/* A new line, in whatever the walk is in. */
static void
html_break(struct walk *w)
{
	if (w->heading > 0)
		blocks_add(w->out, " ", 1);
	else if (w->pre > 0)
		blocks_add(w->out, "\n", 1);
	else
		blocks_begin(w->out, BLOCK_TEXT, 0);
}

static void
html_start(void *arg, const xmlChar *element, const xmlChar **attributes)
{
	struct walk *w = arg;
	const char *name = (const char *)element;
	const char *classes = html_attribute(attributes, "class");
	int level = html_heading_level(name);

	w->depth++;
	if (w->skip > 0)
		return;
	if (html_is_skipped(name) ||
	    (classes != NULL && html_is_junk_class(classes))) {
		w->skip = w->depth;
	} else if (strcmp(name, "title") == 0) {
		w->in_title = w->depth;
	} else if (level > 0 && w->heading == 0) {
		w->heading = w->depth;
		blocks_begin(w->out, BLOCK_HEADING, level);
	} else if (strcmp(name, "pre") == 0 && w->heading + w->pre == 0) {
		w->pre = w->depth;
		blocks_begin(w->out, BLOCK_PRE, 0);
	} else if (strcmp(name, "td") == 0 || strcmp(name, "th") == 0) {
		blocks_add(w->out, " ", 1);
	} else if (html_is_block(name)) {
		html_break(w);
	}
}

static void
html_end(void *arg, const xmlChar *element)
{
	struct walk *w = arg;
	const char *name = (const char *)element;
	int depth = w->depth;

	if (depth == 0)
		return;
	w->depth--;
	if (w->skip > 0) {
		if (w->skip == depth)
			w->skip = 0;
	} else if (w->in_title == depth) {
		w->in_title = 0;
	} else if (w->heading == depth || w->pre == depth) {
		w->heading = w->heading == depth ? 0 : w->heading;
		w->pre = w->pre == depth ? 0 : w->pre;
		blocks_begin(w->out, w->pre > 0 ? BLOCK_PRE : BLOCK_TEXT, 0);
	} else if (html_is_block(name) && strcmp(name, "br") != 0) {
		html_break(w);
	}
}

static void
html_characters(void *arg, const xmlChar *text, int len)
{
	struct walk *w = arg;

	if (w->skip == 0 && len > 0)
		blocks_add(w->in_title > 0 ? w->title : w->out,
		    (const char *)text, (size_t)len);
}

enum err
html_read(
    const char *html, size_t len, struct blocks *out, struct blocks *title)
{
	struct walk w = {.out = out, .title = title};
	htmlParserCtxtPtr parser;

	if (len > INT_MAX)
		return ERR_TOO_BIG;
	parser = htmlNewParserCtxt();
	if (parser == NULL)
		return ERR_NOMEM;
	/* Its copy of the table of callbacks; without the ones that build a
	 * tree, none is built. */
	*parser->sax = (htmlSAXHandler){
	    .startElement = html_start,
	    .endElement = html_end,
	    .characters = html_characters,
	    .ignorableWhitespace = html_characters,
	    .cdataBlock = html_characters,
	};
	parser->userData = &w;
	(void)htmlCtxtReadMemory(parser, html, (int)len, NULL, "UTF-8",
	    HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
		HTML_PARSE_NONET);
	htmlFreeParserCtxt(parser);
	return ERR_OK;
}
