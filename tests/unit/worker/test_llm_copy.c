/* What is kept of a request, and what of it is shown. */
#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/mem.h"
#include "worker/handlers/llm_copy.h"

static char long_text[4001]; /* 1000 tokens and a frame */

static int
set_up(void **state)
{
	(void)state;
	memset(long_text, 'x', sizeof long_text - 1);
	return 0;
}

/* A system message, three of history, and a question. */
static void
take(struct llm_copy *c)
{
	char *system = x_strdup("rules"), *question = x_strdup("why?");
	json_object *tools = json_object_new_array();
	const struct llm_message messages[] = {
	    {.role = "system", .content = system},
	    {.role = "user", .content = long_text, .is_optional = true},
	    {.role = "assistant", .content = long_text, .is_optional = true},
	    {.role = "user", .content = long_text, .is_optional = true},
	    {.role = "user", .content = question},
	};
	const struct llm_request request = {.messages = messages,
	    .count = 5,
	    .tenant = "t",
	    .max_tokens = 500,
	    .temperature = "0.2",
	    .tools = tools};

	llm_copy_take(c, &request);
	mem_free(system);
	mem_free(question);
	json_object_put(tools);
}

static void
test_it_outlives_what_it_was_given(void **state)
{
	struct llm_copy c;

	(void)state;
	take(&c);
	assert_int_equal(c.shown.count, 5);
	assert_string_equal(c.shown.messages[0].content, "rules");
	assert_string_equal(c.shown.messages[4].content, "why?");
	assert_string_equal(c.shown.tenant, "t");
	assert_string_equal(c.shown.temperature, "0.2");
	assert_int_equal(json_object_array_length(c.shown.tools), 0);
	assert_true(llm_copy_tokens(&c) > 3000);
	llm_copy_release(&c);
}

static void
test_what_fits_is_shown(void **state)
{
	static const struct {
		int line;
		int64_t context, answer;
		size_t shown;
		int64_t want_answer;
	} rows[] = {
	    {__LINE__, 0, 500, 5, 500},
	    {__LINE__, 10000, 500, 5, 500},
	    {__LINE__, 3000, 500, 4, 500},
	    {__LINE__, 2000, 500, 3, 500},
	    {__LINE__, 1000, 500, 2, 500},
	    {__LINE__, 300, 500, 2, 224},
	    {__LINE__, 50, 500, 2, 64},
	};
	struct llm_copy c;

	(void)state;
	take(&c);
	for (size_t i = 0; i < ROWS(rows); i++) {
		llm_copy_fit(&c, rows[i].context, rows[i].answer);
		ROW_INT(&rows[i], c.shown.count, rows[i].shown);
		ROW_INT(&rows[i], c.shown.max_tokens, rows[i].want_answer);
		ROW_STR(&rows[i], c.shown.messages[0].content, "rules");
		ROW_STR(&rows[i], c.shown.messages[c.shown.count - 1].content,
		    "why?");
	}
	llm_copy_fit(&c, 3000, 500);
	assert_string_equal(c.shown.messages[1].role, "assistant");
	llm_copy_release(&c);
}

static void
test_half_of_it_goes(void **state)
{
	struct llm_copy c;

	(void)state;
	take(&c);
	assert_true(llm_copy_shorten(&c));
	llm_copy_fit(&c, 0, 500);
	assert_int_equal(c.shown.count, 3);
	assert_string_equal(c.shown.messages[1].role, "user");
	assert_true(llm_copy_shorten(&c));
	llm_copy_fit(&c, 10000, 500);
	assert_int_equal(c.shown.count, 2);
	assert_false(llm_copy_shorten(&c));
	llm_copy_release(&c);
}

static void
test_texts(void **state)
{
	const char *const texts[] = {"one", long_text};
	struct llm_copy c;

	(void)state;
	llm_copy_take_texts(&c, "t", texts, 2);
	assert_int_equal(c.text_count, 2);
	assert_string_equal(c.texts[0], "one");
	assert_true(llm_copy_tokens(&c) >= 1000);
	assert_false(llm_copy_shorten(&c));
	llm_copy_fit(&c, 10, 0);
	assert_int_equal(c.shown.max_tokens, 0);
	llm_copy_release(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_it_outlives_what_it_was_given),
	    cmocka_unit_test(test_what_fits_is_shown),
	    cmocka_unit_test(test_half_of_it_goes),
	    cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
