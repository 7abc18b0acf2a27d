#include "tests/unit/common/unit.h"

#include <stdio.h>
#include <string.h>

#include "cli/chunk.h"
#include "common/mem.h"
#include "common/text.h"

#define PASSAGES_MAX 64

struct passages {
	char *titles[PASSAGES_MAX], *texts[PASSAGES_MAX];
	size_t points[PASSAGES_MAX];
	size_t count;
};

static void
take(void *arg, const char *title, const char *text, size_t len)
{
	struct passages *p = arg;

	assert_true(p->count < PASSAGES_MAX);
	assert_true(len > 0 && text_is_utf8(text, len));
	p->titles[p->count] = x_strdup(title);
	p->texts[p->count] = x_strndup(text, len);
	p->points[p->count++] = text_utf8_length(text, len);
}

static void
passages_release(struct passages *p)
{
	for (size_t i = 0; i < p->count; i++) {
		mem_free(p->titles[i]);
		mem_free(p->texts[i]);
	}
}

static void
add(struct blocks *b, enum block_kind kind, int level, const char *text)
{
	blocks_begin(b, kind, level);
	blocks_add(b, text, strlen(text));
}

static void
split(struct blocks *b, struct passages *out)
{
	*out = (struct passages){0};
	assert_int_equal(blocks_end(b), ERR_OK);
	chunk_split("Book", b, take, out);
	blocks_release(b);
}

/* n sentences of 50 code points with the blank behind: "Sentence 001 …. ". */
static void
add_sentences(struct blocks *b, int from, int n)
{
	char text[64];

	for (int i = from; i < from + n; i++) {
		(void)snprintf(text, sizeof text,
		    "Sentence %03d tells us a little of \u00fcber and \u20ac "
		    "now. ",
		    i);
		blocks_add(b, text, strlen(text));
	}
}

static void
test_nothing(void **state)
{
	struct passages p;
	struct blocks b;

	(void)state;
	blocks_init(&b, 1000);
	split(&b, &p);
	assert_int_equal(p.count, 0);
	blocks_init(&b, 1000);
	add(&b, BLOCK_HEADING, 1, "Only a heading");
	split(&b, &p);
	assert_int_equal(p.count, 0);
}

static void
test_titles(void **state)
{
	static const char *const want[][2] = {
	    {"Book", "before"},
	    {"Book \u203a Part", "a"},
	    {"Book \u203a Part \u203a Sub", "b\nDeeper\nc"},
	    {"Book \u203a Other", "d"},
	    {"Book \u203a Other \u203a Skipped a level", "e"},
	    {"Book", "f"},
	};
	struct passages p;
	struct blocks b;

	(void)state;
	blocks_init(&b, 1000);
	add(&b, BLOCK_TEXT, 0, "before");
	add(&b, BLOCK_HEADING, 1, "Book");
	add(&b, BLOCK_HEADING, 2, "Part");
	add(&b, BLOCK_TEXT, 0, "a");
	add(&b, BLOCK_HEADING, 3, "Sub");
	add(&b, BLOCK_TEXT, 0, "b");
	add(&b, BLOCK_HEADING, 4, "Deeper");
	add(&b, BLOCK_TEXT, 0, "c");
	add(&b, BLOCK_HEADING, 1, "Other");
	add(&b, BLOCK_TEXT, 0, "d");
	add(&b, BLOCK_HEADING, 3, "Skipped a level");
	add(&b, BLOCK_TEXT, 0, "e");
	add(&b, BLOCK_HEADING, 1, "Book");
	add(&b, BLOCK_TEXT, 0, "f");
	split(&b, &p);
	assert_int_equal(p.count, ROWS(want));
	for (size_t i = 0; i < p.count; i++) {
		assert_string_equal(p.titles[i], want[i][0]);
		assert_string_equal(p.texts[i], want[i][1]);
	}
	passages_release(&p);
}

/* 60 sentences of 50: passages of 18, the last 4 repeated. */
static void
test_lengths_and_overlap(void **state)
{
	struct passages p;
	struct blocks b;

	(void)state;
	blocks_init(&b, 100000);
	add_sentences(&b, 0, 60);
	split(&b, &p);
	assert_int_equal(p.count, 4);
	for (size_t i = 0; i < p.count; i++) {
		int first = (int)i * 14;
		char head[16];

		(void)snprintf(head, sizeof head, "Sentence %03d ", first);
		assert_memory_equal(p.texts[i], head, strlen(head));
		assert_int_equal(p.points[i], 899);
		assert_string_equal(
		    p.texts[i] + strlen(p.texts[i]) - 4, "now.");
	}
	passages_release(&p);
}

static void
test_short_tail_joins(void **state)
{
	static const struct {
		int line, sentences;
		size_t count, last;
	} rows[] = {
	    {__LINE__, 18, 1, 899},
	    {__LINE__, 22, 1, 1099},
	    {__LINE__, 23, 2, 449},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct passages p;
		struct blocks b;

		blocks_init(&b, 100000);
		add_sentences(&b, 0, rows[i].sentences);
		split(&b, &p);
		ROW_INT(&rows[i], p.count, rows[i].count);
		ROW_INT(&rows[i], p.points[p.count - 1], rows[i].last);
		passages_release(&p);
	}
}

static void
test_no_passage_across_headings(void **state)
{
	struct passages p;
	struct blocks b;

	(void)state;
	blocks_init(&b, 100000);
	for (int i = 0; i < 5; i++) {
		add(&b, BLOCK_HEADING, 1 + i % 3, "H");
		blocks_begin(&b, BLOCK_TEXT, 0);
		add_sentences(&b, 100 * i, 2);
	}
	split(&b, &p);
	assert_int_equal(p.count, 5);
	for (size_t i = 0; i < p.count; i++)
		assert_int_equal(p.points[i], 99);
	passages_release(&p);
}

/* Where a passage may end: the first one of each text ends with want. */
static void
test_sentence_borders(void **state)
{
	static const struct {
		int line;
		const char *unit, *want;
	} rows[] = {
	    {__LINE__, "One, e.g. this one, or 3.14 of it; all of it is one. ",
		"is one."},
	    {__LINE__, "He said: \u201cIt is so.\u201d (Is it?) ", "(Is it?)"},
	    {__LINE__, "Then he said: \"It was!\" ", "was!\""},
	    {__LINE__, "\u3053\u308c\u306f\u6587\u3067\u3059\u3002", "\u3002"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct passages p;
		struct blocks b;
		size_t len = strlen(rows[i].want), got;

		blocks_init(&b, 100000);
		for (int n = 0; n < 180; n++)
			blocks_add(&b, rows[i].unit, strlen(rows[i].unit));
		split(&b, &p);
		ROW_TRUE(&rows[i], p.count > 1 && p.points[0] > 800);
		got = strlen(p.texts[0]);
		ROW_TRUE(&rows[i], got > len);
		ROW_STR(&rows[i], p.texts[0] + got - len, rows[i].want);
		passages_release(&p);
	}
}

/* Text without a border for long is cut between words, else characters. */
static void
test_no_border(void **state)
{
	static const char *const units[] = {
	    "word ", "\u6587", "\U0001f600", "........", "\"\"\"\"", "  \n"};

	(void)state;
	for (size_t i = 0; i < ROWS(units); i++) {
		for (int kind = BLOCK_TEXT; kind <= BLOCK_PRE; kind++) {
			struct passages p;
			struct blocks b;

			blocks_init(&b, 100000);
			blocks_begin(&b, (enum block_kind)kind, 0);
			for (int n = 0; n < 3000; n++)
				blocks_add(&b, units[i], strlen(units[i]));
			split(&b, &p);
			for (size_t k = 0; k < p.count; k++)
				assert_in_range(
				    p.points[k], 1, CHUNK_POINTS + CHUNK_TAIL);
			passages_release(&p);
		}
	}
}

static void
test_pre_keeps_lines(void **state)
{
	struct passages p;
	struct blocks b;

	(void)state;
	blocks_init(&b, 100000);
	add(&b, BLOCK_TEXT, 0, "See:");
	add(&b, BLOCK_PRE, 0, "SELECT 1\n  FROM t;\n");
	add(&b, BLOCK_TEXT, 0, "Good.");
	split(&b, &p);
	assert_int_equal(p.count, 1);
	assert_string_equal(p.texts[0], "See:\nSELECT 1\n  FROM t;\nGood.");
	passages_release(&p);
}

static void
test_long_titles_are_cut(void **state)
{
	struct passages p;
	struct blocks b;

	(void)state;
	blocks_init(&b, 100000);
	for (int level = 1; level <= 3; level++) {
		blocks_begin(&b, BLOCK_HEADING, level);
		for (int n = 0; n < 1000 + level; n++)
			blocks_add(&b, "\u00e9", 2);
	}
	add(&b, BLOCK_TEXT, 0, "x");
	split(&b, &p);
	assert_int_equal(p.count, 1);
	assert_true(text_is_utf8(p.titles[0], strlen(p.titles[0])));
	assert_int_equal(strlen(p.titles[0]), 4 + 3 * (5 + CHUNK_TITLE_BYTES));
	passages_release(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing),
	    cmocka_unit_test(test_titles),
	    cmocka_unit_test(test_lengths_and_overlap),
	    cmocka_unit_test(test_short_tail_joins),
	    cmocka_unit_test(test_no_passage_across_headings),
	    cmocka_unit_test(test_sentence_borders),
	    cmocka_unit_test(test_no_border),
	    cmocka_unit_test(test_pre_keeps_lines),
	    cmocka_unit_test(test_long_titles_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
