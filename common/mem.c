/*
 * The only file that calls malloc and free. An x_* caller never sees NULL; a
 * try_* caller must look.
 */
#include "common/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No stdio and no log here: both may allocate. */
NORETURN COLD static void
mem_die(void)
{
	static const char text[] = "out of memory\n";

	if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
		abort();
	abort();
}

void
mem_free(void *p)
{
	free(p);
}

void *
try_alloc(size_t size)
{
	return calloc(1, size > 0 ? size : 1);
}

void *
try_realloc(void *p, size_t size)
{
	return realloc(p, size > 0 ? size : 1);
}

void *
x_alloc(size_t size)
{
	void *p = try_alloc(size);

	if (p == NULL)
		mem_die();
	return p;
}

void *
x_calloc(size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		mem_die();
	return x_alloc(total);
}

void *
x_realloc(void *p, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		mem_die();
	p = try_realloc(p, total);
	if (p == NULL)
		mem_die();
	return p;
}

char *
x_strdup(const char *s)
{
	return x_strndup(s, strlen(s));
}

char *
x_strndup(const char *s, size_t len)
{
	size_t n = strnlen(s, len);
	char *copy = x_alloc(n + 1);

	memcpy(copy, s, n);
	return copy;
}
