#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/text.h"

static void
test_int(void **state)
{
	static const struct {
		int line;
		const char *text;
		int64_t min, max;
		enum err e;
		int64_t want;
	} rows[] = {
	    {__LINE__, "0", 0, 10, ERR_OK, 0},
	    {__LINE__, "-0", 0, 10, ERR_OK, 0},
	    {__LINE__, "007", 0, 10, ERR_OK, 7},
	    {__LINE__, "10", 0, 10, ERR_OK, 10},
	    {__LINE__, "11", 0, 10, ERR_BAD_INPUT, 0},
	    {__LINE__, "-1", 0, 10, ERR_BAD_INPUT, 0},
	    {__LINE__, "-5", -5, 5, ERR_OK, -5},
	    {__LINE__, "9223372036854775807", INT64_MIN, INT64_MAX, ERR_OK,
		INT64_MAX},
	    {__LINE__, "-9223372036854775808", INT64_MIN, INT64_MAX, ERR_OK,
		INT64_MIN},
	    {__LINE__, "9223372036854775808", INT64_MIN, INT64_MAX,
		ERR_BAD_INPUT, 0},
	    {__LINE__, "-9223372036854775809", INT64_MIN, INT64_MAX,
		ERR_BAD_INPUT, 0},
	    {__LINE__, "99999999999999999999999", INT64_MIN, INT64_MAX,
		ERR_BAD_INPUT, 0},
	    {__LINE__, "", 0, 10, ERR_BAD_INPUT, 0},
	    {__LINE__, "-", -5, 10, ERR_BAD_INPUT, 0},
	    {__LINE__, "--1", -5, 10, ERR_BAD_INPUT, 0},
	    {__LINE__, "+1", 0, 10, ERR_BAD_INPUT, 0},
	    {__LINE__, " 1", 0, 10, ERR_BAD_INPUT, 0},
	    {__LINE__, "1 ", 0, 10, ERR_BAD_INPUT, 0},
	    {__LINE__, "1.0", 0, 10, ERR_BAD_INPUT, 0},
	    {__LINE__, "0x1", 0, 10, ERR_BAD_INPUT, 0},
	    {__LINE__, "1e1", 0, 10, ERR_BAD_INPUT, 0},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		int64_t got = 77;

		ROW_INT(&rows[i],
		    text_to_int(rows[i].text, rows[i].min, rows[i].max, &got),
		    rows[i].e);
		ROW_INT(&rows[i], got, rows[i].e == ERR_OK ? rows[i].want : 77);
	}
}

static void
test_duration_and_size(void **state)
{
	static const struct {
		int line;
		enum err (*read)(const char *s, int64_t *out);
		const char *text;
		enum err e;
		int64_t want;
	} rows[] = {
	    {__LINE__, text_to_duration_ms, "250ms", ERR_OK, 250},
	    {__LINE__, text_to_duration_ms, "30s", ERR_OK, 30000},
	    {__LINE__, text_to_duration_ms, "30", ERR_OK, 30000},
	    {__LINE__, text_to_duration_ms, "0", ERR_OK, 0},
	    {__LINE__, text_to_duration_ms, "5m", ERR_OK, 300000},
	    {__LINE__, text_to_duration_ms, "12h", ERR_OK, 43200000},
	    {__LINE__, text_to_duration_ms, "7d", ERR_OK, 604800000},
	    {__LINE__, text_to_duration_ms, "9223372036854775807ms", ERR_OK,
		INT64_MAX},
	    {__LINE__, text_to_duration_ms, "9223372036854775807s",
		ERR_BAD_INPUT, 0},
	    {__LINE__, text_to_duration_ms, "", ERR_BAD_INPUT, 0},
	    {__LINE__, text_to_duration_ms, "s", ERR_BAD_INPUT, 0},
	    {__LINE__, text_to_duration_ms, "-1s", ERR_BAD_INPUT, 0},
	    {__LINE__, text_to_duration_ms, "1 s", ERR_BAD_INPUT, 0},
	    {__LINE__, text_to_duration_ms, "1S", ERR_BAD_INPUT, 0},
	    {__LINE__, text_to_duration_ms, "1.5s", ERR_BAD_INPUT, 0},
	    {__LINE__, text_to_duration_ms, "1m30s", ERR_BAD_INPUT, 0},
	    {__LINE__, text_to_duration_ms, "1k", ERR_BAD_INPUT, 0},
	    {__LINE__, text_to_size, "64k", ERR_OK, 65536},
	    {__LINE__, text_to_size, "2m", ERR_OK, 2097152},
	    {__LINE__, text_to_size, "123", ERR_OK, 123},
	    {__LINE__, text_to_size, "", ERR_BAD_INPUT, 0},
	    {__LINE__, text_to_size, "k", ERR_BAD_INPUT, 0},
	    {__LINE__, text_to_size, "1kb", ERR_BAD_INPUT, 0},
	    {__LINE__, text_to_size, "1s", ERR_BAD_INPUT, 0},
	    {__LINE__, text_to_size, "9223372036854775807k", ERR_BAD_INPUT, 0},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		int64_t got = 77;

		ROW_INT(&rows[i], rows[i].read(rows[i].text, &got), rows[i].e);
		ROW_INT(&rows[i], got, rows[i].e == ERR_OK ? rows[i].want : 77);
	}
}

static void
test_bool(void **state)
{
	static const struct {
		int line;
		const char *text;
		enum err e;
		bool want;
	} rows[] = {
	    {__LINE__, "yes", ERR_OK, true},
	    {__LINE__, "true", ERR_OK, true},
	    {__LINE__, "on", ERR_OK, true},
	    {__LINE__, "1", ERR_OK, true},
	    {__LINE__, "no", ERR_OK, false},
	    {__LINE__, "false", ERR_OK, false},
	    {__LINE__, "off", ERR_OK, false},
	    {__LINE__, "0", ERR_OK, false},
	    {__LINE__, "", ERR_BAD_INPUT, false},
	    {__LINE__, "Yes", ERR_BAD_INPUT, false},
	    {__LINE__, "yes,true", ERR_BAD_INPUT, false},
	    {__LINE__, "2", ERR_BAD_INPUT, false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		bool got = !rows[i].want;

		ROW_INT(&rows[i], text_to_bool(rows[i].text, &got), rows[i].e);
		if (rows[i].e == ERR_OK)
			ROW_INT(&rows[i], got, rows[i].want);
	}
}

static void
test_millionths(void **state)
{
	static const struct {
		int line;
		const char *text;
		enum err e;
		int64_t want;
	} rows[] = {
	    {__LINE__, "0", ERR_OK, 0},
	    {__LINE__, "3", ERR_OK, 3000000},
	    {__LINE__, "0.15", ERR_OK, 150000},
	    {__LINE__, "12.345678", ERR_OK, 12345678},
	    {__LINE__, "9223372036854.775807", ERR_OK, INT64_MAX},
	    {__LINE__, "9223372036854.775808", ERR_BAD_INPUT, 0},
	    {__LINE__, "0.1234567", ERR_BAD_INPUT, 0},
	    {__LINE__, "-1", ERR_BAD_INPUT, 0},
	    {__LINE__, ".5", ERR_BAD_INPUT, 0},
	    {__LINE__, "5.", ERR_BAD_INPUT, 0},
	    {__LINE__, "1.2.3", ERR_BAD_INPUT, 0},
	    {__LINE__, "1,5", ERR_BAD_INPUT, 0},
	    {__LINE__, "1e3", ERR_BAD_INPUT, 0},
	    {__LINE__, "", ERR_BAD_INPUT, 0},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		int64_t got = -1;

		ROW_INT(&rows[i], text_to_millionths(rows[i].text, &got),
		    rows[i].e);
		if (rows[i].e == ERR_OK)
			ROW_INT(&rows[i], got, rows[i].want);
	}
}

static void
test_utf8(void **state)
{
	static const struct {
		int line;
		const char *text;
		bool is_utf8;
		size_t length;
	} rows[] = {
	    {__LINE__, "", true, 0},
	    {__LINE__, "abc", true, 3},
	    {__LINE__, "gr\xc3\xbc\xc3\x9f", true, 4},
	    {__LINE__, "\xe2\x82\xac", true, 1},
	    {__LINE__, "\xf0\x9f\x98\x80!", true, 2},
	    {__LINE__, "\xc2\x80\xdf\xbf", true, 2},
	    {__LINE__, "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80", true, 3},
	    {__LINE__, "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", true, 2},
	    {__LINE__, "\x80", false, 0},
	    {__LINE__, "\xc0\x80", false, 0},
	    {__LINE__, "\xc1\xbf", false, 0},
	    {__LINE__, "\xe0\x9f\xbf", false, 0},
	    {__LINE__, "\xed\xa0\x80", false, 0},
	    {__LINE__, "\xf0\x8f\xbf\xbf", false, 0},
	    {__LINE__, "\xf4\x90\x80\x80", false, 0},
	    {__LINE__, "\xf5\x80\x80\x80", false, 0},
	    {__LINE__, "\xff", false, 0},
	    {__LINE__, "\xc3", false, 0},
	    {__LINE__, "\xe2\x82", false, 0},
	    {__LINE__, "\xe2\x28\xa1", false, 0},
	    {__LINE__, "\xf0\x9f\x98", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t len = strlen(rows[i].text);

		ROW_INT(
		    &rows[i], text_is_utf8(rows[i].text, len), rows[i].is_utf8);
		if (rows[i].is_utf8)
			ROW_INT(&rows[i], text_utf8_length(rows[i].text, len),
			    rows[i].length);
	}
	/* The length counts, not a NUL. */
	assert_true(text_is_utf8("a\0b", 3));
	assert_false(text_is_utf8("\xe2\x82\xac", 2));
}

static void
test_utf8_prefix(void **state)
{
	static const char text[] = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80";
	static const size_t want[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};

	(void)state;
	for (size_t max = 0; max < ROWS(want); max++)
		assert_int_equal(
		    text_utf8_prefix(text, sizeof text - 1, max), want[max]);
}

static void
test_json_nul(void **state)
{
	static const struct {
		int line;
		const char *text;
		bool want;
	} rows[] = {
	    {__LINE__, "", false},
	    {__LINE__, "\\u0000", true},
	    {__LINE__, "{\"a\":\"x\\u0000y\"}", true},
	    {__LINE__, "\\\\u0000", false},
	    {__LINE__, "\\\\\\u0000", true},
	    {__LINE__, "\\\\\\\\u0000", false},
	    {__LINE__, "\\\"\\u0000", true},
	    {__LINE__, "\\n\\u0000", true},
	    {__LINE__, "\\u0001\\u0000", true},
	    {__LINE__, "\\u00000", true},
	    {__LINE__, "\\u0001", false},
	    {__LINE__, "\\u000", false},
	    {__LINE__, "u0000", false},
	    {__LINE__, "\\", false},
	    {__LINE__, "abcdefgh\\", false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		ROW_INT(&rows[i],
		    text_has_json_nul(rows[i].text, strlen(rows[i].text)),
		    rows[i].want);
	assert_false(text_has_json_nul("\\u0000", 5));
}

static void
test_base64url(void **state)
{
	static const struct {
		int line;
		const char *text;
		enum err e;
		const char *want;
	} rows[] = {
	    {__LINE__, "", ERR_OK, ""},
	    {__LINE__, "Zg", ERR_OK, "f"},
	    {__LINE__, "Zm8", ERR_OK, "fo"},
	    {__LINE__, "Zm9v", ERR_OK, "foo"},
	    {__LINE__, "Zm9vYg", ERR_OK, "foob"},
	    {__LINE__, "Zm9vYmE", ERR_OK, "fooba"},
	    {__LINE__, "Zm9vYmFy", ERR_OK, "foobar"},
	    {__LINE__, "_-7_", ERR_OK, "\xff\xee\xff"},
	    {__LINE__, "Z", ERR_BAD_INPUT, ""},
	    {__LINE__, "Zm9vY", ERR_BAD_INPUT, ""},
	    {__LINE__, "Zh", ERR_BAD_INPUT, ""},
	    {__LINE__, "Zm9", ERR_BAD_INPUT, ""},
	    {__LINE__, "Zg==", ERR_BAD_INPUT, ""},
	    {__LINE__, "/+7/", ERR_BAD_INPUT, ""},
	    {__LINE__, "Zm 9", ERR_BAD_INPUT, ""},
	    {__LINE__, "Zm9v\n", ERR_BAD_INPUT, ""},
	    {__LINE__, "Zm9vYmFyZm9v", ERR_TOO_BIG, ""},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		unsigned char out[8] = "";
		size_t len = 77, want = strlen(rows[i].want);

		ROW_INT(&rows[i],
		    text_base64url_decode(rows[i].text, strlen(rows[i].text),
			out, sizeof out, &len),
		    rows[i].e);
		ROW_INT(&rows[i], len, rows[i].e == ERR_OK ? want : 77);
		ROW_INT(&rows[i], memcmp(out, rows[i].want, want + 1), 0);
	}
}

static void
test_trim(void **state)
{
	static const struct {
		int line;
		const char *text;
		size_t offset, len;
	} rows[] = {
	    {__LINE__, "", 0, 0},
	    {__LINE__, "a", 0, 1},
	    {__LINE__, "  a b\t\n", 2, 3},
	    {__LINE__, "\v\f\r\n\t x", 6, 1},
	    {__LINE__, " \n ", 3, 0},
	    {__LINE__, "\xc2\xa0", 0, 2},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t len = 77;
		const char *at = text_trim(rows[i].text, &len);

		ROW_INT(&rows[i], at - rows[i].text, rows[i].offset);
		ROW_INT(&rows[i], len, rows[i].len);
	}
}

static void
test_list(void **state)
{
	static const struct {
		int line;
		const char *list, *word;
		bool want;
	} rows[] = {
	    {__LINE__, "a, b ,c", "a", true},
	    {__LINE__, "a, b ,c", "b", true},
	    {__LINE__, "a, b ,c", "c", true},
	    {__LINE__, "a, b ,c", "d", false},
	    {__LINE__, "a, b ,c", "", false},
	    {__LINE__, "a,,c", "", false},
	    {__LINE__, "", "a", false},
	    {__LINE__, "AI_QUERY", "AI", false},
	    {__LINE__, "AI", "AI_QUERY", false},
	    {__LINE__, ",,a", "a", true},
	    {__LINE__, "a b", "a b", true},
	    {__LINE__, "a b", "b", false},
	    {__LINE__, " a\t", "a", true},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		ROW_INT(&rows[i], text_list_has(rows[i].list, rows[i].word),
		    rows[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_int),
	    cmocka_unit_test(test_duration_and_size),
	    cmocka_unit_test(test_bool),
	    cmocka_unit_test(test_millionths),
	    cmocka_unit_test(test_utf8),
	    cmocka_unit_test(test_utf8_prefix),
	    cmocka_unit_test(test_json_nul),
	    cmocka_unit_test(test_base64url),
	    cmocka_unit_test(test_trim),
	    cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
