#include "tests/unit/common/unit.h"

#include <string.h>

#include "worker/assistant/greeting.h"

static void
test_greetings(void **state)
{
	static const struct {
		int line;
		const char *text;
		const char *want; /* its start, or NULL */
	} cases[] = {
	    {__LINE__, "hi", "Hello! What would you like to know about X?"},
	    {__LINE__, "  Hello!! ",
		"Hello! What would you like to know about X?"},
	    {__LINE__, "Hello, how are you?",
		"Hello! What would you like to know about X?"},
	    {__LINE__, "GOOD MORNING :-)",
		"Hello! What would you like to know about X?"},
	    {__LINE__, "Thanks.", "You are welcome."},
	    {__LINE__, "ok, thanks", "You are welcome."},
	    {__LINE__, "Who are you?", "I look up answers about X."},
	    {__LINE__, "help", "I look up answers about X."},
	    {__LINE__, "", NULL},
	    {__LINE__, "?!", NULL},
	    {__LINE__, "hi, what is a join?", NULL},
	    {__LINE__, "What does hello mean?", NULL},
	    {__LINE__, "help command", NULL},
	    {__LINE__, "h\xc3\xa9llo", NULL},
	    {__LINE__, "hello 7",
		"Hello! What would you like to know about X?"},
	    {__LINE__,
		"hello hello hello hello hello hello hello hello hello hello",
		NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct buf b;

		buf_init(&b, 1000);
		ROW_INT(&cases[i], greeting_answer(cases[i].text, "X", &b),
		    cases[i].want != NULL);
		ROW_TRUE(&cases[i],
		    cases[i].want == NULL ? b.len == 0
					  : strncmp(buf_str(&b), cases[i].want,
						strlen(cases[i].want)) == 0);
		buf_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_greetings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
