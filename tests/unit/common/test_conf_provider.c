/* The sections that may come more than once. */
#include "tests/unit/common/conf_fixture.h"

#define MAIN "[llm]\nbase_url = http://one/v1\n"
#define BACKUP "[llm backup]\nbase_url = https://two/v1/\nmodel = small\n"

static void
test_providers_are_in_the_order_of_the_file(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(
	    load(MAIN "[llm third]\nbase_url = http://three\nprice_in = 0.15\n"
		      "stream = no\n" BACKUP,
		&c),
	    ERR_OK);
	assert_int_equal(c.provider_count, 3);
	assert_string_equal(c.providers[0].name, "main");
	assert_string_equal(c.providers[0].model, "gpt-4o-mini");
	assert_string_equal(c.providers[1].name, "third");
	assert_int_equal(c.providers[1].price_in, 150000);
	assert_false(c.providers[1].stream);
	assert_string_equal(c.providers[2].name, "backup");
	assert_string_equal(c.providers[2].base_url, "https://two/v1");
	assert_string_equal(c.providers[2].model, "small");
	assert_true(c.providers[2].stream);
	conf_release(&c);
}

static void
test_the_first_need_not_be_there(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(load("[llm]\nmodel = unused\n" BACKUP, &c), ERR_OK);
	assert_int_equal(c.provider_count, 1);
	assert_string_equal(c.providers[0].name, "backup");
	assert_string_equal(c.providers[0].model, "small");
	conf_release(&c);
	assert_int_equal(load("", &c), ERR_OK);
	assert_int_equal(c.provider_count, 0);
	conf_release(&c);
}

static void
test_variables_name_a_provider(void **state)
{
	struct conf c;

	(void)state;
	(void)setenv("COATCHECK_LLM_MODEL", "big", 1);
	(void)setenv("COATCHECK_LLM_BACK_UP_API_KEY", "k", 1);
	assert_int_equal(
	    load(MAIN "[llm back-up]\nbase_url = http://two\n", &c), ERR_OK);
	assert_string_equal(c.providers[0].model, "big");
	assert_string_equal(c.providers[0].api_key, "");
	assert_string_equal(c.providers[1].api_key, "k");
	conf_release(&c);
	/* Without such a section there is no such key. */
	assert_int_equal(load(MAIN, &c), ERR_BAD_INPUT);
	assert_string_equal(
	    said, "COATCHECK_LLM_BACK_UP_API_KEY: there is no such key\n");
	(void)unsetenv("COATCHECK_LLM_MODEL");
	(void)unsetenv("COATCHECK_LLM_BACK_UP_API_KEY");
}

static void
test_what_is_refused(void **state)
{
#define NAMES                                                                  \
	": a name has up to 32 of a-z, 0-9 and -, and is neither main nor "    \
	"embeddings\n"
	static const struct {
		int line;
		const char *text, *want;
	} rows[] = {
	    {__LINE__, "[llm backup]\nmodel = m\n",
		"c.conf: [llm backup] base_url: is missing\n"},
	    {__LINE__, "[llm main]\nmodel = m\n", "c.conf:2: [llm main]" NAMES},
	    {__LINE__, "[llm embeddings]\nmodel = m\n",
		"c.conf:2: [llm embeddings]" NAMES},
	    {__LINE__, "[llm Two]\nmodel = m\n", "c.conf:2: [llm Two]" NAMES},
	    {__LINE__, "[llm two three]\nmodel = m\n",
		"c.conf:2: [llm two three]" NAMES},
	    {__LINE__, "[llm ]\nmodel = m\n", "c.conf:2: [llm ]" NAMES},
	    {__LINE__, "[llmx]\nmodel = m\n",
		"c.conf:2: [llmx] model: there is no such key\n"},
	    {__LINE__, BACKUP "modell = m\n",
		"c.conf:4: [llm backup] modell: there is no such key\n"},
	    {__LINE__, BACKUP "model = m\n",
		"c.conf:4: [llm backup] model: stands in line 3 already\n"},
	    {__LINE__, BACKUP "price_in = 0.1234567\n",
		"c.conf:4: [llm backup] price_in: \"0.1234567\" is not an "
		"amount such as 0.15\n"},
	    {__LINE__, BACKUP "timeout = 5m\n",
		"c.conf: [llm backup] timeout: must be less than [worker] "
		"deadline by more than 5 s\n"},
	    {__LINE__, BACKUP "api_key_header = api key\n",
		"c.conf: [llm backup] api_key_header: \"api key\" is no header "
		"name\n"},
	    {__LINE__, "[embeddings]\nbase_url = ftp://x\n",
		"c.conf: [embeddings] base_url: \"ftp://x\" is no http(s) "
		"URL\n"},
	    {__LINE__, "[assistant]\nhistory = 20\n",
		"c.conf: [assistant] summary_after: must be more than "
		"history\n"},
	    {__LINE__,
		"[llm a]\nbase_url = http://x\n[llm b]\nbase_url = http://x\n"
		"[llm c]\nbase_url = http://x\n[llm d]\nbase_url = http://x\n"
		"[llm e]\nbase_url = http://x\n[llm f]\nbase_url = http://x\n"
		"[llm g]\nbase_url = http://x\n[llm h]\nbase_url = http://x\n",
		"c.conf:16: [llm h]: there can be 8 sections of this kind\n"},
	};
	struct conf c;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		ROW_INT(&rows[i], load(rows[i].text, &c), ERR_BAD_INPUT);
		ROW_STR(&rows[i], said, rows[i].want);
	}
}

static void
test_keys_are_secrets(void **state)
{
	struct conf c;
	int saved;

	(void)state;
	assert_int_equal(
	    load_path(
		write_file("c.conf", BACKUP "api_key = sk-very-secret\n", 0644),
		&c),
	    ERR_OK);
	assert_true(c.is_exposed);
	assert_non_null(strstr(logged, "holds=api_key"));
	saved = divert(stdout, "stdout");
	conf_print(&c);
	restore(stdout, saved, "stdout");
	assert_non_null(strstr(said, "\n[llm backup]\n"));
	assert_non_null(strstr(said, "api_key = (set)\n"));
	assert_null(strstr(said, "sk-very-secret"));
	conf_release(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_providers_are_in_the_order_of_the_file),
	    TEST(test_the_first_need_not_be_there),
	    TEST(test_variables_name_a_provider),
	    TEST(test_what_is_refused),
	    TEST(test_keys_are_secrets),
	};

	clear_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
