#include "tests/unit/common/unit.h"

#include <math.h>
#include <string.h>

#include "worker/assistant/vector.h"

static void
test_vector_write(void **state)
{
	static const struct {
		int line;
		float v[3];
		int dimensions;
		const char *text; /* NULL: refused */
	} cases[] = {
	    {__LINE__, {3, 4, 9}, 2, "{0.6,0.8}"},
	    {__LINE__, {-2, 0, 0}, 3, "{-1,0,0}"},
	    {__LINE__, {1, 1, 1}, 3, "{0.5773503,0.5773503,0.5773503}"},
	    {__LINE__, {3e38F, 2e38F, 0}, 2, "{0.8320503,0.5547002}"},
	    {__LINE__, {0, 0, 0}, 3, NULL},
	    {__LINE__, {1, NAN, 0}, 2, NULL},
	    {__LINE__, {INFINITY, 1, 0}, 2, NULL},
	    {__LINE__, {1, 1, 1}, 0, NULL},
	};
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	for (size_t i = 0; i < ROWS(cases); i++) {
		buf_clear(&b);
		ROW_INT(&cases[i],
		    vector_write(cases[i].v, cases[i].dimensions, &b),
		    cases[i].text != NULL);
		ROW_STR(&cases[i], buf_str(&b),
		    cases[i].text != NULL ? cases[i].text : "");
	}
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vector_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
