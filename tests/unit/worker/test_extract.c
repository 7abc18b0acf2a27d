#include "tests/unit/common/unit.h"

#include <string.h>

#include "worker/assistant/extract.h"

/* Texts as they would come from retrieval, with the terms of the question. */
struct given {
	struct passages p;
	struct term terms[16];
};

static void
given_add_term(struct given *g, const char *word, int stem, double weight)
{
	g->terms[g->p.term_count++] = (struct term){
	    .word = word, .len = strlen(word), .stem = stem};
	if (g->p.weights[stem] <= 0)
		g->p.total += weight;
	g->p.weights[stem] = weight;
	g->p.terms = g->terms;
}

static void
given_add_passage(struct given *g, const char *title, const char *content)
{
	g->p.list[g->p.count++] = (struct passage){
	    .title = title, .url = "", .content = content, .relevance = 1};
}

/* Checks the answer, NULL for none; returns the passages used. */
static uint32_t
expect(struct given *g, const char *question, const char *want)
{
	struct buf b;
	uint32_t used = 0;
	bool is_answered;

	buf_init(&b, 10000);
	is_answered = extract_answer(&g->p, question, &b, &used);
	assert_int_equal(is_answered, want != NULL);
	assert_string_equal(buf_str(&b), want != NULL ? want : "");
	buf_release(&b);
	return used;
}

static void
test_best_sentence_is_taken_as_it_is(void **state)
{
	struct given g = {0};

	(void)state;
	given_add_term(&g, "primary", 0, 2);
	given_add_term(&g, "key", 1, 1);
	given_add_passage(&g, "Keys",
	    "Tables have columns. A primary key, or PK,  identifies one row. "
	    "Rows have no order.");
	assert_int_equal(expect(&g, "Which primary key is best?",
			     "A primary key, or PK,  identifies one row."),
	    1);
}

static void
test_definition_wins_for_what_is(void **state)
{
	struct given g = {0};

	(void)state;
	given_add_term(&g, "median", 0, 2);
	given_add_passage(&g, "Averages",
	    "A median can surprise.\nThe median is useful.\n"
	    "The median is the middle value after sorting.");
	(void)expect(&g, "What is the median?",
	    "The median is the middle value after sorting.");
}

static void
test_instruction_wins_for_how(void **state)
{
	struct given g = {0};

	(void)state;
	given_add_term(&g, "plan", 0, 2);
	given_add_passage(&g, "Planner",
	    "The planner makes a plan.\nA plan has nodes.\n"
	    "Use EXPLAIN for the plan.");
	(void)expect(&g, "How do I see the plan?", "Use EXPLAIN for the plan.");
}

static void
test_companion_follows(void **state)
{
	struct given g = {0};

	(void)state;
	given_add_term(&g, "deadlock", 0, 2);
	given_add_passage(&g, "Locks",
	    "A deadlock stops both sides. It is ended by an error. More is "
	    "elsewhere.");
	(void)expect(&g, "What is a deadlock?",
	    "A deadlock stops both sides. It is ended by an error.");
}

static void
test_further_sentences_cover_the_rest_in_text_order(void **state)
{
	struct given g = {0};

	(void)state;
	given_add_term(&g, "variance", 0, 2);
	given_add_term(&g, "range", 1, 1.5);
	given_add_term(&g, "ranges", 1, 1.5);
	given_add_passage(&g, "Spread",
	    "Ranges say little about spread. Nothing else here matters. The "
	    "variance is a mean of squares.");
	(void)expect(&g, "variance or range?",
	    "Ranges say little about spread. The variance is a mean of "
	    "squares.");
}

static void
test_second_passage_must_add_much(void **state)
{
	struct given g = {0};

	(void)state;
	given_add_term(&g, "vacuum", 0, 3);
	given_add_term(&g, "freeze", 1, 2.5);
	given_add_term(&g, "job", 2, 0.8);
	given_add_term(&g, "rows", 3, 0.5);
	given_add_passage(&g, "", "Old rows go when vacuum runs here.");
	given_add_passage(&g, "", "Every freeze rewrites the old rows.");
	given_add_passage(&g, "", "A job is a job is a job.");
	given_add_passage(&g, "", "Many peas freeze well.");
	assert_int_equal(expect(&g, "vacuum freeze job",
			     "Old rows go when vacuum runs here.\n\n"
			     "Every freeze rewrites the old rows."),
	    3);
}

/* What has no asked word in common with the answer is about something else. */
static void
test_second_passage_must_speak_of_the_same(void **state)
{
	struct given g = {0};

	(void)state;
	given_add_term(&g, "six", 0, 3);
	given_add_term(&g, "roll", 1, 3);
	given_add_passage(&g, "", "Two dice both show a six once in 36 times.");
	given_add_passage(&g, "", "A bakery makes roll after roll.");
	assert_int_equal(expect(&g, "How likely is a roll of six?",
			     "Two dice both show a six once in 36 times."),
	    1);
}

/* A sentence about each, though one has both in another role. */
static void
test_comparison_takes_a_sentence_about_each(void **state)
{
	static const char *const questions[] = {
	    "What is the difference between an inner join and a left join?",
	    "left join vs inner join", "Left join versus inner join?"};

	(void)state;
	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
		struct given g = {0};

		given_add_term(&g, "left", 0, 2);
		given_add_term(&g, "inner", 1, 2);
		given_add_term(&g, "join", 2, 1);
		given_add_passage(&g, "Outer joins",
		    "The filter turns the left join into an inner join.\n"
		    "A left join keeps every row of the left table.");
		given_add_passage(&g, "Inner joins",
		    "An inner join returns pairs. Pairs are rows that match.");
		assert_int_equal(expect(&g, questions[i],
				     "A left join keeps every row of the left "
				     "table.\n\nAn inner join returns pairs."),
		    3);
	}
}

static void
test_compound_is_not_its_parts(void **state)
{
	struct given g = {0};

	(void)state;
	given_add_term(&g, "many-to-many", 0, 3);
	given_add_term(&g, "relationship", 1, 1);
	given_add_passage(&g, "Kinds",
	    "A one-to-many relationship is a key.\n"
	    "A many-to-many relationship needs a table.");
	(void)expect(&g, "What is a many-to-many relationship?",
	    "A many-to-many relationship needs a table.");
}

static void
test_answer_does_not_begin_in_the_middle(void **state)
{
	struct given g = {0};

	(void)state;
	given_add_term(&g, "index", 0, 2);
	given_add_passage(&g, "Searching",
	    "Tables grow.\nIt is an index.\n(An index, too.)\n"
	    "Any index speeds up a search.");
	(void)expect(&g, "Why an index?", "Any index speeds up a search.");
}

static void
test_code_behind_a_colon_comes_along(void **state)
{
	struct given g = {0};

	(void)state;
	given_add_term(&g, "column", 0, 2);
	given_add_passage(&g, "Tables",
	    "To add a column, write this:\nALTER TABLE t\n    ADD c int;\n"
	    "This is quick. A column can be dropped, too.");
	(void)expect(&g, "How do I add a column?",
	    "To add a column, write this:\nALTER TABLE t\n    ADD c int;");
}

static void
test_overlapping_passages_say_it_once(void **state)
{
	struct given g = {0};

	(void)state;
	given_add_term(&g, "join", 0, 2);
	given_add_term(&g, "outer", 1, 2);
	given_add_term(&g, "rows", 2, 0.5);
	given_add_passage(&g, "", "Any join pairs rows.");
	given_add_passage(
	    &g, "", "Any join pairs rows. An outer one keeps all rows.");
	(void)expect(&g, "outer join",
	    "Any join pairs rows.\n\nAn outer one keeps all rows.");
}

static void
test_nothing_said_is_no_answer(void **state)
{
	struct given g = {0};

	(void)state;
	(void)expect(&g, "What?", NULL);
	given_add_term(&g, "mongolia", 0, 4);
	given_add_term(&g, "rows", 1, 1);
	given_add_passage(&g, "Tables", "Rows have no order at all.");
	(void)expect(&g, "rows of mongolia", NULL);
}

static void
test_fragments_are_a_last_resort(void **state)
{
	struct given g = {0};

	(void)state;
	given_add_term(&g, "index", 0, 2);
	given_add_passage(&g, "", "Index");
	(void)expect(&g, "index", NULL);
	g.p.list[0].content = "Index\nAn index speeds up a search.";
	(void)expect(&g, "index", "An index speeds up a search.");
	g.p.list[0].content = "CREATE INDEX ON t (c);";
	(void)expect(&g, "index", "CREATE INDEX ON t (c);");
}

static void
test_an_item_goes_with_what_explains_it(void **state)
{
	struct given g = {0};

	(void)state;
	given_add_term(&g, "work", 0, 1);
	given_add_term(&g, "mem", 1, 3);
	given_add_passage(&g, "Memory",
	    "Much depends on work that others do.\nwork_mem (integer)\n"
	    "Sets how much memory a sort may take. The default is 4 MB.\n"
	    "x = mem;\nThis is no item at all.");
	(void)expect(&g, "What is work_mem?",
	    "work_mem (integer)\nSets how much memory a sort may take.");
}

static void
test_a_contrast_wins_for_a_comparison(void **state)
{
	struct given g = {0};

	(void)state;
	given_add_term(&g, "json", 0, 2);
	given_add_term(&g, "jsonb", 1, 2);
	given_add_passage(&g, "Types",
	    "The types json and jsonb take documents. What json keeps is the "
	    "text, while jsonb keeps a tree.");
	(void)expect(&g, "What is the difference between json and jsonb?",
	    "What json keeps is the text, while jsonb keeps a tree.");
}

static void
test_a_follow_up_asks_with_its_last_sentence(void **state)
{
	struct given g = {0};

	(void)state;
	given_add_term(&g, "job", 0, 2);
	given_add_passage(&g, "Jobs",
	    "A job is a piece of work that waits.\nTo stop a job, cancel it.");
	(void)expect(
	    &g, "What is a job?", "A job is a piece of work that waits.");
	(void)expect(&g, "What is a job? How do I stop one?",
	    "To stop a job, cancel it.");
	(void)expect(&g, "stop a job", "To stop a job, cancel it.");
}

static void
test_an_echo_is_no_answer(void **state)
{
	struct given g = {0};

	(void)state;
	given_add_term(&g, "get", 0, 1);
	given_add_term(&g, "current", 1, 1);
	given_add_term(&g, "date", 2, 1);
	given_add_passage(
	    &g, "", "Get the current date.\nThe date of now is current_date.");
	(void)expect(&g, "How do I get the current date?",
	    "The date of now is current_date.");
}

static void
test_words_in_the_order_of_the_question_win(void **state)
{
	struct given g = {0};

	(void)state;
	given_add_term(&g, "query", 0, 2);
	given_add_term(&g, "queries", 0, 2);
	given_add_term(&g, "plan", 1, 2);
	given_add_passage(&g, "",
	    "Many systems plan queries for you. A query plan can be seen.");
	(void)expect(
	    &g, "Where is the query plan?", "A query plan can be seen.");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_best_sentence_is_taken_as_it_is),
	    cmocka_unit_test(test_definition_wins_for_what_is),
	    cmocka_unit_test(test_instruction_wins_for_how),
	    cmocka_unit_test(test_companion_follows),
	    cmocka_unit_test(
		test_further_sentences_cover_the_rest_in_text_order),
	    cmocka_unit_test(test_second_passage_must_add_much),
	    cmocka_unit_test(test_second_passage_must_speak_of_the_same),
	    cmocka_unit_test(test_comparison_takes_a_sentence_about_each),
	    cmocka_unit_test(test_compound_is_not_its_parts),
	    cmocka_unit_test(test_answer_does_not_begin_in_the_middle),
	    cmocka_unit_test(test_code_behind_a_colon_comes_along),
	    cmocka_unit_test(test_overlapping_passages_say_it_once),
	    cmocka_unit_test(test_nothing_said_is_no_answer),
	    cmocka_unit_test(test_fragments_are_a_last_resort),
	    cmocka_unit_test(test_an_item_goes_with_what_explains_it),
	    cmocka_unit_test(test_a_contrast_wins_for_a_comparison),
	    cmocka_unit_test(test_a_follow_up_asks_with_its_last_sentence),
	    cmocka_unit_test(test_an_echo_is_no_answer),
	    cmocka_unit_test(test_words_in_the_order_of_the_question_win),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
