/*
 * Loads a configuration from a directory made for one test, with stderr in a
 * file there, so that a test can compare what was said.
 */
#ifndef TESTS_UNIT_COMMON_CONF_FIXTURE_H
#define TESTS_UNIT_COMMON_CONF_FIXTURE_H

#include "tests/unit/common/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/log.h"

#define SECRET "0123456789abcdef0123456789abcdef" /* 32 bytes */
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static char dir[64];
static char said[16384];
static char logged[1000];

static inline const char *
in_dir(const char *name)
{
	static char paths[4][200];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	(void)snprintf(path, sizeof paths[0], "%s/%s", dir, name);
	return path;
}

static inline const char *
write_file(const char *name, const char *text, mode_t mode)
{
	const char *path = in_dir(name);
	FILE *f;

	(void)unlink(path); /* one of an earlier row may not be writable */
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

static inline void
keep(const char *line)
{
	(void)snprintf(logged, sizeof logged, "%s", line);
}

/* Puts fd into a file of the directory; returns a copy of what it was. */
static inline int
divert(FILE *stream, const char *name)
{
	int saved, fd;

	(void)fflush(stream);
	saved = dup(fileno(stream));
	fd = open(in_dir(name), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	(void)dup2(fd, fileno(stream));
	(void)close(fd);
	return saved;
}

/* Gives the stream back; said holds what came instead, without the name of
 * the directory. */
static inline void
restore(FILE *stream, int saved, const char *name)
{
	char *at;
	size_t n;
	FILE *f;

	(void)fflush(stream);
	(void)dup2(saved, fileno(stream));
	(void)close(saved);
	f = fopen(in_dir(name), "r");
	assert_non_null(f);
	n = fread(said, 1, sizeof said - 1, f);
	said[n] = '\0';
	(void)fclose(f);
	while ((at = strstr(said, dir)) != NULL)
		memmove(
		    at, at + strlen(dir) + 1, strlen(at + strlen(dir) + 1) + 1);
}

static inline enum err
load_path(const char *path, struct conf *c)
{
	int saved = divert(stderr, "stderr");
	enum err e = conf_load(path, "test_conf", c);

	restore(stderr, saved, "stderr");
	return e;
}

static inline enum err
load(const char *text, struct conf *c)
{
	return load_path(write_file("c.conf", text, 0640), c);
}

static inline int
setup(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/test_conf.XXXXXX");
	assert_non_null(mkdtemp(dir));
	log_capture(keep);
	logged[0] = '\0';
	return 0;
}

static inline int
teardown(void **state)
{
	static const char *const names[] = {
	    "c.conf", "stderr", "stdout", "secret", "coatcheck.conf", "prog"};

	(void)state;
	log_capture(NULL);
	for (size_t i = 0; i < ROWS(names); i++)
		(void)unlink(in_dir(names[i]));
	return rmdir(dir);
}

/* What the caller's environment says must not bear on the tests. */
static inline void
clear_environment(void)
{
	for (char **at = environ; *at != NULL;) {
		char name[100];
		size_t len = strcspn(*at, "=");

		if (strncmp(*at, "COATCHECK_", 10) != 0 || len >= sizeof name) {
			at++;
			continue;
		}
		memcpy(name, *at, len);
		name[len] = '\0';
		(void)unsetenv(name); /* moves the next one here */
	}
}

#endif
