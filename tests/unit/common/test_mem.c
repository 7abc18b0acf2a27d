#include "tests/unit/common/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/mem.h"

static void
test_memory_is_zeroed(void **state)
{
	static const char zeros[1000];
	char *a = x_alloc(sizeof zeros), *b = x_calloc(250, 4);
	char *c = try_alloc(sizeof zeros);

	(void)state;
	assert_non_null(c);
	assert_memory_equal(a, zeros, sizeof zeros);
	assert_memory_equal(b, zeros, sizeof zeros);
	assert_memory_equal(c, zeros, sizeof zeros);
	mem_free(a);
	mem_free(b);
	mem_free(c);
	mem_free(NULL);
}

static void
test_size_zero_is_memory(void **state)
{
	void *a = try_alloc(0), *b = try_realloc(NULL, 0), *c = x_alloc(0);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	mem_free(a);
	mem_free(b);
	mem_free(c);
}

static void
test_realloc_keeps_contents(void **state)
{
	int *p = x_calloc(2, sizeof *p);

	(void)state;
	p[1] = 7;
	p = x_realloc(p, 1000, sizeof *p);
	assert_int_equal(p[1], 7);
	mem_free(p);
}

static void
test_strings_are_copied(void **state)
{
	char *a = x_strdup("abc"), *b = x_strndup("abc", 2);
	char *c = x_strndup("abc", 9);

	(void)state;
	assert_string_equal(a, "abc");
	assert_string_equal(b, "ab");
	assert_string_equal(c, "abc");
	mem_free(a);
	mem_free(b);
	mem_free(c);
}

/* The signal that ends a child which asks for n times size bytes. */
static int
death_of(size_t n, size_t size, int again)
{
	const struct rlimit no_core = {0, 0};
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		int null = open("/dev/null", O_WRONLY);

		(void)dup2(null, STDERR_FILENO);
		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)signal(SIGABRT, SIG_DFL);
		if (again)
			mem_free(x_realloc(NULL, n, size));
		else
			mem_free(x_calloc(n, size));
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
test_overflow_aborts(void **state)
{
	(void)state;
	assert_int_equal(death_of(SIZE_MAX / 2, 3, 0), SIGABRT);
	assert_int_equal(death_of(SIZE_MAX / 2, 3, 1), SIGABRT);
	assert_int_equal(death_of(2, 3, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_memory_is_zeroed),
	    cmocka_unit_test(test_size_zero_is_memory),
	    cmocka_unit_test(test_realloc_keeps_contents),
	    cmocka_unit_test(test_strings_are_copied),
	    cmocka_unit_test(test_overflow_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
