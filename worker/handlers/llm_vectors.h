/* Reads the reply of /embeddings: arrays of numbers, or base64 of little-endian
 * floats. Pure. */
#ifndef HANDLERS_LLM_VECTORS_H
#define HANDLERS_LLM_VECTORS_H

#include <stddef.h>

#include "common/attrs.h"
#include "common/err.h"
#include "common/json.h"

/*
 * The vectors of count texts in the order of the texts, which the reply tells
 * by an index (by its own order if it has none at all); *out has count times
 * *dimensions floats, all finite, and is the caller's. ERR_BAD_INPUT if one is
 * missing, comes twice or differs in length from the others.
 */
MUST_CHECK enum err llm_vectors_read(
    const json_object *body, size_t count, float **out, int *dimensions);

#endif
