#include "tests/unit/common/unit.h"

#include <string.h>

#include "worker/assistant/sentence.h"

#define MAX 16

static const struct {
	int line;
	const char *text;
	const char *sentences[6];
} splits[] = {
    {__LINE__, "", {NULL}},
    {__LINE__, " \n\n ", {NULL}},
    {__LINE__, "One. Two! Three?", {"One.", "Two!", "Three?"}},
    {__LINE__, "It is 3.14 or 2.5 percent. Next.",
	{"It is 3.14 or 2.5 percent.", "Next."}},
    {__LINE__, "Use keys, e.g. Numbers. See Dr. Codd.",
	{"Use keys, e.g. Numbers.", "See Dr. Codd."}},
    {__LINE__, "See Fig. 3 and no. 4 there. No. That is all.",
	{"See Fig. 3 and no. 4 there.", "No.", "That is all."}},
    {__LINE__, "By E. F. Codd in 1970. Later more.",
	{"By E. F. Codd in 1970.", "Later more."}},
    {__LINE__, "Lists, files etc. Then more.",
	{"Lists, files etc.", "Then more."}},
    {__LINE__, "He said \"Stop.\" Then (they stopped.) All did.",
	{"He said \"Stop.\"", "Then (they stopped.)", "All did."}},
    {__LINE__, "Run `a. B` now. Ready.", {"Run `a. B` now.", "Ready."}},
    {__LINE__, "A stray ` mark. Still two.", {"A stray ` mark.", "Still two."}},
    {__LINE__, "Wait... no end. postgres goes on.",
	{"Wait... no end. postgres goes on."}},
    {__LINE__, "Heading\nA text. Over\r\nSELECT 1;\n  -- note",
	{"Heading", "A text.", "Over", "SELECT 1;", "-- note"}},
    {__LINE__, "\u201cQuoted.\u201d Next.", {"\u201cQuoted.\u201d", "Next."}},
};

static void
test_split(void **state)
{
	struct sentence got[MAX];

	(void)state;
	for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
		size_t n = sentence_split(splits[i].text, got, MAX), want = 0;

		while (want < 6 && splits[i].sentences[want] != NULL)
			want++;
		if (n != want)
			fail_msg("line %d: %zu sentences", splits[i].line, n);
		for (size_t j = 0; j < n; j++) {
			const char *s = splits[i].sentences[j];

			if (got[j].len != strlen(s) ||
			    memcmp(got[j].at, s, got[j].len) != 0)
				fail_msg("line %d: \"%.*s\"", splits[i].line,
				    (int)got[j].len, got[j].at);
		}
	}
}

static void
test_split_stops_at_the_maximum(void **state)
{
	struct sentence got[2];

	(void)state;
	assert_int_equal(sentence_split("One. Two. Three.", got, 2), 2);
	assert_int_equal(sentence_split("One\nTwo\nThree", got, 2), 2);
	assert_int_equal(sentence_split("One.", got, 0), 0);
}

static const struct {
	const char *text;
	bool is_prose, is_lead;
} kinds[] = {
    {"This is a sentence.", true, false},
    {"Does it read well?", true, false},
    {"Use a command like this:", true, true},
    {"(All of it in brackets.)", true, false},
    {"A heading without an end", false, false},
    {"SELECT id FROM course;", false, false},
    {"-- a comment in a query.", false, false},
    {"// the same in a script.", false, false},
    {"1.", false, false},
    {"}", false, false},
};

static void
test_kinds(void **state)
{
	struct sentence got[MAX];

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		assert_int_equal(sentence_split(kinds[i].text, got, MAX), 1);
		if (got->is_prose != kinds[i].is_prose ||
		    got->is_lead != kinds[i].is_lead)
			fail_msg("%s", kinds[i].text);
	}
}

static void
test_lines_are_numbered(void **state)
{
	struct sentence got[MAX];

	(void)state;
	assert_int_equal(sentence_split("A b c. D e f.\n\nG.", got, MAX), 3);
	assert_int_equal(got[0].line, 0);
	assert_int_equal(got[1].line, 0);
	assert_int_equal(got[2].line, 2);
}

static void
test_words(void **state)
{
	const char
	    *text = "B-tree, \u201cna\u00efve\u201d\u00a0pg_stat 3.5 \u20ac9!";
	const char *want[] = {
	    "B", "tree", "na\u00efve", "pg", "stat", "3", "5", "9"};
	const char *at = text, *end = text + strlen(text), *word;
	size_t n = 0, len;

	(void)state;
	while (sentence_next_word(&at, end, &word, &len)) {
		assert_true(n < sizeof want / sizeof *want);
		assert_int_equal(len, strlen(want[n]));
		assert_memory_equal(word, want[n], len);
		n++;
	}
	assert_int_equal(n, sizeof want / sizeof *want);
}

static void
test_words_stay_inside_broken_text(void **state)
{
	const char text[] = {'a', ' ', (char)0xe2};
	const char *at = text, *word;
	size_t len;

	(void)state;
	assert_true(sentence_next_word(&at, text + 3, &word, &len));
	assert_false(sentence_next_word(&at, text + 3, &word, &len));
	assert_ptr_equal(at, text + 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_split),
	    cmocka_unit_test(test_split_stops_at_the_maximum),
	    cmocka_unit_test(test_kinds),
	    cmocka_unit_test(test_lines_are_numbered),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_words_stay_inside_broken_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
