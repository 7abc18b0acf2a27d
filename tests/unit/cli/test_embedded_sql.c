#include "tests/unit/common/unit.h"

#include <string.h>

#include "cli/embedded_sql.h"
#include "common/schema.h"

/* By component, migrations before functions, numbers without a gap. */
static void
test_order(void **state)
{
	struct embedded_sql at = {0};
	const char *component = "", *last = "";
	int64_t version = 0;
	bool is_functions = false;
	int files = 0, components = 0;

	(void)state;
	while (embedded_sql_next(&at)) {
		int64_t now = embedded_sql_version(&at);

		if (strcmp(at.component, component) != 0) {
			component = at.component;
			version = 0;
			is_functions = false;
			last = "";
			components++;
		}
		is_functions |= now == 0;
		if (is_functions)
			assert_int_equal(now, 0);
		else
			assert_int_equal(now, ++version);
		if (now == 0 && strncmp(last, "functions/", 10) == 0)
			assert_true(strcmp(last, at.name) < 0);
		last = at.name;
		assert_true(strlen(at.text) > 0);
		files++;
	}
	assert_true(files >= 4);
	assert_int_equal(components, 3);
}

/* What programs ask for at their start is what migrate brings. */
static void
test_newest(void **state)
{
	(void)state;
	assert_int_equal(embedded_sql_newest("queue"), SCHEMA_QUEUE);
	assert_int_equal(embedded_sql_newest("llm"), SCHEMA_LLM);
	assert_int_equal(embedded_sql_newest("assistant"), SCHEMA_ASSISTANT);
	assert_int_equal(embedded_sql_newest("unknown"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_newest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
