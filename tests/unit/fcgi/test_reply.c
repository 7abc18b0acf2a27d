/* Replies, byte by byte where it matters. */
#include "tests/unit/common/unit.h"

#include <string.h>

#include "fcgi/reply.h"
#include "tests/unit/fcgi/fake.h"

static const char *const no_env[] = {NULL};

static void
send_reply(struct reply *r, bool is_head, struct fake *f)
{
	fake_init(f, no_env, NULL);
	assert_int_equal(reply_send(r, is_head, &f->io), ERR_OK);
}

static void
test_plain(void **state)
{
	struct reply r;
	struct fake f;

	(void)state;
	reply_init(&r, "id-1");
	buf_add_str(&r.body, "{\"a\":1}");
	send_reply(&r, false, &f);
	assert_string_equal(buf_str(&f.out),
	    "Status: 200 OK\r\n"
	    "Content-Type: application/json\r\n"
	    "Content-Length: 7\r\n"
	    "Cache-Control: no-store\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "Referrer-Policy: no-referrer\r\n"
	    "Content-Security-Policy: default-src 'none'; "
	    "frame-ancestors 'none'\r\n"
	    "X-Request-Id: id-1\r\n"
	    "\r\n"
	    "{\"a\":1}");
	fake_release(&f);
	reply_release(&r);
}

static void
test_problem(void **state)
{
	struct reply r;
	struct fake f;
	char value[256];

	(void)state;
	reply_init(&r, "id-2");
	buf_add_str(&r.body, "half an answer");
	reply_problem(
	    &r, (struct problem){404, "job_not_found", "Job not \"found\""});
	send_reply(&r, false, &f);
	assert_string_equal(fake_header(&f, "Status", value), "404 Not Found");
	assert_string_equal(
	    fake_header(&f, "Content-Type", value), "application/problem+json");
	assert_string_equal(fake_body(&f),
	    "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
	    "\"detail\":\"Job not \\\"found\\\"\",\"code\":\"job_not_found\","
	    "\"requestId\":\"id-2\",\"message\":\"Job not \\\"found\\\"\"}");
	fake_release(&f);
	reply_release(&r);
}

static void
test_errors(void **state)
{
	static const struct {
		int line;
		enum err e;
		const char *status, *retry;
	} rows[] = {
	    {__LINE__, ERR_DB_RETRY, "503 Service Unavailable", "2"},
	    {__LINE__, ERR_DB_UNSURE, "503 Service Unavailable", "2"},
	    {__LINE__, ERR_TIMEOUT, "503 Service Unavailable", "2"},
	    {__LINE__, ERR_BUSY, "503 Service Unavailable", "2"},
	    {__LINE__, ERR_BAD_INPUT, "503 Service Unavailable", "2"},
	    {__LINE__, ERR_NOMEM, "503 Service Unavailable", "2"},
	    {__LINE__, ERR_DB, "500 Internal Server Error", ""},
	};
	char value[256];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct reply r;
		struct fake f;

		reply_init(&r, "x");
		reply_error(&r, rows[i].e);
		send_reply(&r, false, &f);
		ROW_STR(
		    &rows[i], fake_header(&f, "Status", value), rows[i].status);
		ROW_STR(&rows[i], fake_header(&f, "Retry-After", value),
		    rows[i].retry);
		fake_release(&f);
		reply_release(&r);
	}
}

static void
test_retry_after(void **state)
{
	static const struct {
		int line;
		int64_t ms;
		const char *seconds;
	} rows[] = {
	    {__LINE__, -5, "1"},
	    {__LINE__, 0, "1"},
	    {__LINE__, 200, "1"},
	    {__LINE__, 1000, "1"},
	    {__LINE__, 1001, "2"},
	    {__LINE__, 5000, "5"},
	};
	char value[256];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct reply r;
		struct fake f;

		reply_init(&r, "x");
		reply_retry_after(&r, rows[i].ms);
		send_reply(&r, false, &f);
		ROW_STR(&rows[i], fake_header(&f, "Retry-After", value),
		    rows[i].seconds);
		fake_release(&f);
		reply_release(&r);
	}
}

static void
test_header_injection(void **state)
{
	struct reply r;
	struct fake f;

	(void)state;
	reply_init(&r, "x");
	reply_header(&r, "Location", "/a\r\nSet-Cookie: b=c");
	reply_header(&r, "Location", "/a\x7f");
	reply_header(&r, "ETag", "W/\"ok\"");
	send_reply(&r, false, &f);
	assert_null(strstr(buf_str(&f.out), "Set-Cookie"));
	assert_null(strstr(buf_str(&f.out), "Location"));
	assert_non_null(strstr(buf_str(&f.out), "\r\nETag: W/\"ok\"\r\n"));
	fake_release(&f);
	reply_release(&r);
}

/* HEAD tells the length of what GET would send; 304 and 204 have none. */
static void
test_without_body(void **state)
{
	char value[256];
	struct reply r;
	struct fake f;

	(void)state;
	reply_init(&r, "x");
	buf_add_str(&r.body, "{}");
	send_reply(&r, true, &f);
	assert_string_equal(fake_body(&f), "");
	assert_string_equal(fake_header(&f, "Content-Length", value), "2");
	fake_release(&f);
	buf_clear(&r.body);
	r.status = 304;
	send_reply(&r, false, &f);
	assert_string_equal(
	    fake_header(&f, "Status", value), "304 Not Modified");
	assert_string_equal(fake_header(&f, "Content-Length", value), "");
	assert_string_equal(fake_header(&f, "Content-Type", value), "");
	fake_release(&f);
	reply_release(&r);
}

static void
test_too_big(void **state)
{
	char value[256];
	struct reply r;
	struct fake f;

	(void)state;
	reply_init(&r, "x");
	r.body.max = 1000;
	for (int i = 0; i < 101; i++)
		buf_add_str(&r.body, "0123456789");
	send_reply(&r, false, &f);
	assert_string_equal(
	    fake_header(&f, "Status", value), "500 Internal Server Error");
	assert_non_null(strstr(fake_body(&f), "internal_error"));
	fake_release(&f);
	reply_release(&r);
}

static void
test_peer_gone(void **state)
{
	struct reply r;
	struct fake f;

	(void)state;
	reply_init(&r, "x");
	fake_init(&f, no_env, NULL);
	f.fail_write = 1;
	assert_int_equal(reply_send(&r, false, &f.io), ERR_NET);
	fake_release(&f);
	reply_release(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_problem),
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_retry_after),
	    cmocka_unit_test(test_header_injection),
	    cmocka_unit_test(test_without_body),
	    cmocka_unit_test(test_too_big),
	    cmocka_unit_test(test_peer_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
