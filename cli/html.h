/*
 * Reads HTML into blocks: what a reader of the page would read, without
 * scripts, menus and tables of contents. Nothing is fetched, and nothing
 * recurses however deep the elements lie.
 */
#ifndef CLI_HTML_H
#define CLI_HTML_H

#include <stddef.h>

#include "common/attrs.h"
#include "common/err.h"

#include "cli/block.h"

/*
 * html is UTF-8, whatever it says of itself. title gets the text of <title> as
 * a block of its own, if there is one. The caller ends both lists.
 */
MUST_CHECK enum err html_read(
    const char *html, size_t len, struct blocks *out, struct blocks *title);

#endif
