/* Variables and bodies as servers really send them, and as attackers might. */
#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/uuid.h"
#include "fcgi/request.h"
#include "tests/unit/fcgi/fake.h"

static void
read_head(const char *const *env, struct request *out)
{
	struct fake f;

	fake_init(&f, env, NULL);
	request_read_head(&f.io, "/api", out);
	/* Borrowed from the environment, which goes now. */
	out->authorization = out->accept = NULL;
	out->content_type = out->if_none_match = NULL;
	fake_release(&f);
}

static void
test_paths(void **state)
{
	static const struct {
		int line;
		const char *path_info, *request_uri;
		const char *paths[2];
	} rows[] = {
#define INFO(s) "PATH_INFO=" s
#define URI(s) "REQUEST_URI=" s
	    {__LINE__, INFO("/a/b"), URI("/api/a/b?q=1"), {"/a/b", "/a/b"}},
	    {__LINE__, INFO("/api/a"), URI("/api/a"), {"/a", "/a"}},
	    {__LINE__, INFO(""), URI("/a/b?x=/c"), {"", "/a/b"}},
	    {__LINE__, INFO("/query"), URI("/assistant/query"),
		{"/query", "/assistant/query"}},
	    {__LINE__, INFO("/a"), URI("/app.fcgi/a"), {"/a", "/app.fcgi/a"}},
	    {__LINE__, INFO(""), URI("/apiary/a"), {"", "/apiary/a"}},
	    {__LINE__, INFO(""), URI("/api"), {"", ""}},
	    {__LINE__, INFO(""), URI("/api/api/a"), {"", "/api/a"}},
	    {__LINE__, INFO(""), URI("/%61pi/%2Fx%41"), {"", "//xA"}},
	    {__LINE__, INFO(""), URI("/a%3fb"), {"", "/a?b"}},
	    {__LINE__, INFO(""), URI("/a%00b"), {"", ""}},
	    {__LINE__, INFO(""), URI("/a%"), {"", ""}},
	    {__LINE__, INFO(""), URI("/a%4"), {"", ""}},
	    {__LINE__, INFO(""), URI("/a%4g"), {"", ""}},
	    {__LINE__, INFO(""), URI("a/b"), {"", ""}},
	    {__LINE__, INFO(""), URI("http://x/api/a"), {"", ""}},
	    {__LINE__, INFO(""), URI("*"), {"", ""}},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *env[] = {
		    rows[i].path_info, rows[i].request_uri, NULL};
		struct request r;

		read_head(env, &r);
		ROW_STR(&rows[i], r.paths[0], rows[i].paths[0]);
		ROW_STR(&rows[i], r.paths[1], rows[i].paths[1]);
	}
}

static void
test_path_too_long(void **state)
{
	char uri[REQUEST_PATH_MAX + 50], info[REQUEST_PATH_MAX + 50];
	const char *env[] = {uri, info, NULL};
	struct request r;

	(void)state;
	memset(uri, 'a', sizeof uri);
	memset(info, 'a', sizeof info);
	memcpy(uri, "REQUEST_URI=/", 13);
	memcpy(info, "PATH_INFO=/", 11);
	uri[12 + REQUEST_PATH_MAX - 1] = '\0';
	info[10 + REQUEST_PATH_MAX - 1] = '\0';
	read_head(env, &r);
	assert_int_equal(strlen(r.paths[0]), REQUEST_PATH_MAX - 1);
	assert_int_equal(strlen(r.uri), REQUEST_PATH_MAX - 1);
	uri[12 + REQUEST_PATH_MAX - 1] = 'a';
	uri[12 + REQUEST_PATH_MAX] = '\0';
	info[10 + REQUEST_PATH_MAX - 1] = 'a';
	info[10 + REQUEST_PATH_MAX] = '\0';
	read_head(env, &r);
	assert_string_equal(r.paths[0], "");
	assert_string_equal(r.uri, "");
}

static void
test_request_id(void **state)
{
	static const struct {
		int line;
		const char *given;
		bool is_kept;
	} rows[] = {
	    {__LINE__, "abc", true},
	    {__LINE__, "A.b_c-9", true},
	    {__LINE__, "", false},
	    {__LINE__, "a b", false},
	    {__LINE__, "a\r\nSet-Cookie: x", false},
	    {__LINE__, "\"", false},
	    {__LINE__, "\xc3\xa4", false},
#define TEN "0123456789"
	    {__LINE__, TEN TEN TEN TEN TEN TEN "abcd", true},
	    {__LINE__, TEN TEN TEN TEN TEN TEN "abcde", false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char given[200] = "HTTP_X_REQUEST_ID=";
		const char *env[] = {given, NULL};
		struct uuid minted;
		struct request r;

		memcpy(given + 18, rows[i].given, strlen(rows[i].given) + 1);
		read_head(env, &r);
		if (rows[i].is_kept)
			ROW_STR(&rows[i], r.id, rows[i].given);
		else
			ROW_TRUE(
			    &rows[i], uuid_parse(r.id, strlen(r.id), &minted));
	}
}

static void
test_base(void **state)
{
	static const struct {
		int line;
		const char *uri, *path, *base;
	} rows[] = {
	    {__LINE__, "/api/assistant/query", "/assistant/query", "/api"},
	    {__LINE__, "/assistant/query", "/assistant/query", ""},
	    {__LINE__, "/~me/app.fcgi/a", "/a", "/~me/app.fcgi"},
	    {__LINE__, "/api/a/", "/a/", "/api"},
	    {__LINE__, "//evil.example/api/a", "/a", ""},
	    {__LINE__, "/a%0d%0ax: y/b", "/b", ""},
	    {__LINE__, "/a%20b/b", "/b", ""},
	    {__LINE__, "/other", "/a", ""},
	    {__LINE__, "", "/a", ""},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char uri[100] = "REQUEST_URI=";
		const char *env[] = {uri, NULL};
		struct request r;
		struct buf base;

		memcpy(uri + 12, rows[i].uri, strlen(rows[i].uri) + 1);
		read_head(env, &r);
		buf_init(&base, 100);
		request_base(&r, rows[i].path, &base);
		ROW_STR(&rows[i], buf_str(&base), rows[i].base);
		buf_release(&base);
	}
}

static const struct body_row {
	int line;
	const char *env[4];
	const char *body;
	int status; /* 0: it is taken */
	const char *taken;
} body_rows[] = {
#define LEN(s) "CONTENT_LENGTH=" s
#define TYPE(s) "CONTENT_TYPE=" s
    {__LINE__, {LEN("2")}, "{}", 0, "{}"},
    {__LINE__, {LEN("0")}, "", 0, ""},
    {__LINE__, {LEN("10")}, "{\"a\": 1.0}and more", 0, "{\"a\": 1.0}"},
    {__LINE__, {LEN("2"), LEN("2")}, "{}", 0, "{}"},
    {__LINE__, {LEN(""), LEN("2")}, "{}", 0, "{}"},
    {__LINE__, {LEN("2"), LEN("3")}, "{}}", 400, NULL},
    {__LINE__, {NULL}, "{}", 411, NULL},
    {__LINE__, {LEN("")}, "{}", 411, NULL},
    {__LINE__, {LEN("-1")}, "{}", 400, NULL},
    {__LINE__, {LEN("-0")}, "{}", 400, NULL},
    {__LINE__, {LEN("+2")}, "{}", 400, NULL},
    {__LINE__, {LEN(" 2")}, "{}", 400, NULL},
    {__LINE__, {LEN("2,2")}, "{}", 400, NULL},
    {__LINE__, {LEN("0x2")}, "{}", 400, NULL},
    {__LINE__, {LEN("99999999999999999999")}, "{}", 400, NULL},
    {__LINE__, {LEN("65")}, "", 413, NULL},
    {__LINE__, {LEN("9223372036854775807")}, "", 413, NULL},
    {__LINE__, {LEN("3")}, "{}", 400, NULL},
    {__LINE__, {LEN("64")}, "", 400, NULL},
    {__LINE__, {LEN("2"), TYPE("application/json")}, "{}", 0, "{}"},
    {__LINE__, {LEN("2"), TYPE("Application/JSON ; charset=utf-8")}, "{}", 0,
	"{}"},
    {__LINE__, {LEN("2"), TYPE("")}, "{}", 0, "{}"},
    {__LINE__, {LEN("2"), TYPE("application/jsonp")}, "{}", 415, NULL},
    {__LINE__, {LEN("2"), TYPE("text/plain")}, "{}", 415, NULL},
    {__LINE__, {LEN("2"), TYPE("application/json text")}, "{}", 415, NULL},
};

static void
test_body(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(body_rows); i++) {
		const struct body_row *row = &body_rows[i];
		struct problem why = {0};
		struct request r;
		struct fake f;
		struct buf body;
		enum err e;

		fake_init(&f, row->env, row->body);
		request_read_head(&f.io, "", &r);
		buf_init(&body, 64);
		e = request_read_body(&f.io, &r, 64, &body, &why);
		ROW_INT(row, e, row->status == 0 ? ERR_OK : ERR_BAD_INPUT);
		ROW_INT(row, why.status, row->status);
		if (row->status == 0)
			ROW_STR(row, buf_str(&body), row->taken);
		else
			ROW_TRUE(row, why.code != NULL && why.message != NULL);
		buf_release(&body);
		fake_release(&f);
	}
}

static void
test_body_peer_gone(void **state)
{
	const char *env[] = {"CONTENT_LENGTH=2", NULL};
	struct problem why = {0};
	struct request r;
	struct fake f;
	struct buf body;

	(void)state;
	fake_init(&f, env, "{}");
	f.fail_read = 1;
	request_read_head(&f.io, "", &r);
	buf_init(&body, 64);
	assert_int_equal(
	    request_read_body(&f.io, &r, 64, &body, &why), ERR_BAD_INPUT);
	assert_string_equal(why.code, "incomplete_body");
	buf_release(&body);
	fake_release(&f);
}

static void
test_accept(void **state)
{
	static const struct {
		int line;
		const char *accept;
		bool is_fine;
	} rows[] = {
	    {__LINE__, NULL, true},
	    {__LINE__, "*/*", true},
	    {__LINE__, "application/json", true},
	    {__LINE__, "APPLICATION/JSON;q=0.5", true},
	    {__LINE__, "text/html, application/*;q=0.8", true},
	    {__LINE__, "text/html,application/xhtml+xml,*/*;q=0.1", true},
	    {__LINE__, "application/json;q=0", false},
	    {__LINE__, "application/json; q=0.000", false},
	    {__LINE__, "application/json;v=1;q=0, */*", true},
	    {__LINE__, "text/html", false},
	    {__LINE__, "application/jsonx", false},
	    {__LINE__, "text/*", false},
	    {__LINE__, ",,", false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct request r = {.accept = rows[i].accept};

		ROW_TRUE(&rows[i],
		    request_accepts(&r, "application/json") == rows[i].is_fine);
	}
}

static void
test_etag(void **state)
{
	static const struct {
		int line;
		const char *header;
		bool is_there;
	} rows[] = {
	    {__LINE__, NULL, false},
	    {__LINE__, "*", true},
	    {__LINE__, "\"tag\"", true},
	    {__LINE__, "W/\"tag\"", true},
	    {__LINE__, "\"x\", W/\"tag\"", true},
	    {__LINE__, "\"x, W/\", \"tag\"", true},
	    {__LINE__, "tag", false},
	    {__LINE__, "\"tag", false},
	    {__LINE__, "\"tagg\", \"ta\", \"\"", false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct request r = {.if_none_match = rows[i].header};

		ROW_TRUE(
		    &rows[i], request_has_etag(&r, "tag") == rows[i].is_there);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_path_too_long),
	    cmocka_unit_test(test_request_id),
	    cmocka_unit_test(test_base),
	    cmocka_unit_test(test_body),
	    cmocka_unit_test(test_body_peer_gone),
	    cmocka_unit_test(test_accept),
	    cmocka_unit_test(test_etag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
