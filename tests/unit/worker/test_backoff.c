#include "tests/unit/common/unit.h"

#include "worker/backoff.h"

#define LOW 0u
#define MIDDLE 0x80000000u
#define HIGH 0xffffffffu
#define MINUTE INT64_C(60000)

static void
test_window_doubles_up_to_the_cap(void **state)
{
	static const struct {
		int line, failures;
		int64_t base_ms, cap_ms;
		uint32_t random;
		int64_t want_ms;
	} rows[] = {
	    {__LINE__, 1, 1000, 5 * MINUTE, LOW, 500},
	    {__LINE__, 1, 1000, 5 * MINUTE, MIDDLE, 750},
	    {__LINE__, 1, 1000, 5 * MINUTE, HIGH, 1000},
	    {__LINE__, 2, 1000, 5 * MINUTE, LOW, 1000},
	    {__LINE__, 2, 1000, 5 * MINUTE, HIGH, 2000},
	    {__LINE__, 9, 1000, 5 * MINUTE, HIGH, 256000},
	    {__LINE__, 10, 1000, 5 * MINUTE, LOW, 150000},
	    {__LINE__, 10, 1000, 5 * MINUTE, HIGH, 300000},
	    {__LINE__, 100, 1000, 5 * MINUTE, HIGH, 300000},
	    {__LINE__, INT32_MAX, 1000, 5 * MINUTE, HIGH, 300000},
	    {__LINE__, 1, 1, 1, LOW, 1},
	    {__LINE__, 1, 1, 1, HIGH, 1},
	    {__LINE__, 3, 7, 10, LOW, 5},
	    {__LINE__, 3, 7, 10, HIGH, 10},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		ROW_INT(&rows[i],
		    backoff_ms(rows[i].failures, rows[i].base_ms,
			rows[i].cap_ms, rows[i].random),
		    rows[i].want_ms);
}

static void
test_what_was_asked_for_is_the_least(void **state)
{
	(void)state;
	assert_int_equal(backoff_after_ms(0, HIGH), 0);
	assert_int_equal(backoff_after_ms(5, HIGH), 5);
	assert_int_equal(backoff_after_ms(20000, LOW), 20000);
	assert_int_equal(backoff_after_ms(20000, MIDDLE), 21000);
	assert_int_equal(backoff_after_ms(20000, HIGH), 22000);
}

static void
test_period_is_within_a_fifth(void **state)
{
	(void)state;
	assert_int_equal(backoff_period_ms(1000, LOW), 800);
	assert_int_equal(backoff_period_ms(1000, MIDDLE), 1000);
	assert_int_equal(backoff_period_ms(1000, HIGH), 1200);
	assert_int_equal(backoff_period_ms(10, HIGH), 12);
}

static void
test_random_differs(void **state)
{
	uint32_t all = 0, any = 0xffffffffu;

	(void)state;
	for (int i = 0; i < 64; i++) {
		uint32_t random = backoff_random();

		all |= random;
		any &= random;
	}
	assert_true(all == 0xffffffffu && any == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_window_doubles_up_to_the_cap),
	    cmocka_unit_test(test_what_was_asked_for_is_the_least),
	    cmocka_unit_test(test_period_is_within_a_fifth),
	    cmocka_unit_test(test_random_differs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
