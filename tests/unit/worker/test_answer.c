#include "tests/unit/common/unit.h"

#include "common/buf.h"
#include "common/json.h"
#include "common/mem.h"
#include "worker/assistant/answer.h"

static void
test_cut_answer_ends_at_a_sentence(void **state)
{
	static const struct {
		int line;
		const char *said, *kept;
	} table[] = {
	    {__LINE__, "A key, e.g. a number, names a row. It never chan",
		"A key, e.g. a number, names a row."},
	    {__LINE__, "It is **a key.** It nev", "It is **a key.**"},
	    {__LINE__, "One says “a key.” It nev", "One says “a key.”"},
	    {__LINE__, "It is so. 1. A ke", "It is so."},
	    {__LINE__, "First line.\n\nSecond line! Thi",
		"First line.\n\nSecond line!"},
	    {__LINE__, "Whole. To the end.", "Whole. To the end."},
	    {__LINE__, "A key nam", "A key"},
	    {__LINE__, "At risk:\n- Learner 3\n- Learner 1",
		"At risk:\n- Learner 3\n- Learner"},
	    {__LINE__, "word", "word"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		struct llm_answer answer = {.outcome = LLM_COMPLETED,
		    .text = table[i].said,
		    .is_truncated = true};
		struct buf b;

		buf_init(&b, ANSWER_MAX);
		answer_write_text(&b, &answer);
		ROW_STR(&table[i], buf_str(&b), table[i].kept);
		buf_clear(&b);
		answer.is_truncated = false;
		answer_write_text(&b, &answer);
		ROW_STR(&table[i], buf_str(&b), table[i].said);
		buf_release(&b);
	}
}

static void
test_what_does_not_fit_is_cut(void **state)
{
	struct llm_answer answer = {
	    .outcome = LLM_COMPLETED, .text = "One. Two. Three."};
	struct buf b;

	(void)state;
	buf_init(&b, 12);
	answer_write_text(&b, &answer);
	assert_int_equal(buf_status(&b), ERR_OK);
	assert_string_equal(buf_str(&b), "One. Two.");
	buf_release(&b);
}

static void
test_addresses_are_not_looked_up(void **state)
{
	static const struct {
		int line;
		const char *question, *looked_up;
	} table[] = {
	    {__LINE__, "What is a key?", "What is a key?"},
	    {__LINE__, "A key? ada@example.org", "A key? "},
	    {__LINE__, "ada@example.org, bob@example.org", ", "},
	    {__LINE__, "", ""},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		char *text = answer_search_text(table[i].question);

		ROW_STR(&table[i], text, table[i].looked_up);
		mem_free(text);
	}
}

static void
test_a_notice_says_that_no_model_answered(void **state)
{
	const struct passages none = {0};
	json_object *quoted = answer_by_extraction("A.", &none, 1, true);
	json_object *refused = answer_by_extraction("No.", &none, 0, true);
	json_object *usual = answer_by_extraction("A.", &none, 1, false);
	json_object *said = answer_by_model("A.", &none, 0);

	(void)state;
	assert_string_equal(json_str(quoted, "engine"), "extractive");
	assert_string_equal(json_str(quoted, "notice"),
	    "No language model was available, so this answer is quoted word "
	    "for word.");
	assert_string_equal(json_str(refused, "notice"),
	    "No language model was available, so only the words of the "
	    "material were searched.");
	assert_null(json_get(usual, "notice"));
	assert_string_equal(json_str(said, "engine"), "llm");
	assert_null(json_get(said, "notice"));
	json_object_put(quoted);
	json_object_put(refused);
	json_object_put(usual);
	json_object_put(said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cut_answer_ends_at_a_sentence),
	    cmocka_unit_test(test_what_does_not_fit_is_cut),
	    cmocka_unit_test(test_addresses_are_not_looked_up),
	    cmocka_unit_test(test_a_notice_says_that_no_model_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
