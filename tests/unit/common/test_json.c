#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/buf.h"
#include "common/json.h"

#define SYNTAX "Request body is not valid JSON"
#define UTF8 "Request body is not valid UTF-8"
#define NUL "Request body must not contain the character \\u0000"
#define DEPTH "Request body is nested too deeply"
#define NUMBER "Request body contains a number out of range"
#define OBJECT "Request body must be a JSON object"

struct row {
	int line;
	const char *text;
	const char *why;  /* NULL = accepted */
	const char *want; /* what json_text makes of it; NULL = the same */
};

static void
check_row(const struct row *row)
{
	json_object *value = NULL;
	const char *why = NULL;
	enum err e = json_parse(row->text, strlen(row->text), &value, &why);

	if (row->why != NULL) {
		ROW_INT(row, e, ERR_BAD_INPUT);
		ROW_STR(row, why, row->why);
		ROW_TRUE(row, value == NULL);
		return;
	}
	ROW_INT(row, e, ERR_OK);
	ROW_STR(
	    row, json_text(value), row->want != NULL ? row->want : row->text);
	json_object_put(value);
}

static void
test_documents(void **state)
{
	static const struct row rows[] = {
	    {__LINE__, "{}", NULL, NULL},
	    {__LINE__, " {\"a\" : [1, true ,null]} \r\n\t", NULL,
		"{\"a\":[1,true,null]}"},
	    {__LINE__, "null", NULL, NULL},
	    {__LINE__, "123", NULL, NULL},
	    {__LINE__, "\"x/y\"", NULL, NULL},
	    {__LINE__, "\"\\ud83d\\ude00\"", NULL, "\"\xf0\x9f\x98\x80\""},
	    {__LINE__, "\"\\\\u0000\"", NULL, NULL},
	    {__LINE__, "{\"a\":1,\"a\":2}", NULL, "{\"a\":2}"},
	    {__LINE__, "", SYNTAX, NULL},
	    {__LINE__, " ", SYNTAX, NULL},
	    {__LINE__, "nul", SYNTAX, NULL},
	    {__LINE__, "{} {}", SYNTAX, NULL},
	    {__LINE__, "1 x", SYNTAX, NULL},
	    {__LINE__, "{}\v", SYNTAX, NULL},
	    {__LINE__, "[1,]", SYNTAX, NULL},
	    {__LINE__, "{\"a\":1,}", SYNTAX, NULL},
	    {__LINE__, "{\"a\"", SYNTAX, NULL},
	    {__LINE__, "[\"a]", SYNTAX, NULL},
	    {__LINE__, "[\"a\\", SYNTAX, NULL},
	    {__LINE__, "['a']", SYNTAX, NULL},
	    {__LINE__, "{a:1}", SYNTAX, NULL},
	    {__LINE__, "/**/[1]", SYNTAX, NULL},
	    {__LINE__, "[True]", SYNTAX, NULL},
	    {__LINE__, "[NaN]", SYNTAX, NULL},
	    {__LINE__, "[Infinity]", SYNTAX, NULL},
	    {__LINE__, "[-Infinity]", SYNTAX, NULL},
	    {__LINE__, "[\"NaN, Infinity\"]", NULL, NULL},
	    {__LINE__, "[\"a\nb\"]", SYNTAX, NULL},
	    {__LINE__, "[\"a\\\nb\"]", SYNTAX, NULL},
	    {__LINE__, "[\"\\x41\"]", SYNTAX, NULL},
	    {__LINE__, "[\"\\u12\"]", SYNTAX, NULL},
	    {__LINE__, "[\"\xff\"]", UTF8, NULL},
	    {__LINE__, "[\"\xc0\xaf\"]", UTF8, NULL},
	    {__LINE__, "[\"\xed\xa0\x80\"]", UTF8, NULL},
	    {__LINE__, "[\"\\u0000\"]", NUL, NULL},
	    {__LINE__, "{\"a\\u0000b\":1}", NUL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check_row(&rows[i]);
}

static void
test_numbers(void **state)
{
	static const struct row rows[] = {
	    {__LINE__, "[0,-1,1.5,1e5,1E+5,-0.1e-7]", NULL, NULL},
	    {__LINE__, "[9223372036854775807]", NULL, NULL},
	    {__LINE__, "[9999999999999999999]", NULL, NULL},
	    {__LINE__, "[-999999999999999999]", NULL, NULL},
	    {__LINE__, "[100000000000000000000.5]", NULL, NULL},
	    {__LINE__, "[10000000000000000000]", NUMBER, NULL},
	    {__LINE__, "[-1000000000000000000]", NUMBER, NULL},
	    {__LINE__, "[1e999]", NULL, NULL},
	    {__LINE__, "[1e1000]", NULL, NULL},
	    {__LINE__, "[1e10000]", NUMBER, NULL},
	    {__LINE__, "[1e-999]", NULL, NULL},
	    {__LINE__, "[1e-1000]", NUMBER, NULL},
	    {__LINE__,
		"[0.11111111111111111111111111111111111111111111111111111111"
		"111111111]",
		NUMBER, NULL},
	    {__LINE__, "[01]", SYNTAX, NULL},
	    {__LINE__, "[-]", SYNTAX, NULL},
	    {__LINE__, "[+1]", SYNTAX, NULL},
	    {__LINE__, "[1.]", SYNTAX, NULL},
	    {__LINE__, "[1.e5]", SYNTAX, NULL},
	    {__LINE__, "[.5]", SYNTAX, NULL},
	    {__LINE__, "[1e]", SYNTAX, NULL},
	    {__LINE__, "[1e+]", SYNTAX, NULL},
	    {__LINE__, "[0x10]", SYNTAX, NULL},
	    {__LINE__, "[1-2]", SYNTAX, NULL},
	    {__LINE__, "[1.2.3]", SYNTAX, NULL},
	    {__LINE__, "1.", SYNTAX, NULL},
	    {__LINE__, "-", SYNTAX, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check_row(&rows[i]);
}

static void
test_a_raw_nul_is_refused(void **state)
{
	static const char inside[] = "[\"a\0b\"]", behind[] = "[1]\0";
	json_object *value;
	const char *why = "";

	(void)state;
	assert_int_equal(
	    json_parse(inside, sizeof inside - 1, &value, &why), ERR_BAD_INPUT);
	assert_string_equal(why, SYNTAX);
	assert_int_equal(
	    json_parse(behind, sizeof behind - 1, &value, &why), ERR_BAD_INPUT);
	assert_int_equal(json_parse("12", 1, &value, &why), ERR_OK);
	assert_string_equal(json_text(value), "1");
	json_object_put(value);
}

static void
check_depth(int depth, const char *open, const char *close, const char *want)
{
	json_object *value = NULL;
	const char *why = NULL;
	struct buf b;
	enum err e;

	buf_init(&b, 1000);
	for (int i = 0; i < depth; i++)
		buf_add_str(&b, open);
	buf_add_str(&b, "1");
	for (int i = 0; i < depth; i++)
		buf_add_str(&b, close);
	e = json_parse(buf_str(&b), b.len, &value, &why);
	assert_int_equal(e, want == NULL ? ERR_OK : ERR_BAD_INPUT);
	if (want != NULL)
		assert_string_equal(why, want);
	json_object_put(value);
	buf_release(&b);
}

static void
test_depth(void **state)
{
	(void)state;
	check_depth(JSON_DEPTH_MAX, "[", "]", NULL);
	check_depth(JSON_DEPTH_MAX + 1, "[", "]", DEPTH);
	check_depth(JSON_DEPTH_MAX, "{\"a\":", "}", NULL);
	check_depth(JSON_DEPTH_MAX + 1, "{\"a\":", "}", DEPTH);
}

static void
test_only_an_object(void **state)
{
	static const char *const others[] = {"[]", "null", "1", "\"{}\""};
	json_object *value = NULL;
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < ROWS(others); i++) {
		assert_int_equal(json_parse_object(others[i], strlen(others[i]),
				     &value, &why),
		    ERR_BAD_INPUT);
		assert_string_equal(why, OBJECT);
	}
	assert_int_equal(
	    json_parse_object("{", 1, &value, &why), ERR_BAD_INPUT);
	assert_string_equal(why, SYNTAX);
	assert_null(value);
	assert_int_equal(json_parse_object("{}", 2, &value, &why), ERR_OK);
	json_object_put(value);
}

static void
test_members(void **state)
{
	static const char text[] =
	    "{\"s\":\"gr\xc3\xbc\xc3\x9f\",\"e\":\"\",\"i\":-7,\"n\":null,"
	    "\"d\":1.5,\"b\":true,\"o\":{},\"t\":\"7\","
	    "\"big\":9999999999999999999,\"max\":9223372036854775807}";
	static const char *const no_ints[] = {
	    "s", "n", "d", "b", "o", "t", "big", "none"};
	json_object *o = NULL;
	const char *why;
	int64_t n = 77;
	size_t len = 77;

	(void)state;
	assert_int_equal(
	    json_parse_object(text, sizeof text - 1, &o, &why), ERR_OK);
	assert_string_equal(json_get_str(o, "s", &len), "gr\xc3\xbc\xc3\x9f");
	assert_int_equal(len, 6);
	assert_string_equal(json_str(o, "e"), "");
	assert_null(json_str(o, "i"));
	assert_null(json_str(o, "n"));
	assert_null(json_str(o, "none"));
	assert_null(json_get(o, "n"));
	assert_non_null(json_get(o, "o"));
	for (size_t i = 0; i < ROWS(no_ints); i++)
		assert_false(json_get_int(o, no_ints[i], &n));
	assert_int_equal(n, 77);
	assert_true(json_get_int(o, "i", &n));
	assert_int_equal(n, -7);
	assert_true(json_get_int(o, "max", &n));
	assert_true(n == INT64_MAX);
	assert_null(json_get(json_get(o, "s"), "x"));
	assert_null(json_get(NULL, "x"));
	json_object_put(o);
}

static void
test_building(void **state)
{
	json_object *o = json_object_new_object();

	(void)state;
	json_add_str(o, "url", "http://x/\"y\"\n");
	json_add_str(o, "none", NULL);
	json_add_int(o, "n", INT64_MIN);
	assert_string_equal(json_text(o),
	    "{\"url\":\"http://x/\\\"y\\\"\\n\",\"n\":-9223372036854775808}");
	json_object_put(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_documents),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_a_raw_nul_is_refused),
	    cmocka_unit_test(test_depth),
	    cmocka_unit_test(test_only_an_object),
	    cmocka_unit_test(test_members),
	    cmocka_unit_test(test_building),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
