#include "tests/unit/common/unit.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/text.h"
#include "worker/assistant/mask.h"

#define JUERGEN "J\xC3\xBCrgen M\xC3\xB6ller"
#define ZOE "Zo\xC3\xAB O'Brien"
#define WANG "\xE7\x8E\x8B\xE5\xB0\x8F\xE6\x98\x8E"
#define ELENA "\xD0\x95\xD0\xBB\xD0\xB5\xD0\xBD\xD0\xB0" /* in Cyrillic */

static const char *const people[][2] = {
    {"Ann Lee", "ann.lee@example.org"},
    {"Ann Marie Lee-Price", "am@example.org"},
    {JUERGEN, "jm@example.org"},
    {ZOE, ""},
    {"Will May", "will@example.org"},
    {"Vincent van Gogh", NULL},
    {WANG, "wang@example.org"},
    {ELENA " Ivanova", ""},
    {"Bo Li", "bo@example.org"},
    {"Tom", "tom@example.org"},
    {"Tom Baker", "baker@example.org"},
    {"Learner 3", "learner5@example.org"},
    {"{{brand}} </question>", "x@example.org"},
    {"Student 42", ""},
    {"**Bold** <b>Eve</b>", ""},
    {"", "nameless@example.org"},
    {"The Of Modules", ""},
};

static struct mask *
everybody(void)
{
	struct mask *m = mask_new();

	for (size_t i = 0; i < ROWS(people); i++)
		mask_add_person(m, people[i][0], people[i][1]);
	assert_int_equal(mask_count(m), ROWS(people));
	return m;
}

static void
test_names_become_pseudonyms(void **state)
{
	static const struct {
		int line;
		const char *text, *want;
	} rows[] = {
	    {__LINE__, "Ann Lee is late.", "Learner 1 is late."},
	    {__LINE__, "ANN  LEE, ann lee; Lee, Ann",
		"Learner 1, Learner 1; Learner 1"},
	    /* A name in another one, and what both have. */
	    {__LINE__, "Ann Marie Lee-Price and marie",
		"Learner 2 and Learner 2"},
	    {__LINE__, "Ann Marie Lee and Ann", "Ann Learner 2 Lee and Ann"},
	    {__LINE__, "Tom and Tom Baker", "Learner 10 and Learner 11"},
	    {__LINE__, "Anna, Leeds, Tomato, unann lee",
		"Anna, Leeds, Tomato, "
		"unann lee"},
	    {__LINE__, "J\xC3\x9CRGEN, m\xC3\xB6ller's",
		"Learner 3, Learner 3's"},
	    {__LINE__,
		"zo\xC3\xAB o\xE2\x80\x99"
		"brien; O'Brien",
		"Learner 4; O'Learner 4"},
	    {__LINE__, "\xD0\x95\xD0\x9B\xD0\x95\xD0\x9D\xD0\x90!",
		"Learner 8!"},
	    {__LINE__, "\xE4\xBB\x8A\xE5\xA4\xA9" WANG "\xE5\x9C\xA8",
		"\xE4\xBB\x8A\xE5\xA4\xA9Learner 7\xE5\x9C\xA8"},
	    /* Ordinary words and short ones need their capital. */
	    {__LINE__, "will it pass in may? Ask Will.",
		"will it pass in may? Ask Learner 5."},
	    {__LINE__, "WILL MAY, will may", "Learner 5, Learner 5"},
	    {__LINE__, "bo li, Bo, bo", "Learner 9, Learner 9, bo"},
	    {__LINE__, "a van, Van Gogh, van gogh",
		"a van, Van Learner 6, van Learner 6"},
	    {__LINE__, "Vincent van Gogh", "Learner 6"},
	    /* Addresses. */
	    {__LINE__, "<Ann.Lee@Example.org>, ann.lee@example.org.",
		"<learner1@example.invalid>, learner1@example.invalid."},
	    {__LINE__, "mailto:am@example.org's",
		"mailto:learner2@example.invalid's"},
	    {__LINE__, "nameless@example.org", "learner16@example.invalid"},
	    {__LINE__, "xann.lee@example.organ", "xann.lee@example.organ"},
	    {__LINE__, "stranger@example.org a@ @b @",
		"stranger@example.org "
		"a@ @b @"},
	    /* Hostile names. */
	    {__LINE__, "Learner 3 and learner5@example.org",
		"Learner 12 and learner12@example.invalid"},
	    {__LINE__, "a learner", "a learner"},
	    {__LINE__, "{{brand}} </question>", "{{Learner 13}} </question>"},
	    {__LINE__, "Student 42 of 42", "Learner 14 of 42"},
	    {__LINE__, "The end of the modules", "The end of the modules"},
	    {__LINE__, "_Ann Lee_ **Ann_Lee**", "_Learner 1_ **Learner 1**"},
	    {__LINE__, "Bold B eve", "Learner 15 B eve"},
	    {__LINE__, "\xFF Gogh \xC3", "\xFF Learner 6 \xC3"},
	    {__LINE__, "", ""},
	};
	struct mask *m = everybody();

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf b;

		buf_init(&b, 65536);
		mask_write(m, rows[i].text, &b);
		ROW_STR(&rows[i], buf_str(&b), rows[i].want);
		buf_release(&b);
	}
	mask_free(m);
}

static void
test_pseudonyms_become_names(void **state)
{
	static const struct {
		int line;
		const char *text, *want;
	} rows[] = {
	    {__LINE__, "Learner 1 and learner 12.", "Ann Lee and Learner 3."},
	    {__LINE__, "Learner 1's, **Learner 10**, _Learner 11_",
		"Ann Lee's, **Tom**, _Tom Baker_"},
	    {__LINE__, "LEARNER 1, Learner1, learner-1, Learner #1",
		"Ann Lee, Ann Lee, Ann Lee, Ann Lee"},
	    {__LINE__,
		"Learner\xC2\xA0"
		"1\nLearner\n1",
		"Ann Lee\nAnn Lee"},
	    {__LINE__, "learner1@example.invalid LEARNER16@EXAMPLE.INVALID",
		"ann.lee@example.org nameless@example.org"},
	    {__LINE__, "Learner 16, learner4@example.invalid",
		"nameless@example.org, " ZOE},
	    {__LINE__, "Learner 120 Learner 18 Learner 0 Learner 01",
		"Learner 120 Learner 18 Learner 0 Learner 01"},
	    {__LINE__, "Learner 99999999999999999999999 Learners 1",
		"Learner 99999999999999999999999 Learners 1"},
	    {__LINE__, "Elearner 1, Learner 1st, Learner",
		"Elearner 1, "
		"Learner 1st, "
		"Learner"},
	    {__LINE__, "|Learner 7|Learner 13|",
		"|" WANG "|{{brand}} </question>|"},
	    {__LINE__, "Learner 1Learner 1", "Learner 1Learner 1"},
	    {__LINE__, "", ""},
	};
	struct mask *m = everybody();

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf b;

		buf_init(&b, 65536);
		mask_restore(m, rows[i].text, &b);
		ROW_STR(&rows[i], buf_str(&b), rows[i].want);
		buf_release(&b);
	}
	mask_free(m);
}

static void
test_there_and_back(void **state)
{
	struct mask *m = everybody();

	(void)state;
	for (size_t i = 0; i < ROWS(people); i++) {
		struct buf text, there, back;

		buf_init(&text, 65536);
		buf_init(&there, 65536);
		buf_init(&back, 65536);
		if (*people[i][0] != '\0' && i != 14 && i != 12)
			buf_printf(&text, "%s has 40 %%", people[i][0]);
		if (people[i][1] != NULL && *people[i][1] != '\0')
			buf_printf(&text, "; %s!", people[i][1]);
		mask_write(m, buf_str(&text), &there);
		if (i != 14)
			assert_non_null(strstr(buf_str(&there), "earner"));
		mask_restore(m, buf_str(&there), &back);
		assert_string_equal(buf_str(&back), buf_str(&text));
		buf_release(&text);
		buf_release(&there);
		buf_release(&back);
	}
	mask_free(m);
}

static void
test_who_is_the_same_person(void **state)
{
	struct mask *m = mask_new();

	(void)state;
	mask_add_person(m, "Ann Lee", "ann@example.org");
	mask_add_person(m, "Ann Lee", "ANN@example.org");
	mask_add_person(m, "ann  lee", NULL);
	mask_add_person(m, "Ann Porter", "ann@example.org");
	assert_int_equal(mask_count(m), 1);
	mask_add_person(m, "Ann Lee", "another@example.org");
	assert_int_equal(mask_count(m), 2);
	mask_add_person(m, "Bob Ray", "");
	mask_add_person(m, "Bob Ray", "bob@example.org");
	assert_int_equal(mask_count(m), 3);
	mask_add_person(m, "", "");
	mask_add_person(m, NULL, NULL);
	assert_int_equal(mask_count(m), 5);
	mask_free(m);
	mask_free(NULL);
}

static void
test_no_size_breaks_it(void **state)
{
	static const size_t sizes[] = {1, 500, 509, 510, 511, 512, 513, 5000};
	char name[6001];

	(void)state;
	for (size_t i = 0; i < ROWS(sizes) * 3; i++) {
		struct mask *m = mask_new();
		struct buf b;

		for (size_t k = 0; k < sizes[i / 3]; k++)
			name[k] = i % 3 == 0 ? 'x' : "A b@"[k % (i % 3 * 2)];
		name[sizes[i / 3]] = '\0';
		mask_add_person(m, name, name);
		mask_add_person(m, "Ann Lee", NULL);
		buf_init(&b, 1 << 20);
		mask_write(m, name, &b);
		mask_write(m, " Ann Lee", &b);
		assert_non_null(strstr(buf_str(&b), "Learner 2"));
		buf_release(&b);
		mask_free(m);
	}
}

/* 5000 people, each named in one text of a few hundred kilobytes. */
static void
test_thousands_are_quick(void **state)
{
	struct mask *m = mask_new();
	struct buf text, there, back;
	int64_t before = clock_mono_ms();

	(void)state;
	buf_init(&text, 16 << 20);
	buf_init(&there, 16 << 20);
	buf_init(&back, 16 << 20);
	for (int i = 0; i < 5000; i++) {
		char name[100], email[100];

		(void)snprintf(name, sizeof name, "Vorna%d Nachna%d", i, i / 2);
		(void)snprintf(email, sizeof email, "v%d@example.org", i);
		mask_add_person(m, name, email);
		buf_printf(&text, "%s <%s> has passed %d of 12 modules\n", name,
		    email, i % 12);
	}
	mask_write(m, buf_str(&text), &there);
	assert_null(strstr(buf_str(&there), "orna"));
	assert_null(strstr(buf_str(&there), "@example.org"));
	mask_restore(m, buf_str(&there), &back);
	assert_string_equal(buf_str(&back), buf_str(&text));
	assert_true(clock_mono_ms() - before < 5000);
	buf_release(&text);
	buf_release(&there);
	buf_release(&back);
	mask_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names_become_pseudonyms),
	    cmocka_unit_test(test_pseudonyms_become_names),
	    cmocka_unit_test(test_there_and_back),
	    cmocka_unit_test(test_who_is_the_same_person),
	    cmocka_unit_test(test_no_size_breaks_it),
	    cmocka_unit_test(test_thousands_are_quick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
