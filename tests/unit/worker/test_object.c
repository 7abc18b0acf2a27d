#include "tests/unit/common/unit.h"

#include "worker/assistant/object.h"

static void
test_first_object(void **state)
{
	static const struct {
		int line;
		const char *text, *object; /* NULL if there is none */
	} table[] = {
	    {__LINE__, "{\"a\":1}", "{\"a\":1}"},
	    {__LINE__, "```json\n{\"a\":{\"b\":[1]}}\n```",
		"{\"a\":{\"b\":[1]}}"},
	    {__LINE__, "So {this}: {\"a\":\"}\"} {\"b\":2}", "{\"a\":\"}\"}"},
	    {__LINE__, "{\"a\":\"\\\\\\\"}\"}", "{\"a\":\"\\\\\\\"}\"}"},
	    {__LINE__, "{ open {\"a\":1}", "{\"a\":1}"},
	    {__LINE__, "{\"a\":1", NULL},
	    {__LINE__, "{\"a\":\"\\", NULL},
	    {__LINE__, "}{", NULL},
	    {__LINE__, "[1]", NULL},
	    {__LINE__, "", NULL},
	    {__LINE__, "{{{{{{{{{{{{{{{{{{{{{{{{{\"a\":1}", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		json_object *o = object_find(table[i].text);

		if (table[i].object == NULL)
			ROW_TRUE(&table[i], o == NULL);
		else
			ROW_STR(&table[i], o != NULL ? json_text(o) : "none",
			    table[i].object);
		json_object_put(o);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_first_object)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
