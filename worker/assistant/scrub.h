/*
 * Takes e-mail addresses and telephone numbers out of text before it leaves
 * for a language model. Works on shapes alone: a number counts as a telephone
 * number if it is written like one, and a date, a price, an address of a
 * computer or a number in code is not. Pure, in linear time.
 */
#ifndef ASSISTANT_SCRUB_H
#define ASSISTANT_SCRUB_H

#include "common/buf.h"

/* Copies text with "[email]" and "[phone]" in their place. Valid UTF-8 stays
 * valid, nothing becomes longer than twice its length, and doing it again
 * changes nothing. */
void scrub_write(const char *text, struct buf *out);

#endif
