/* The part of a URL behind its "?": names and values, percent-encoded. Pure. */
#ifndef FCGI_QUERY_H
#define FCGI_QUERY_H

#include <stddef.h>

#include "common/attrs.h"
#include "common/err.h"

/*
 * Copies the decoded value of the first parameter of that name. ERR_NOT_FOUND
 * if there is none; ERR_BAD_INPUT if it does not fit into size bytes, holds a
 * NUL, is wrongly encoded or not UTF-8.
 */
MUST_CHECK enum err query_get(
    const char *query, const char *name, char *out, size_t size);

/* The byte that "%41" at s stands for; -1 if there are no two hex digits. */
int query_percent(const char *s);

#endif
