/*
 * Two allocation tiers. x_* abort when memory is out: for start-up and for
 * sizes we chose. try_* return NULL: for any size an outsider influences, and
 * the caller has capped it before asking. Nothing else in the project calls
 * malloc or free.
 */
#ifndef COMMON_MEM_H
#define COMMON_MEM_H

#include <stddef.h>

#include "common/attrs.h"

void mem_free(void *p); /* NULL is allowed */

RETURNS_NONNULL void *x_alloc(size_t size) MALLOC_OF(mem_free); /* zeroed */
RETURNS_NONNULL void *x_calloc(size_t n, size_t size) MALLOC_OF(mem_free);
RETURNS_NONNULL void *x_realloc(void *p, size_t n, size_t size);
RETURNS_NONNULL char *x_strdup(const char *s) MALLOC_OF(mem_free);
RETURNS_NONNULL char *x_strndup(const char *s, size_t len) MALLOC_OF(mem_free);

MUST_CHECK void *try_alloc(size_t size) MALLOC_OF(mem_free); /* zeroed */
MUST_CHECK void *try_realloc(void *p, size_t size);

#endif
