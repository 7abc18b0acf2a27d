/* Look-ups between a model and the database: people, arguments, results. */
#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/mem.h"
#include "worker/assistant/lookup.h"

static const char people[] =
    "{\"people\":[{\"name\":\"Ada Quill\",\"email\":\"ada@x.example\"},"
    "{\"name\":\"Zoë Hall\",\"email\":\"\",\"spelled\":[\"Zoe\",\"Hall\"]}]}";

static json_object *
parse(const char *text)
{
	json_object *out;
	const char *why;

	assert_int_equal(json_parse(text, strlen(text), &out, &why), ERR_OK);
	return out;
}

static struct mask *
mask_of_people(void)
{
	struct mask *m = mask_new();
	json_object *from = parse(people);

	lookup_add_people(m, from);
	json_object_put(from);
	return m;
}

static void
test_people(void **state)
{
	struct mask *m = mask_of_people();
	json_object *none = parse("{\"people\":7}");
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	/* "Hall" is masked with its owner, "Zoe" is nobody's: one more. */
	assert_int_equal(mask_count(m), 3);
	mask_write(m, "Ada, ada@x.example, Zoë Hall and Zoe", &b);
	assert_string_equal(buf_str(&b),
	    "Learner 1, learner1@example.invalid, Learner 2 and Learner 3");
	lookup_add_people(m, none);
	assert_int_equal(mask_count(m), 3);
	json_object_put(none);
	buf_release(&b);
	mask_free(m);
}

struct arguments_row {
	int line;
	const char *arguments; /* JSON of the member; NULL = absent */
	const char *want;      /* NULL = refused */
};

static void
test_arguments(void **state)
{
	static const struct arguments_row rows[] = {
	    {__LINE__, "\"{\\\"name\\\":\\\"Learner 1\\\"}\"",
		"{\"name\":\"Ada Quill\"}"},
	    {__LINE__, "\"{\\\"name\\\":\\\"learner1@example.invalid\\\"}\"",
		"{\"name\":\"ada@x.example\"}"},
	    {__LINE__, "\"{\\\"names\\\":[\\\"Learner 2\\\",\\\"X\\\",3]}\"",
		"{\"names\":[\"Zoë Hall\",\"X\",3]}"},
	    {__LINE__, "\"{\\\"limit\\\":5,\\\"a\\\":{\\\"b\\\":null}}\"",
		"{\"limit\":5,\"a\":{\"b\":null}}"},
	    {__LINE__, "{\"limit\":5}", NULL}, {__LINE__, "\"\"", NULL},
	    {__LINE__, "null", NULL}, {__LINE__, NULL, NULL},
	    {__LINE__, "\"not json\"", NULL}, {__LINE__, "\"[1]\"", NULL},
	    {__LINE__, "[1]", NULL}, {__LINE__, "\"{\\\"a\\\":\"", NULL},
	    {__LINE__, "7", NULL}, {__LINE__, "\"null\"", NULL}};
	struct mask *m = mask_of_people();

	(void)state;
	for (const struct arguments_row *r = rows; r < rows + ROWS(rows); r++) {
		json_object *call = json_object_new_object();
		json_object *function = json_object_new_object();
		json_object *got = NULL;
		enum err e;

		json_add_str(function, "name", "learner");
		if (r->arguments != NULL)
			json_object_object_add(
			    function, "arguments", parse(r->arguments));
		json_object_object_add(call, "function", function);
		e = lookup_read_arguments(m, call, &got);
		ROW_INT(r, e, r->want != NULL ? ERR_OK : ERR_BAD_INPUT);
		if (r->want != NULL)
			ROW_STR(r, json_text(got), r->want);
		ROW_STR(r, lookup_name(call), "learner");
		json_object_put(got);
		json_object_put(call);
	}
	mask_free(m);
}

static void
test_long_arguments(void **state)
{
	json_object *call = parse("{\"function\":{\"arguments\":\"\"}}");
	char *text = x_alloc(LOOKUP_ARGUMENTS_MAX + 2);
	struct mask *m = mask_new();
	json_object *got;

	(void)state;
	assert_string_equal(lookup_name(call), "");
	memset(text, ' ', LOOKUP_ARGUMENTS_MAX + 1);
	memcpy(text, "{}", 2);
	json_add_str(json_get(call, "function"), "arguments", text);
	assert_int_equal(lookup_read_arguments(m, call, &got), ERR_BAD_INPUT);
	mem_free(text);
	mask_free(m);
	json_object_put(call);
}

struct write_row {
	int line;
	const char *result, *want;
};

static void
test_write(void **state)
{
	static const struct write_row rows[] = {
	    {__LINE__,
		"{\"title\":\"At risk: 1 of 9\",\"columns\":[\"name\",\"done\"]"
		",\"rows\":[[\"Ada Quill\",\"25%\"],[\"Zoë Hall\",\"0%\"]],"
		"\"sentence\":\"Ada Quill is behind.\"}",
		"At risk: 1 of 9\nname | done\nLearner 1 | 25%\n"
		"Learner 2 | 0%\n"},
	    {__LINE__, "{\"title\":\"T\",\"columns\":[\"a\"],\"rows\":[]}",
		"T\na\n(no rows)\n"},
	    {__LINE__, "{\"error\":\"Ada Quill or Zoë Hall?\"}",
		"Error: Learner 1 or Learner 2?\n"},
	    {__LINE__, "{}", "\n\n(no rows)\n"}};
	struct mask *m = mask_of_people();

	(void)state;
	for (const struct write_row *r = rows; r < rows + ROWS(rows); r++) {
		json_object *result = parse(r->result);
		struct buf b;

		buf_init(&b, 1000);
		lookup_write(m, result, &b);
		ROW_STR(r, buf_str(&b), r->want);
		buf_release(&b);
		json_object_put(result);
	}
	mask_free(m);
}

static void
test_said(void **state)
{
	struct mask *m = mask_of_people();
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	lookup_write_said(
	    m, "Ada (ada@x.example), eve@y.example, +44 20 7946 0958", &b);
	assert_string_equal(buf_str(&b),
	    "Learner 1 (learner1@example.invalid), [email], [phone]");
	buf_release(&b);
	mask_free(m);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_people),
	    cmocka_unit_test(test_arguments),
	    cmocka_unit_test(test_long_arguments),
	    cmocka_unit_test(test_write),
	    cmocka_unit_test(test_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
