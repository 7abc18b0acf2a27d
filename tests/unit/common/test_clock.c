#include "tests/unit/common/unit.h"

#include <limits.h>
#include <time.h>

#include "common/clock.h"

static void
test_left_is_clamped(void **state)
{
	static const struct {
		int line;
		int64_t now_ms, deadline_ms;
		int left_ms;
	} rows[] = {
	    {__LINE__, 1000, 1500, 500},
	    {__LINE__, 1000, 1001, 1},
	    {__LINE__, 1000, 1000, 0},
	    {__LINE__, 1000, 999, 0},
	    {__LINE__, 1000, -1, 0},
	    {__LINE__, 1000, INT64_MIN, 0},
	    {__LINE__, 0, INT_MAX, INT_MAX},
	    {__LINE__, 0, (int64_t)INT_MAX + 1, INT_MAX},
	    {__LINE__, 1000, INT64_MAX, INT_MAX},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		clock_fake(rows[i].now_ms, -1);
		ROW_INT(&rows[i], clock_left_ms(rows[i].deadline_ms),
		    rows[i].left_ms);
	}
	clock_fake(-1, -1);
}

static void
test_each_clock_is_faked_alone(void **state)
{
	int64_t now_ms = (int64_t)time(NULL) * 1000;

	(void)state;
	clock_fake(5, -1);
	assert_int_equal(clock_mono_ms(), 5);
	assert_in_range(clock_wall_ms(), now_ms - 2000, now_ms + 60000);
	clock_fake(-1, 6);
	assert_int_equal(clock_wall_ms(), 6);
	assert_true(clock_mono_ms() > 5);
	clock_fake(-1, -1);
}

static void
test_mono_never_goes_back(void **state)
{
	int64_t last_ms = clock_mono_ms();

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int64_t now_ms = clock_mono_ms();

		assert_true(now_ms >= last_ms);
		last_ms = now_ms;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_left_is_clamped),
	    cmocka_unit_test(test_each_clock_is_faked_alone),
	    cmocka_unit_test(test_mono_never_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
