/*
 * The answerer that needs no model: one to three sentences of the passages,
 * word for word, that cover the question best. It says nothing of its own and
 * never changes what it takes. Pure.
 */
#ifndef ASSISTANT_EXTRACT_H
#define ASSISTANT_EXTRACT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "worker/assistant/passages.h"

/* Appends the answer and sets the bit of each passage that it comes from. False
 * if no sentence says enough; b is as it was then. */
bool extract_answer(const struct passages *p, const char *question,
    struct buf *b, uint32_t *used);

#endif
