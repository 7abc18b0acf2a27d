#include "tests/unit/common/unit.h"

#include "common/buf.h"
#include "worker/runtimes.h"

static void
check_arrays(const struct runtimes *r, const char *types, const char *run_ms)
{
	struct buf a, b;

	buf_init(&a, 4096);
	buf_init(&b, 4096);
	runtimes_arrays(r, &a, &b);
	assert_string_equal(buf_str(&a), types);
	assert_string_equal(buf_str(&b), run_ms);
	buf_release(&a);
	buf_release(&b);
}

static void
test_follows_slowly(void **state)
{
	struct runtimes r = {0};

	(void)state;
	check_arrays(&r, "{}", "{}");
	runtimes_note(&r, "ECHO", 1000);
	runtimes_note(&r, "SLOW", 60000);
	check_arrays(&r, "{\"ECHO\",\"SLOW\"}", "{1000.0,60000.0}");
	runtimes_note(&r, "ECHO", 2000);
	check_arrays(&r, "{\"ECHO\",\"SLOW\"}", "{1100.0,60000.0}");
	for (int i = 0; i < 100; i++)
		runtimes_note(&r, "ECHO", 50);
	check_arrays(&r, "{\"ECHO\",\"SLOW\"}", "{50.0,60000.0}");
}

static void
test_has_an_end(void **state)
{
	static char names[RUNTIMES_MAX + 1][2];
	struct runtimes r = {0};

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		names[i][0] = (char)('0' + i);
		runtimes_note(&r, names[i], 1);
	}
	assert_int_equal(r.n, RUNTIMES_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_follows_slowly),
	    cmocka_unit_test(test_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
