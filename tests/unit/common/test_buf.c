#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/buf.h"
#include "common/mem.h"

/* ASan would end the program where malloc gives NULL. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void
test_appends_add_up(void **state)
{
	struct buf b;
	char *text;

	(void)state;
	buf_init(&b, 1000);
	assert_string_equal(buf_str(&b), "");
	buf_add(&b, "abc", 2);
	buf_add_str(&b, "cd");
	buf_add_char(&b, 'e');
	buf_printf(&b, "%d%s", 42, "x");
	assert_string_equal(buf_str(&b), "abcde42x");
	assert_int_equal(b.len, 8);
	assert_int_equal(buf_status(&b), ERR_OK);
	text = buf_take(&b);
	assert_string_equal(text, "abcde42x");
	mem_free(text);
	assert_string_equal(buf_str(&b), "");
	text = buf_take(&b);
	assert_string_equal(text, "");
	mem_free(text);
}

static void
test_bytes_may_be_nul(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	buf_add(&b, "a\0b", 3);
	buf_add(&b, NULL, 0);
	assert_int_equal(b.len, 3);
	assert_memory_equal(buf_str(&b), "a\0b", 4);
	buf_release(&b);
}

static void
test_maximum_is_exact(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 200);
	for (int i = 0; i < 200; i++)
		buf_add_char(&b, 'x');
	assert_int_equal(buf_status(&b), ERR_OK);
	buf_add_char(&b, 'y');
	assert_int_equal(buf_status(&b), ERR_TOO_BIG);
	assert_int_equal(b.len, 200);
	assert_int_equal(strlen(buf_str(&b)), 200);
	buf_release(&b);

	buf_init(&b, 0);
	buf_add_str(&b, "");
	assert_int_equal(buf_status(&b), ERR_OK);
	buf_add_char(&b, 'x');
	assert_int_equal(buf_status(&b), ERR_TOO_BIG);
	assert_string_equal(buf_str(&b), "");
	buf_release(&b);
}

static void
test_failure_sticks_and_changes_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	buf_add_str(&b, "abc");
	buf_printf(&b, "%d", 12345);
	assert_int_equal(buf_status(&b), ERR_TOO_BIG);
	buf_add_char(&b, 'd');
	buf_add_json_str(&b, "");
	assert_string_equal(buf_str(&b), "abc");
	buf_clear(&b);
	assert_int_equal(buf_status(&b), ERR_OK);
	assert_string_equal(buf_str(&b), "");
	buf_add_str(&b, "abcde");
	assert_string_equal(buf_str(&b), "abcde");
	buf_release(&b);
	assert_int_equal(b.max, 5);
}

static void
test_half_a_json_string_is_none(void **state)
{
	struct buf b;

	(void)state;
	for (size_t max = 2; max < 9; max++) {
		buf_init(&b, max);
		buf_add_str(&b, "[");
		buf_add_json_str(&b, "ab\ncd");
		assert_int_equal(buf_status(&b), ERR_TOO_BIG);
		assert_string_equal(buf_str(&b), "[");
		buf_release(&b);
	}
}

static void
test_no_memory(void **state)
{
	volatile size_t huge = SIZE_MAX / 8;
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	buf_add_str(&b, "abc");
	buf_add(&b, "x", huge);
	assert_int_equal(buf_status(&b), ERR_NOMEM);
	assert_string_equal(buf_str(&b), "abc");
	buf_release(&b);
}

static void
test_json_strings(void **state)
{
	static const struct {
		int line;
		const char *text, *json;
	} rows[] = {
	    {__LINE__, "", "\"\""},
	    {__LINE__, "plain", "\"plain\""},
	    {__LINE__, "a\"b\\c/d", "\"a\\\"b\\\\c/d\""},
	    {__LINE__, "\b\t\n\v\f\r", "\"\\b\\t\\n\\u000b\\f\\r\""},
	    {__LINE__, "\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\""},
	    {__LINE__, "gr\xc3\xbc\xc3\x9f \xe2\x82\xac",
		"\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac\""},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf b;

		buf_init(&b, 100);
		buf_add_json_str(&b, rows[i].text);
		ROW_STR(&rows[i], buf_str(&b), rows[i].json);
		buf_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_appends_add_up),
	    cmocka_unit_test(test_bytes_may_be_nul),
	    cmocka_unit_test(test_maximum_is_exact),
	    cmocka_unit_test(test_failure_sticks_and_changes_nothing),
	    cmocka_unit_test(test_half_a_json_string_is_none),
	    cmocka_unit_test(test_no_memory),
	    cmocka_unit_test(test_json_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
