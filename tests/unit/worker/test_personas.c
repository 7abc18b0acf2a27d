#include "tests/unit/worker/prompt_fixture.h"

#include "worker/assistant/personas.h"

#define GOOD                                                                   \
	"[default]\nname = D\ndescription = none\n"                            \
	"[a]\nname = A\ndescription = the a\nmanner = be a\n"

static enum err
load(const char *text, struct personas **out)
{
	int saved;
	enum err e;

	if (text != NULL)
		write_file("personas.ini", text, strlen(text));
	saved = divert();
	e = personas_new(text != NULL ? dir : "", out);
	restore(saved);
	return e;
}

static void
test_built_in_personas(void **state)
{
	static const char *const keys[] = {"non_it_migrant", "rote_memorizer",
	    "english_hesitant", "last_minute_panic", "pseudo_coder", "default"};
	struct personas *p = NULL;
	struct buf b;

	(void)state;
	assert_int_equal(load(NULL, &p), ERR_OK);
	assert_int_equal(personas_count(p), ROWS(keys));
	buf_init(&b, 65536);
	personas_write(p, &b);
	for (size_t i = 0; i < ROWS(keys); i++) {
		const struct persona *at = personas_at(p, i);

		assert_string_equal(at->key, keys[i]);
		assert_ptr_equal(personas_find(p, keys[i]), at);
		assert_true((*at->manner == '\0') ==
		    (strcmp(keys[i], PERSONA_DEFAULT) == 0));
		assert_null(strstr(at->manner, "\n"));
		assert_null(strstr(at->manner, "  "));
		assert_non_null(strstr(buf_str(&b), at->description));
	}
	assert_non_null(strstr(buf_str(&b), "\ndefault: No particular kind. "));
	assert_null(personas_find(p, "nobody"));
	assert_null(personas_find(p, NULL));
	buf_release(&b);
	personas_free(p);
}

static void
test_keywords_choose(void **state)
{
	static const struct {
		int line;
		const char *texts[2], *want;
	} rows[] = {
	    {__LINE__,
		{"I am a teacher and want to switch careers.",
		    "I have never programmed."},
		"non_it_migrant"},
	    {__LINE__,
		{"I make flashcards and learn every definition.",
		    "Memorising works for me, then I repeat it."},
		"rote_memorizer"},
	    {__LINE__,
		{"My English is not good, I translate much.",
		    "Difficult words."},
		"english_hesitant"},
	    {__LINE__,
		{"Usually the night before; the exam is soon.",
		    "I panic about the DEADLINE"},
		"last_minute_panic"},
	    {__LINE__,
		{"I copy-paste from Stack Overflow.",
		    "ChatGPT writes it and it just works"},
		"pseudo_coder"},
	    {__LINE__, {"", ""}, "default"},
	    {__LINE__, {"I like rivers.", "xyz"}, "default"},
	    /* A word that holds one, but begins otherwise. */
	    {__LINE__, {"example, newton", "wrote contexams"}, "default"},
	    {__LINE__, {"\xC3\xA9xam \xE4\xB8\xAD", "!!!"}, "default"},
	};
	struct personas *p = NULL;

	(void)state;
	assert_int_equal(load(NULL, &p), ERR_OK);
	for (size_t i = 0; i < ROWS(rows); i++)
		ROW_STR(&rows[i], personas_score(p, rows[i].texts, 2),
		    rows[i].want);
	assert_string_equal(personas_score(p, NULL, 0), "default");
	personas_free(p);
}

static void
test_weights_and_equals(void **state)
{
	static const char *const both[] = {"one two", "one"},
				 *const once[] = {"two one", "two"};
	struct personas *p = NULL;

	(void)state;
	assert_int_equal(load(GOOD "keywords = one:2, x\n"
				   "[b]\nname = B\ndescription = b\n"
				   "manner = be\n  very\n  b\n"
				   "keywords = two:2,\n  three four:9\n",
			     &p),
	    ERR_OK);
	assert_string_equal(personas_find(p, "b")->manner, "be very b");
	assert_string_equal(personas_score(p, both, 2), "a");
	assert_string_equal(personas_score(p, once, 2), "b");
	assert_string_equal(personas_score(p, both, 1), "a");
	assert_string_equal(
	    personas_score(p, (const char *const[]){"Three - Fourth one"}, 1),
	    "b");
	personas_free(p);
}

static void
test_problems_name_file_and_line(void **state)
{
	static const struct {
		int line;
		const char *text, *want;
	} rows[] = {
	    {__LINE__, "[a]\nname = A\ndescription = a\nmanner = a\n",
		"personas.ini: needs [default] and at least one other\n"},
	    {__LINE__, "[default]\nname = A\ndescription = a\n",
		"personas.ini: needs [default] and at least one other\n"},
	    {__LINE__, GOOD "[a]\nname = again\n",
		"personas.ini:9: [a] name: stands there already\n"},
	    {__LINE__, GOOD "tone = x\n",
		"personas.ini:8: [a] tone: there is no such key\n"},
	    {__LINE__, GOOD "nonsense\n",
		"personas.ini:8: neither [key] nor name = value\n"},
	    {__LINE__, GOOD "[Big]\nname = x\n",
		"personas.ini:9: [Big]: a key has small letters, digits, _ "
		"and -, at most 40\n"},
	    {__LINE__, "name = x\n" GOOD,
		"personas.ini:1: []: a key has small letters, digits, _ "
		"and -, at most 40\n"},
	    {__LINE__, GOOD "keywords = a:0\n",
		"personas.ini:5: [a] keywords are words, then perhaps a colon "
		"and a weight up to 100\n"},
	    {__LINE__, GOOD "keywords = a,,b\n",
		"personas.ini:5: [a] keywords are words, then perhaps a colon "
		"and a weight up to 100\n"},
	    {__LINE__, GOOD "[c]\nname = C\nmanner = m\n",
		"personas.ini:9: [c] lacks name or description\n"},
	    {__LINE__, GOOD "[c]\nname = C\ndescription = m\n",
		"personas.ini:9: [c] lacks manner\n"},
	    {__LINE__, "\xFF", "personas.ini:1: is not UTF-8 text\n"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct personas *p = NULL;

		ROW_INT(&rows[i], load(rows[i].text, &p), ERR_BAD_INPUT);
		ROW_STR(&rows[i], said, rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_built_in_personas),
	    TEST(test_keywords_choose),
	    TEST(test_weights_and_equals),
	    TEST(test_problems_name_file_and_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
