#include "tests/unit/common/unit.h"

#include "worker/retry_after.h"

/* Sun, 06 Nov 1994 08:49:37 GMT */
#define NOW_MS INT64_C(784111777000)

static void
test_values(void **state)
{
	static const struct {
		int line;
		const char *milliseconds, *seconds_or_date;
		int64_t want_ms;
	} rows[] = {
	    {__LINE__, NULL, NULL, -1},
	    {__LINE__, NULL, "0", 0},
	    {__LINE__, NULL, "7", 7000},
	    {__LINE__, NULL, " 7\t", 7000},
	    {__LINE__, NULL, "1.5", 1500},
	    {__LINE__, NULL, "0.0019", 1},
	    {__LINE__, NULL, "300", 300000},
	    {__LINE__, NULL, "301", 300000},
	    {__LINE__, NULL, "1000000000", 300000},
	    {__LINE__, NULL, "99999999999999999999999999999999", 300000},
	    {__LINE__, "1500", NULL, 1500},
	    {__LINE__, "1500.7", "20", 1500},
	    {__LINE__, "nonsense", "20", 20000},
	    {__LINE__, "", "20", 20000},
	    {__LINE__, "99999999", "20", 300000},
	    /* garbage */
	    {__LINE__, NULL, "", -1},
	    {__LINE__, NULL, " ", -1},
	    {__LINE__, NULL, "-1", -1},
	    {__LINE__, NULL, "+1", -1},
	    {__LINE__, NULL, ".5", -1},
	    {__LINE__, NULL, "1e3", -1},
	    {__LINE__, NULL, "1,5", -1},
	    {__LINE__, NULL, "1.2.3", -1},
	    {__LINE__, NULL, "0x10", -1},
	    {__LINE__, NULL, "nan", -1},
	    {__LINE__, NULL, "soon", -1},
	    {__LINE__, NULL, "20 s", -1},
	    {__LINE__, NULL,
		"0000000000000000000000000000000000000000000000000000000000000"
		"0000",
		-1},
	    /* dates */
	    {__LINE__, NULL, "Sun, 06 Nov 1994 08:49:47 GMT", 10000},
	    {__LINE__, NULL, "Sunday, 06-Nov-94 08:49:47 GMT", 10000},
	    {__LINE__, NULL, "Sun Nov  6 08:49:47 1994", 10000},
	    {__LINE__, NULL, "Sun, 06 Nov 1994 08:49:37 GMT", 0},
	    {__LINE__, NULL, "Sun, 06 Nov 1994 08:49:00 GMT", 0},
	    {__LINE__, NULL, "Thu, 01 Jan 1970 00:00:00 GMT", 0},
	    {__LINE__, NULL, "Sun, 06 Nov 2094 08:49:37 GMT", 300000},
	    {__LINE__, NULL, "Sun, 06 Nov 1994 08:49:47", -1},
	    {__LINE__, NULL, "Sun, 06 Nov 1994 08:49:47 CET", -1},
	    {__LINE__, NULL, "Sun, 06 Nov 1994 28:49:47 GMT", -1},
	    {__LINE__, NULL, "Sun, 06 Nov 1994", -1},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		ROW_INT(&rows[i],
		    retry_after_ms(
			rows[i].milliseconds, rows[i].seconds_or_date, NOW_MS),
		    rows[i].want_ms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
