#include "tests/unit/common/unit.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/uuid.h"

static void
test_parse(void **state)
{
	static const struct {
		int line;
		const char *text, *want; /* NULL = refused */
	} rows[] = {
	    {__LINE__, "0190163d-8694-739b-aea5-966c26f8ad91",
		"0190163d-8694-739b-aea5-966c26f8ad91"},
	    {__LINE__, "0190163D-8694-739B-AEA5-966C26F8AD91",
		"0190163d-8694-739b-aea5-966c26f8ad91"},
	    {__LINE__, "00000000-0000-0000-0000-000000000000",
		"00000000-0000-0000-0000-000000000000"},
	    {__LINE__, "", NULL},
	    {__LINE__, "0190163d8694739baea5966c26f8ad91", NULL},
	    {__LINE__, "{190163d-8694-739b-aea5-966c26f8ad9}", NULL},
	    {__LINE__, "0190163d-8694-739b-aea5-966c26f8ad9", NULL},
	    {__LINE__, "0190163d-8694-739b-aea5-966c26f8ad911", NULL},
	    {__LINE__, "0190163d-8694-739b-aea5-966c26f8ad9g", NULL},
	    {__LINE__, "0190163d-8694-739b-aea5+966c26f8ad91", NULL},
	    {__LINE__, "0190163d-869-4739b-aea5-966c26f8ad91", NULL},
	    {__LINE__, " 190163d-8694-739b-aea5-966c26f8ad91", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct uuid u = {"untouched"};
		bool ok = uuid_parse(rows[i].text, strlen(rows[i].text), &u);

		ROW_INT(&rows[i], ok, rows[i].want != NULL);
		ROW_STR(&rows[i], u.text, ok ? rows[i].want : "untouched");
	}
}

static void
test_a_nul_is_no_digit(void **state)
{
	char text[UUID_TEXT_LEN] = "0190163d-8694-739b-aea5-966c26f8ad9";
	struct uuid u;

	(void)state;
	assert_false(uuid_parse(text, sizeof text, &u));
}

static void
test_mint_is_version_7(void **state)
{
	struct uuid u, parsed;

	(void)state;
	/* The time in RFC 9562, appendix A.6. */
	clock_fake(-1, INT64_C(0x017f22e279b0));
	for (int i = 0; i < 200; i++) {
		uuid_mint(&u);
		assert_memory_equal(u.text, "017f22e2-79b0-7", 15);
		assert_non_null(strchr("89ab", u.text[19]));
		assert_true(uuid_parse(u.text, UUID_TEXT_LEN, &parsed));
		assert_string_equal(u.text, parsed.text);
	}
	clock_fake(-1, -1);
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

static void
test_mint_differs_within_a_millisecond(void **state)
{
	static struct uuid ids[5000];

	(void)state;
	clock_fake(-1, 1);
	for (size_t i = 0; i < ROWS(ids); i++)
		uuid_mint(&ids[i]);
	clock_fake(-1, -1);
	qsort(ids, ROWS(ids), sizeof *ids, compare);
	for (size_t i = 1; i < ROWS(ids); i++)
		assert_string_not_equal(ids[i - 1].text, ids[i].text);
}

/* Each of the 74 bits must be seen at 0 and at 1. */
static void
test_all_random_bits_move(void **state)
{
	unsigned ones[UUID_TEXT_LEN] = {0}, zeros[UUID_TEXT_LEN] = {0};
	unsigned bits = 0;

	(void)state;
	for (int n = 0; n < 200; n++) {
		struct uuid u;

		uuid_mint(&u);
		for (size_t i = 14; i < UUID_TEXT_LEN; i++) {
			char digit[2] = {u.text[i], '\0'};
			unsigned v = (unsigned)strtoul(digit, NULL, 16);

			ones[i] |= v;
			zeros[i] |= ~v & 15;
		}
	}
	for (size_t i = 14; i < UUID_TEXT_LEN; i++)
		bits += (unsigned)__builtin_popcount(ones[i] & zeros[i]);
	assert_int_equal(bits, 74);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_a_nul_is_no_digit),
	    cmocka_unit_test(test_mint_is_version_7),
	    cmocka_unit_test(test_mint_differs_within_a_millisecond),
	    cmocka_unit_test(test_all_random_bits_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
