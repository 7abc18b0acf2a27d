/*
 * A folder of prompts made for one test, and what is said on stderr while it is
 * read, without the name of the folder.
 */
#ifndef TESTS_UNIT_WORKER_PROMPT_FIXTURE_H
#define TESTS_UNIT_WORKER_PROMPT_FIXTURE_H

#include "tests/unit/common/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static char dir[64];
static char said[4096];

static inline void
write_file(const char *name, const char *text, size_t len)
{
	char path[200];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static inline int
divert(void)
{
	char path[200];
	int saved = dup(STDERR_FILENO);

	(void)snprintf(path, sizeof path, "%s.stderr", dir);
	assert_non_null(freopen(path, "w", stderr));
	return saved;
}

static inline void
restore(int saved)
{
	char path[200], *at;
	FILE *f;

	(void)fflush(stderr);
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	(void)snprintf(path, sizeof path, "%s.stderr", dir);
	f = fopen(path, "r");
	assert_non_null(f);
	said[fread(said, 1, sizeof said - 1, f)] = '\0';
	(void)fclose(f);
	(void)unlink(path);
	while ((at = strstr(said, dir)) != NULL)
		memmove(
		    at, at + strlen(dir) + 1, strlen(at + strlen(dir) + 1) + 1);
}

static inline int
setup(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/test_prompts.XXXXXX");
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static inline int
teardown(void **state)
{
	DIR *d = opendir(dir);
	const struct dirent *at;

	(void)state;
	while (d != NULL && (at = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), at->d_name, 0);
	(void)closedir(d);
	return rmdir(dir);
}

#endif
