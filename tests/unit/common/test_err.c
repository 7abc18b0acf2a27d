#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/err.h"

static void
test_names_differ(void **state)
{
	(void)state;
	for (unsigned i = ERR_OK; i <= ERR_STOPPED; i++) {
		const char *name = err_name((enum err)i);

		assert_string_not_equal(name, "unknown");
		assert_int_equal(
		    strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
		for (unsigned j = ERR_OK; j < i; j++)
			assert_string_not_equal(name, err_name((enum err)j));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
