/*
 * Makes plain text of what a model wrote: no HTML, no links, and none of the
 * <<MARKS>> that tell programs what to show beside an answer. Pure.
 */
#ifndef ASSISTANT_PLAIN_H
#define ASSISTANT_PLAIN_H

#include "common/buf.h"

/*
 * Copies text without:
 *   <<MARK>>, and the rest of the line behind <<SUGGESTIONS>>
 *   HTML tags and comments; of script and style also what is in them
 *   links: [words](address) leaves its words, a bare address nothing
 * and without the blanks that would be left over. "a < b" stays. Nothing is
 * left of a text that hides them in one another many times over.
 */
void plain_write(const char *text, struct buf *out);

#endif
