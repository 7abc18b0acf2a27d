#include "tests/unit/common/unit.h"

#include <string.h>

#include "cli/utf8.h"
#include "common/buf.h"
#include "common/text.h"

static void
test_next(void **state)
{
	static const struct {
		int line;
		const char *text;
		size_t len, used;
		uint32_t point;
	} rows[] = {
	    {__LINE__, "a", 1, 1, 'a'},
	    {__LINE__, "\0", 1, 1, 0},
	    {__LINE__, "\xc2\x80", 2, 2, 0x80},
	    {__LINE__, "\xdf\xbf", 2, 2, 0x7ff},
	    {__LINE__, "\xe2\x82\xac", 3, 3, 0x20ac},
	    {__LINE__, "\xf0\x9f\x98\x80", 4, 4, 0x1f600},
	    {__LINE__, "\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff},
	    {__LINE__, "\x80", 1, 1, UTF8_BROKEN},
	    {__LINE__, "\xc0\xaf", 2, 1, UTF8_BROKEN},
	    {__LINE__, "\xc1\xbf", 2, 1, UTF8_BROKEN},
	    {__LINE__, "\xe0\x9f\xbf", 3, 1, UTF8_BROKEN},
	    {__LINE__, "\xed\xa0\x80", 3, 1, UTF8_BROKEN},
	    {__LINE__, "\xf0\x8f\xbf\xbf", 4, 1, UTF8_BROKEN},
	    {__LINE__, "\xf4\x90\x80\x80", 4, 1, UTF8_BROKEN},
	    {__LINE__, "\xf5\x80\x80\x80", 4, 1, UTF8_BROKEN},
	    {__LINE__, "\xff", 1, 1, UTF8_BROKEN},
	    {__LINE__, "\xe2\x82", 2, 1, UTF8_BROKEN},
	    {__LINE__, "\xe2\x82z", 3, 1, UTF8_BROKEN},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint32_t point = 1;
		size_t used = utf8_next(rows[i].text, rows[i].len, &point);

		ROW_INT(&rows[i], used, rows[i].used);
		ROW_INT(&rows[i], point, rows[i].point);
	}
}

static void
test_there_and_back(void **state)
{
	static const uint32_t points[] = {1, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff,
	    0xe000, 0xffff, 0x10000, 0x10ffff};

	(void)state;
	for (size_t i = 0; i < ROWS(points); i++) {
		uint32_t point = 0;
		struct buf b;

		buf_init(&b, 8);
		utf8_add(&b, points[i]);
		assert_true(text_is_utf8(buf_str(&b), b.len));
		assert_int_equal(utf8_next(buf_str(&b), b.len, &point), b.len);
		assert_int_equal(point, points[i]);
		buf_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_next),
	    cmocka_unit_test(test_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
