#include "tests/unit/common/unit.h"

#include "common/buf.h"
#include "worker/cursor.h"

static void
test_bound_is_the_lowest_of_the_last_claim(void **state)
{
	struct cursors c = {0};

	(void)state;
	assert_int_equal(cursors_bound(&c, 1, 2), 0);
	cursors_begin(&c);
	cursors_learn(&c, 1, 2, 10020);
	cursors_learn(&c, 1, 2, 10010);
	cursors_learn(&c, 1, 2, 10030);
	assert_int_equal(cursors_bound(&c, 1, 2), 10010 - CURSOR_SLACK);
	cursors_begin(&c);
	cursors_learn(&c, 1, 2, 20030);
	cursors_learn(&c, 1, 2, 20010);
	assert_int_equal(cursors_bound(&c, 1, 2), 20010 - CURSOR_SLACK);
	/* a late row that a claim without cursors found */
	cursors_begin(&c);
	cursors_learn(&c, 1, 2, 15000);
	assert_int_equal(cursors_bound(&c, 1, 2), 15000 - CURSOR_SLACK);
}

static void
test_lanes_are_apart(void **state)
{
	struct cursors c = {0};

	(void)state;
	cursors_begin(&c);
	cursors_learn(&c, 1, 2, 1000);
	cursors_learn(&c, 1, 3, 2000);
	cursors_learn(&c, 2, 2, 3000);
	cursors_begin(&c);
	cursors_learn(&c, 1, 3, 9000);
	assert_int_equal(cursors_bound(&c, 1, 2), 1000 - CURSOR_SLACK);
	assert_int_equal(cursors_bound(&c, 1, 3), 9000 - CURSOR_SLACK);
	assert_int_equal(cursors_bound(&c, 2, 2), 3000 - CURSOR_SLACK);
	assert_int_equal(cursors_bound(&c, 2, 3), 0);
}

static void
test_bound_is_never_negative(void **state)
{
	struct cursors c = {0};

	(void)state;
	cursors_begin(&c);
	cursors_learn(&c, 1, 2, 3);
	assert_int_equal(cursors_bound(&c, 1, 2), 0);
}

static void
test_too_many_lanes_do_without(void **state)
{
	struct cursors c = {0};

	(void)state;
	cursors_begin(&c);
	for (int i = 0; i < CURSOR_LANES_MAX + 10; i++)
		cursors_learn(&c, i, 0, 1000);
	assert_int_equal(c.n, CURSOR_LANES_MAX);
	assert_int_equal(
	    cursors_bound(&c, CURSOR_LANES_MAX - 1, 0), 1000 - CURSOR_SLACK);
	assert_int_equal(cursors_bound(&c, CURSOR_LANES_MAX, 0), 0);
}

static void
check_arrays(const struct cursors *c, const char *types, const char *priorities,
    const char *seqs)
{
	struct buf got[3];

	for (int i = 0; i < 3; i++)
		buf_init(&got[i], 4096);
	cursors_arrays(c, &got[0], &got[1], &got[2]);
	assert_string_equal(buf_str(&got[0]), types);
	assert_string_equal(buf_str(&got[1]), priorities);
	assert_string_equal(buf_str(&got[2]), seqs);
	for (int i = 0; i < 3; i++)
		buf_release(&got[i]);
}

static void
test_arrays(void **state)
{
	struct cursors c = {0};

	(void)state;
	check_arrays(&c, "{}", "{}", "{}");
	cursors_begin(&c);
	cursors_learn(&c, 7, 2, 100);
	check_arrays(&c, "{7}", "{2}", "{0}");
	cursors_learn(&c, 9, 0, 1500);
	check_arrays(&c, "{7,9}", "{2,0}", "{0,1000}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bound_is_the_lowest_of_the_last_claim),
	    cmocka_unit_test(test_lanes_are_apart),
	    cmocka_unit_test(test_bound_is_never_negative),
	    cmocka_unit_test(test_too_many_lanes_do_without),
	    cmocka_unit_test(test_arrays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
