/*
 * Cuts a document into the passages that retrieval finds. Pure.
 *
 * A passage has about CHUNK_POINTS code points, begins and ends at the border
 * of a sentence or a line, and repeats the last whole sentences of the one
 * before it, up to CHUNK_OVERLAP. It never reaches across a heading of level 1
 * to 3. What is left of a section and is shorter than CHUNK_TAIL goes with the
 * passage before. A sentence beyond CHUNK_SENTENCE is cut between words.
 */
#ifndef CLI_CHUNK_H
#define CLI_CHUNK_H

#include <stddef.h>

#include "cli/block.h"

#define CHUNK_POINTS 900
#define CHUNK_OVERLAP 200
#define CHUNK_TAIL 200
#define CHUNK_SENTENCE 600
#define CHUNK_TITLE_BYTES 300 /* most of one heading in a title */

/* Gets each passage: title is the document's with the headings above the
 * passage, " › " between them. Both are valid until it returns. */
typedef void chunk_sink(
    void *arg, const char *title, const char *text, size_t len);

void chunk_split(const char *title, const struct blocks *blocks,
    chunk_sink *sink, void *arg);

#endif
