#include "tests/unit/common/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"

#define HEAD "ts=2026-03-04T05:06:07.089Z level=info prog=test ev=e"

static char last[8192];
static int count;

static void
keep(const char *line)
{
	(void)snprintf(last, sizeof last, "%s", line);
	count++;
}

static int
setup(void **state)
{
	(void)state;
	clock_fake(1000000, INT64_C(1772600767089));
	log_init("test", LOG_INFO);
	log_capture(keep);
	last[0] = '\0';
	count = 0;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	log_capture(NULL);
	clock_fake(-1, -1);
	return 0;
}

static void
test_values(void **state)
{
	static const struct {
		int line;
		const char *value, *want;
	} rows[] = {
	    {__LINE__, "plain", "plain"},
	    {__LINE__, "", "\"\""},
	    {__LINE__, "two words", "\"two words\""},
	    {__LINE__, "a=b", "\"a=b\""},
	    {__LINE__, "say \"x\"", "\"say \\\"x\\\"\""},
	    {__LINE__, "back\\slash", "\"back\\\\slash\""},
	    {__LINE__, "a\nb\rc\td", "\"a\\nb\\rc\\td\""},
	    {__LINE__, "end\n\n", "end"},
	    {__LINE__, "\x1b[31m\x7f", "\"\\x1b[31m\\x7f\""},
	    {__LINE__, "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
	    {__LINE__, "c1 \xc2\x9b", "\"c1 \\xc2\\x9b\""},
	    {__LINE__, "nbsp\xc2\xa0", "nbsp\xc2\xa0"},
	    {__LINE__, "bad\xff\xc3", "\"bad\\xff\\xc3\""},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char want[200];

		(void)snprintf(
		    want, sizeof want, "%s k=%s", HEAD, rows[i].want);
		log_event(LOG_INFO, "e", "k", rows[i].value, NULL);
		ROW_STR(&rows[i], last, want);
	}
}

static void
test_pairs(void **state)
{
	(void)state;
	log_event(LOG_INFO, "e", NULL);
	assert_string_equal(last, HEAD);
	log_event(LOG_INFO, "e", "a", "1", "no", NULL, "b", log_num(-7), NULL);
	assert_string_equal(last, HEAD " a=1 b=-7");
	log_event(LOG_ERR, "x y", NULL);
	assert_non_null(strstr(last, "level=error prog=test ev=\"x y\""));
}

static void
test_levels(void **state)
{
	(void)state;
	log_event(LOG_DEBUG, "e", NULL);
	assert_int_equal(count, 0);
	assert_false(log_is_on(LOG_DEBUG));
	log_event(LOG_WARN, "e", NULL);
	assert_int_equal(count, 1);
	log_init("test", LOG_ERR);
	log_event(LOG_WARN, "e", NULL);
	assert_int_equal(count, 1);
	assert_true(log_is_on(LOG_ERR));
}

static void
test_long_values_are_cut(void **state)
{
	char value[1000];

	(void)state;
	memset(value, 'a', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	memcpy(value + 399, "\xe2\x82\xac", 3); /* across the limit */
	log_event(LOG_INFO, "e", "k", value, NULL);
	assert_int_equal(strlen(last), strlen(HEAD " k=\"...\"") + 399);
	assert_string_equal(last + strlen(last) - 5, "a...\"");
	value[400] = '\0';
	value[399] = 'a';
	log_event(LOG_INFO, "e", "k", value, NULL);
	assert_int_equal(strlen(last), strlen(HEAD " k=") + 400);
}

static void
test_a_full_line_stays_one_line(void **state)
{
	char value[401];

	(void)state;
	memset(value, 1, sizeof value - 1);
	value[sizeof value - 1] = '\0';
	log_event(LOG_INFO, "e", "a", value, "b", value, "c", value, "d", value,
	    "e", value, NULL);
	assert_in_range(strlen(last), 4000, 4095);
	assert_null(strchr(last, '\n'));
}

static void
test_limited(void **state)
{
	int64_t last_ms = 0;

	(void)state;
	log_event_limited(&last_ms, LOG_INFO, "e", "k", "1", NULL);
	log_event_limited(&last_ms, LOG_INFO, "e", "k", "2", NULL);
	clock_fake(1000999, 0);
	log_event_limited(&last_ms, LOG_INFO, "e", "k", "3", NULL);
	assert_int_equal(count, 1);
	assert_string_equal(last, HEAD " k=1");
	clock_fake(1001000, 0);
	log_event_limited(&last_ms, LOG_DEBUG, "e", "k", "4", NULL);
	assert_int_equal(count, 1);
	log_event_limited(&last_ms, LOG_INFO, "e", "k", "5", NULL);
	assert_int_equal(count, 2);
	assert_non_null(strstr(last, "ts=1970-01-01T00:00:00.000Z"));
}

static void
test_numbers_take_turns(void **state)
{
	const char *texts[8];

	(void)state;
	for (int i = 0; i < 8; i++)
		texts[i] = log_num(i);
	for (int i = 0; i < 8; i++)
		assert_int_equal(texts[i][0], '0' + i);
	assert_string_equal(log_num(INT64_MIN), "-9223372036854775808");
}

static void
test_level_words(void **state)
{
	(void)state;
	assert_int_equal(log_level_parse("error"), LOG_ERR);
	assert_int_equal(log_level_parse("warn"), LOG_WARN);
	assert_int_equal(log_level_parse("info"), LOG_INFO);
	assert_int_equal(log_level_parse("debug"), LOG_DEBUG);
	assert_int_equal(log_level_parse(""), LOG_INFO);
}

/* A socket of packets shows what each write(2) held. */
static void
test_a_line_is_one_write(void **state)
{
	int saved = dup(STDERR_FILENO), pair[2];
	char packet[1000];
	ssize_t len;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	log_capture(NULL);
	(void)dup2(pair[1], STDERR_FILENO);
	log_init("test", LOG_INFO);
	errno = ENOENT;
	log_event(LOG_INFO, "e", "k", "a b", "n", "1", NULL);
	assert_int_equal(errno, ENOENT);
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	(void)close(pair[1]);
	len = read(pair[0], packet, sizeof packet - 1);
	assert_true(len > 0);
	packet[len] = '\0';
	assert_string_equal(packet, HEAD " k=\"a b\" n=1\n");
	assert_int_equal(read(pair[0], packet, sizeof packet), 0);
	(void)close(pair[0]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_values),
	    TEST(test_pairs),
	    TEST(test_levels),
	    TEST(test_long_values_are_cut),
	    TEST(test_a_full_line_stays_one_line),
	    TEST(test_limited),
	    TEST(test_numbers_take_turns),
	    TEST(test_level_words),
	    TEST(test_a_line_is_one_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
