/* Replies of /embeddings. */
#include "tests/unit/common/unit.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "worker/handlers/llm_vectors.h"

#define ITEM(index, vector)                                                    \
	"{\"object\":\"embedding\",\"index\":" index ",\"embedding\":" vector  \
	"}"
#define DATA(items) "{\"data\":[" items "]}"

static const struct {
	int line;
	size_t count;
	const char *body;
	const char *want; /* NULL: refused */
} cases[] = {
    {__LINE__, 1, DATA(ITEM("0", "[1,-0.5,1e-05]")), "1 -0.5 1e-05"},
    {__LINE__, 2, DATA(ITEM("1", "[3,4]") "," ITEM("0", "[1,2]")), "1 2 3 4"},
    {__LINE__, 2, DATA("{\"embedding\":[1]},{\"embedding\":[2]}"), "1 2"},
    /* 1.0 and -2.5, with padding and without */
    {__LINE__, 1, DATA(ITEM("0", "\"AACAPwAAIMA=\"")), "1 -2.5"},
    {__LINE__, 1, DATA(ITEM("0", "\"AACAPwAAIMA\"")), "1 -2.5"},
    {__LINE__, 2, DATA(ITEM("1", "[4]") "," ITEM("0", "\"AACAPw==\"")), "1 4"},
    /* One of the letters that the two alphabets differ in. */
    {__LINE__, 1, DATA(ITEM("0", "\"//9/Pw==\"")), "1"},
    {__LINE__, 2, DATA(ITEM("0", "[1]")), NULL},
    {__LINE__, 1, DATA(ITEM("0", "[1]") "," ITEM("1", "[1]")), NULL},
    {__LINE__, 2, DATA(ITEM("0", "[1]") "," ITEM("0", "[2]")), NULL},
    {__LINE__, 2, DATA(ITEM("0", "[1]") "," ITEM("2", "[2]")), NULL},
    {__LINE__, 2, DATA(ITEM("0", "[1]") "," ITEM("-1", "[2]")), NULL},
    {__LINE__, 2, DATA(ITEM("0", "[1]") "," ITEM("1", "[2,3]")), NULL},
    {__LINE__, 2, DATA(ITEM("0", "[1]") "," ITEM("\"x\"", "[2]")), NULL},
    {__LINE__, 1, DATA(ITEM("0", "[]")), NULL},
    {__LINE__, 1, DATA(ITEM("0", "[null]")), NULL},
    {__LINE__, 1, DATA(ITEM("0", "[\"1\"]")), NULL},
    {__LINE__, 1, DATA(ITEM("0", "[1e39]")), NULL},
    {__LINE__, 1, DATA(ITEM("0", "[1e999]")), NULL},
    {__LINE__, 1, DATA(ITEM("0", "\"AADAfw==\"")), NULL}, /* NaN */
    {__LINE__, 1, DATA(ITEM("0", "\"AACAfw==\"")), NULL}, /* infinite */
    {__LINE__, 1, DATA(ITEM("0", "\"AACA\"")), NULL},
    {__LINE__, 1, DATA(ITEM("0", "\"!!!!!!==\"")), NULL},
    {__LINE__, 1, DATA(ITEM("0", "\"\"")), NULL},
    {__LINE__, 1, DATA(ITEM("0", "null")), NULL},
    {__LINE__, 1, DATA("3"), NULL},
    {__LINE__, 1, DATA(""), NULL},
    {__LINE__, 1, "{\"data\":3}", NULL},
    {__LINE__, 1, "{}", NULL},
    {__LINE__, 0, DATA(""), NULL},
};

static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json_object *body = NULL;
		const char *why;
		float *got = NULL;
		int dimensions = 0;
		char text[128] = "";
		size_t at = 0;

		assert_int_equal(json_parse(cases[i].body,
				     strlen(cases[i].body), &body, &why),
		    ERR_OK);
		if (llm_vectors_read(body, cases[i].count, &got, &dimensions) !=
		    ERR_OK) {
			assert_null(got);
		}
		for (size_t n = 0;
		     got != NULL && n < cases[i].count * (size_t)dimensions;
		     n++)
			at += (size_t)snprintf(text + at, sizeof text - at,
			    "%s%g", n > 0 ? " " : "", (double)got[n]);
		if ((got != NULL) != (cases[i].want != NULL) ||
		    (got != NULL && strcmp(text, cases[i].want) != 0))
			fail_msg("line %d: %s", cases[i].line, text);
		mem_free(got);
		json_object_put(body);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
