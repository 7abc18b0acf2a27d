#include "tests/unit/common/unit.h"

#include "common/mem.h"
#include "worker/claim.h"

static void
test_types(void **state)
{
	static const struct {
		int line;
		const char *list, *want;
	} rows[] = {
	    {__LINE__, "AI_QUERY", "{\"AI_QUERY\"}"},
	    {__LINE__, " A , B,C ", "{\"A\",\"B\",\"C\"}"},
	    {__LINE__, "NULL", "{\"NULL\"}"},
	    {__LINE__, "a\"b\\c", "{\"a\\\"b\\\\c\"}"},
	    {__LINE__, "", "{}"},
	};

	(void)state;
	assert_null(claim_types("*"));
	for (size_t i = 0; i < ROWS(rows); i++) {
		char *got = claim_types(rows[i].list);

		ROW_STR(&rows[i], got, rows[i].want);
		mem_free(got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
