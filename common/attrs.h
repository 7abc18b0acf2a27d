/*
 * Attributes on declarations, spelled once. MUST_CHECK is on every function
 * whose failure a caller could miss; MALLOC_OF names the function that frees
 * what a _new returns, which gcc's -fanalyzer follows (clang has no
 * two-argument form, so there it is empty).
 */
#ifndef COMMON_ATTRS_H
#define COMMON_ATTRS_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define NONNULL __attribute__((nonnull))
#define RETURNS_NONNULL __attribute__((returns_nonnull))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN __attribute__((noreturn))
#define COLD __attribute__((cold))
#ifdef __clang__
#define MALLOC_OF(free_fn)
#else
#define MALLOC_OF(free_fn) __attribute__((malloc, malloc(free_fn, 1)))
#endif

#endif
