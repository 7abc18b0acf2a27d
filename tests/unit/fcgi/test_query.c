#include "tests/unit/common/unit.h"

#include <string.h>

#include "fcgi/query.h"

static const struct {
	int line;
	const char *query, *name;
	enum err e;
	const char *value;
} cases[] = {
    {__LINE__, "a=1&b=2", "b", ERR_OK, "2"},
    {__LINE__, "a=1&a=2", "a", ERR_OK, "1"},
    {__LINE__, "a=", "a", ERR_OK, ""},
    {__LINE__, "a=b=c", "a", ERR_OK, "b=c"},
    {__LINE__, "a=x+y%20z%2B", "a", ERR_OK, "x y z+"},
    {__LINE__, "a=%C3%a4", "a", ERR_OK, "\xc3\xa4"},
    {__LINE__, "aa=1&&a=2&", "a", ERR_OK, "2"},
    {__LINE__, "a=1234567", "a", ERR_OK, "1234567"},
    {__LINE__, "", "a", ERR_NOT_FOUND, NULL},
    {__LINE__, "a", "a", ERR_NOT_FOUND, NULL},
    {__LINE__, "ab=1", "a", ERR_NOT_FOUND, NULL},
    {__LINE__, "b=a=1", "a", ERR_NOT_FOUND, NULL},
    {__LINE__, "a=12345678", "a", ERR_BAD_INPUT, NULL},
    {__LINE__, "a=%", "a", ERR_BAD_INPUT, NULL},
    {__LINE__, "a=%4", "a", ERR_BAD_INPUT, NULL},
    {__LINE__, "a=%4&b=1", "a", ERR_BAD_INPUT, NULL},
    {__LINE__, "a=%g0", "a", ERR_BAD_INPUT, NULL},
    {__LINE__, "a=%00", "a", ERR_BAD_INPUT, NULL},
    {__LINE__, "a=%ff", "a", ERR_BAD_INPUT, NULL},
    {__LINE__, "a=%C3", "a", ERR_BAD_INPUT, NULL},
};

static void
test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		char value[8];

		ROW_INT(&cases[i],
		    query_get(
			cases[i].query, cases[i].name, value, sizeof value),
		    cases[i].e);
		if (cases[i].e == ERR_OK)
			ROW_STR(&cases[i], value, cases[i].value);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
