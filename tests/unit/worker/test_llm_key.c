/* The key of a provider follows its file. */
#include "tests/unit/common/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "worker/handlers/llm_key.h"

static char path[64], model[] = "m", name[] = "main", query[] = "";
static char url[] = "http://llm/v1", first[] = "sk-first", none[] = "";
static struct conf_provider provider;
static char log_text[2000];

static void
keep_log(const char *line)
{
	(void)snprintf(log_text, sizeof log_text, "%s", line);
}

/* Another file in its place, as an editor or a secret store puts it there. */
static void
put(const char *text, unsigned mode)
{
	char other[80];
	FILE *f;

	(void)snprintf(other, sizeof other, "%s.new", path);
	f = fopen(other, "w");
	assert_non_null(f);
	(void)fputs(text, f);
	assert_int_equal(fchmod(fileno(f), mode), 0);
	(void)fclose(f);
	assert_int_equal(rename(other, path), 0);
}

static int
set_up(void **state)
{
	int fd;

	(void)state;
	(void)snprintf(path, sizeof path, "/tmp/test_llm_key.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	(void)close(fd);
	put("sk-first\n", 0600);
	provider = (struct conf_provider){.name = name,
	    .base_url = url,
	    .query = query,
	    .model = model,
	    .api_key = first,
	    .api_key_file = path};
	log_text[0] = '\0';
	log_capture(keep_log);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	log_capture(NULL);
	(void)unlink(path);
	return 0;
}

static void
test_it_follows_the_file(void **state)
{
	struct llm_key k;
	char mark[40];

	(void)state;
	llm_key_init(&k, &provider);
	assert_string_equal(llm_key_text(&k), "sk-first");
	assert_string_equal(log_text, "");
	(void)snprintf(mark, sizeof mark, "%s", k.fingerprint);
	put("sk-second\n", 0600);
	assert_string_equal(llm_key_text(&k), "sk-second");
	assert_string_not_equal(k.fingerprint, mark);
	assert_non_null(strstr(log_text, "llm_key_renewed"));
	assert_null(strstr(log_text, "sk-"));
	llm_key_release(&k);
}

static void
test_a_bad_file_keeps_the_key(void **state)
{
	static const struct {
		int line;
		const char *text;
		unsigned mode;
	} rows[] = {
	    {__LINE__, "", 0600},
	    {__LINE__, "\n", 0600},
	    {__LINE__, "sk-open\n", 0644},
	};
	struct llm_key k;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		put("sk-first\n", 0600);
		llm_key_init(&k, &provider);
		put(rows[i].text, rows[i].mode);
		log_text[0] = '\0';
		ROW_STR(&rows[i], llm_key_text(&k), "sk-first");
		ROW_TRUE(
		    &rows[i], strstr(log_text, "llm_key_unreadable") != NULL);
		put("sk-later\n", 0600);
		ROW_STR(&rows[i], llm_key_text(&k), "sk-later");
		llm_key_release(&k);
	}
	llm_key_init(&k, &provider);
	assert_int_equal(unlink(path), 0);
	assert_string_equal(llm_key_text(&k), "sk-first");
	llm_key_release(&k);
}

static void
test_a_key_without_a_file(void **state)
{
	struct llm_key k, other;

	(void)state;
	provider.api_key_file = none;
	llm_key_init(&k, &provider);
	assert_string_equal(llm_key_text(&k), "sk-first");
	assert_null(strstr(k.fingerprint, "sk-"));
	llm_key_init(&other, &provider);
	assert_string_equal(k.fingerprint, other.fingerprint);
	llm_key_release(&other);
	provider.model = name;
	llm_key_init(&other, &provider);
	assert_string_not_equal(k.fingerprint, other.fingerprint);
	llm_key_release(&other);
	llm_key_release(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	    TEST(test_it_follows_the_file),
	    TEST(test_a_bad_file_keeps_the_key),
	    TEST(test_a_key_without_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
