/*
 * What to say to a message that is no question: a greeting, thanks, or who is
 * there. Pure, and of English.
 */
#ifndef ASSISTANT_GREETING_H
#define ASSISTANT_GREETING_H

#include <stdbool.h>

#include "common/buf.h"

/* Appends a reply that offers to answer about something, such as "the course
 * Algebra". False if the message says anything else. */
bool greeting_answer(const char *text, const char *about, struct buf *b);

#endif
