/* What may stand in a configuration file, and what is said of the rest. */
#include "tests/unit/common/conf_fixture.h"

#include "common/buf.h"

static void
test_defaults(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(load("", &c), ERR_OK);
	assert_string_equal(said, "");
	assert_string_equal(c.path, in_dir("c.conf"));
	assert_string_equal(c.database.url, "");
	assert_int_equal(c.database.connect_timeout_ms, 5000);
	assert_int_equal(c.database.statement_timeout_ms, 10000);
	assert_int_equal(c.web.threads, 8);
	assert_int_equal(c.web.connections, 4);
	assert_int_equal(c.web.body_max, 65536);
	assert_string_equal(c.web.prefix, "/api");
	assert_true(c.web.notify);
	assert_string_equal(c.auth.algorithm, "HS256");
	assert_string_equal(c.auth.jwt_secret, "");
	assert_int_equal(c.auth.leeway_ms, 10000);
	assert_int_equal(c.worker.in_flight_max, 1000);
	assert_string_equal(c.worker.types, "*");
	assert_int_equal(c.worker.poll_ms, 1000);
	assert_int_equal(c.worker.lease_ms, 30000);
	assert_int_equal(c.worker.heartbeat_ms, 10000);
	assert_int_equal(c.worker.sweep_ms, 5000);
	assert_int_equal(c.worker.deadline_ms, 300000);
	assert_int_equal(c.worker.drain_ms, 25000);
	assert_true(c.worker.listen);
	assert_string_equal(c.providers[0].base_url, "");
	assert_string_equal(c.providers[0].model, "gpt-4o-mini");
	assert_string_equal(c.providers[0].token_param, "max_tokens");
	assert_int_equal(c.providers[0].max_tokens, 500);
	assert_int_equal(c.providers[0].connect_timeout_ms, 5000);
	assert_int_equal(c.providers[0].timeout_ms, 60000);
	assert_int_equal(c.providers[0].response_max, 4 * 1024 * 1024);
	assert_int_equal(c.assistant.passages, 5);
	assert_string_equal(c.assistant.threshold, "0.51");
	assert_string_equal(c.log_level, "info");
	conf_release(&c);
}

static void
test_a_file_is_read(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(
	    load("# first\n; second\n\n[database]\n"
		 "url = postgresql://u:p;q#r@/x?host=/run ; not a comment\n"
		 "[web]\nthreads=1\n  body_max = 1m\nprefix =\nnotify = off\n"
		 "[auth]\njwt_secret = " SECRET "\n"
		 "[worker]\nlease = 5m\nheartbeat = 250ms\n"
		 "[llm]\nbase_url = http://127.0.0.1:9/v1//\n"
		 "[assistant]\nthreshold = 1\n[log]\nlevel = debug",
		&c),
	    ERR_OK);
	assert_string_equal(said, "");
	assert_string_equal(c.database.url,
	    "postgresql://u:p;q#r@/x?host=/run ; not a comment");
	assert_int_equal(c.web.threads, 1);
	assert_int_equal(c.web.body_max, 1048576);
	assert_string_equal(c.web.prefix, "");
	assert_false(c.web.notify);
	assert_string_equal(c.auth.jwt_secret, SECRET);
	assert_int_equal(c.worker.lease_ms, 300000);
	assert_int_equal(c.worker.heartbeat_ms, 250);
	assert_string_equal(c.providers[0].base_url, "http://127.0.0.1:9/v1");
	assert_string_equal(c.assistant.threshold, "1");
	assert_string_equal(c.log_level, "debug");
	conf_release(&c);
}

static void
test_what_is_refused(void **state)
{
	static const struct {
		int line;
		const char *text, *want;
	} rows[] = {
	    {__LINE__, "[web]\nthreads = x\n",
		"c.conf:2: [web] threads: \"x\" is not a whole number from 1 "
		"to "
		"64\n"},
	    {__LINE__, "[web]\nthreads = 65\n",
		"c.conf:2: [web] threads: \"65\" is not a whole number from 1 "
		"to 64\n"},
	    {__LINE__, "[web]\nthreads =\n",
		"c.conf:2: [web] threads: \"\" is not a whole number from 1 to "
		"64\n"},
	    {__LINE__, "[web]\nbody_max = 10\n",
		"c.conf:2: [web] body_max: \"10\" is not a size from 1024 to "
		"16777216 bytes, such as 64k\n"},
	    {__LINE__, "[worker]\npoll = 0\n",
		"c.conf:2: [worker] poll: \"0\" is not a time from 10 to "
		"3600000 milliseconds, such as 250ms, 30s or 5m\n"},
	    {__LINE__, "[web]\nnotify = maybe\n",
		"c.conf:2: [web] notify: \"maybe\" is neither yes nor no\n"},
	    {__LINE__, "[auth]\nalgorithm = none\n",
		"c.conf:2: [auth] algorithm: \"none\" is none of HS256\n"},
	    {__LINE__, "[log]\nlevel = loud\n",
		"c.conf:2: [log] level: \"loud\" is none of "
		"error,warn,info,debug\n"},
	    {__LINE__, "[assistant]\nthreshold = 1.1\n",
		"c.conf:2: [assistant] threshold: \"1.1\" is not a decimal "
		"from 0 to 1\n"},
	    {__LINE__, "[assistant]\nthreshold = nan\n",
		"c.conf:2: [assistant] threshold: \"nan\" is not a decimal "
		"from 0 to 1\n"},
	    {__LINE__, "[assistant]\nthreshold = .\n",
		"c.conf:2: [assistant] threshold: \".\" is not a decimal from "
		"0 to 1\n"},
	    {__LINE__, "[web]\nthread = 1\n",
		"c.conf:2: [web] thread: there is no such key\n"},
	    {__LINE__, "[wep]\nthreads = 1\n",
		"c.conf:2: [wep] threads: there is no such key\n"},
	    {__LINE__, "url = x\n", "c.conf:1: [] url: there is no such key\n"},
	    {__LINE__, "[web]\nthreads\n",
		"c.conf:2: neither [section] nor key = value\n"},
	    {__LINE__, "[web\n",
		"c.conf:1: neither [section] nor key = value\n"},
	    {__LINE__, "[web]\nthreads = 1\n\nthreads = 2\n",
		"c.conf:4: [web] threads: stands in line 2 already\n"},
	    {__LINE__, "[web]\nprefix = api\n",
		"c.conf: [web] prefix: \"api\" must start with / and not end "
		"with /\n"},
	    {__LINE__, "[web]\nprefix = /\n",
		"c.conf: [web] prefix: \"/\" must start with / and not end "
		"with /\n"},
	    {__LINE__, "[worker]\ntypes =\n",
		"c.conf: [worker] types: * or at least one job type\n"},
	    {__LINE__, "[worker]\nheartbeat = 15s\n",
		"c.conf: [worker] heartbeat: must be less than half of "
		"lease\n"},
	    {__LINE__,
		"[worker]\nlease = 25s\n[database]\nstatement_timeout = 15s\n",
		"c.conf: [worker] lease: must be more than heartbeat and "
		"[database] statement_timeout together\n"},
	    {__LINE__, "[worker]\ndeadline = 65s\n[llm]\nbase_url = http://x\n",
		"c.conf: [llm] timeout: must be less than [worker] deadline "
		"by more than 5 s\n"},
	    {__LINE__, "[llm]\nbase_url = ftp://x\n",
		"c.conf: [llm] base_url: \"ftp://x\" is no http(s) URL\n"},
	    {__LINE__, "[auth]\njwt_secret = hushhush\n",
		"c.conf: [auth] jwt_secret: has 8 bytes; HS256 needs 32 or "
		"more\n"},
	    {__LINE__, "[auth]\njwt_secret = 0123456789abcdef0123456789abcde\n",
		"c.conf: [auth] jwt_secret: has 31 bytes; HS256 needs 32 or "
		"more\n"},
	    {__LINE__, "[llm]\napi_key = a\napi_key_file = b\n",
		"c.conf: [llm] api_key and api_key_file are both set\n"},
	    {__LINE__, "[auth]\njwt_secret_file = none\n",
		"c.conf: [auth] jwt_secret_file: none: No such file or "
		"directory\n"},
	    {__LINE__, "[web]\nthreads = 0\nnotify = 7\n[x]\ny = z\n",
		"c.conf:2: [web] threads: \"0\" is not a whole number from 1 "
		"to 64\nc.conf:3: [web] notify: \"7\" is neither yes nor "
		"no\nc.conf:5: [x] y: there is no such key\n"},
	};
	struct conf c = {.path = dir};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		ROW_INT(&rows[i], load(rows[i].text, &c), ERR_BAD_INPUT);
		ROW_STR(&rows[i], said, rows[i].want);
		ROW_TRUE(&rows[i], c.path == dir);
	}
}

/* Passwords are never quoted, whole or in pieces. */
static void
test_connection_strings(void **state)
{
	static const struct {
		int line;
		const char *value;
		bool is_good;
	} rows[] = {
	    {__LINE__, "", true},
	    {__LINE__, "campus", true},
	    {__LINE__, "host=/run dbname=campus password=hush", true},
	    {__LINE__, "postgresql://u:hush@h1:5432,h2:5433/x?port=1", true},
	    {__LINE__, "postgres://u:hu%2Fsh@[::1]/x?sslmode=require", true},
	    {__LINE__, "host=@abstract dbname=x", true},
	    {__LINE__, "host=/run dbnam=x password=hush", false},
	    {__LINE__, "host=/run password='hush", false},
	    {__LINE__, "host=/run hush password=x", false},
	    {__LINE__, "postgresql://u:hush%zz@h/x", false},
	    {__LINE__, "postgresql://u:hush@[::1/x", false},
	    {__LINE__, "postgresql://u:hush/a@h/x", false},
	    {__LINE__, "postgresql://u:a@hush@h/x", false},
	    {__LINE__, "postgresql://u:hush@h/x?hush", false},
	    {__LINE__, "mysql://u:hush@h/x", false},
	};
	char text[200];
	struct conf c;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		(void)snprintf(text, sizeof text,
		    "[database]\n\nweb_url = %s\n", rows[i].value);
		if (rows[i].is_good) {
			ROW_INT(&rows[i], load(text, &c), ERR_OK);
			ROW_STR(&rows[i], c.database.web_url, rows[i].value);
			conf_release(&c);
			continue;
		}
		ROW_INT(&rows[i], load(text, &c), ERR_BAD_INPUT);
		ROW_STR(&rows[i], said,
		    "c.conf:3: [database] web_url: is neither a libpq URI nor "
		    "a list of key=value\n");
	}
}

/* The bounds that one value sets to another. */
static void
test_values_that_just_fit(void **state)
{
	static const char *const texts[] = {
	    "[worker]\nlease = 20002ms\nheartbeat = 10s\n",
	    "[worker]\ndeadline = 65s\n", /* there is no model to wait for */
	    "[worker]\ndeadline = 65001ms\n[llm]\nbase_url = http://x\n",
	};
	struct conf c;

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		assert_int_equal(load(texts[i], &c), ERR_OK);
		assert_string_equal(said, "");
		conf_release(&c);
	}
}

static void
test_a_line_that_is_too_long(void **state)
{
	struct buf b;
	struct conf c;

	(void)state;
	buf_init(&b, 20000);
	buf_add_str(&b, "[database]\nurl = ");
	while (b.len < 8000)
		buf_add_char(&b, 'x');
	buf_add_str(&b, "\n[web]\nthreads = 2\n");
	assert_int_equal(load(buf_str(&b), &c), ERR_OK);
	assert_int_equal(strlen(c.database.url), 8000 - 17);
	assert_int_equal(c.web.threads, 2);
	conf_release(&c);

	buf_clear(&b);
	buf_add_str(&b, "[database]\nurl = ");
	while (b.len < 17000)
		buf_add_char(&b, 'x');
	buf_add_str(&b, "\n[web]\nthreads = x\n");
	assert_int_equal(load(buf_str(&b), &c), ERR_BAD_INPUT);
	assert_string_equal(said,
	    "c.conf:2: the line is too long, or holds a NUL\n"
	    "c.conf:4: [web] threads: \"x\" is not a whole number from 1 to "
	    "64\n");
	buf_release(&b);
}

static void
test_no_file(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(load_path(in_dir("none"), &c), ERR_BAD_INPUT);
	assert_string_equal(
	    said, "none: cannot be opened: No such file or directory\n");
	assert_int_equal(load_path(in_dir(""), &c), ERR_BAD_INPUT);
	assert_string_equal(said, ": cannot be read\n");
}

static void
test_urls_fall_back(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(load("[database]\nurl = u\n", &c), ERR_OK);
	assert_string_equal(conf_web_url(&c), "u");
	assert_string_equal(conf_worker_url(&c), "u");
	assert_string_equal(conf_listen_url(&c), "u");
	assert_string_equal(conf_admin_url(&c), "u");
	conf_release(&c);
	assert_int_equal(load("[database]\nurl = u\nweb_url = w\n"
			      "worker_url = k\nadmin_url = a\n",
			     &c),
	    ERR_OK);
	assert_string_equal(conf_web_url(&c), "w");
	assert_string_equal(conf_worker_url(&c), "k");
	assert_string_equal(conf_listen_url(&c), "k");
	assert_string_equal(conf_admin_url(&c), "a");
	conf_release(&c);
	assert_int_equal(
	    load("[database]\nworker_url = k\nlisten_url = l\n", &c), ERR_OK);
	assert_string_equal(conf_listen_url(&c), "l");
	conf_release(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_defaults),
	    TEST(test_a_file_is_read),
	    TEST(test_what_is_refused),
	    TEST(test_connection_strings),
	    TEST(test_values_that_just_fit),
	    TEST(test_a_line_that_is_too_long),
	    TEST(test_no_file),
	    TEST(test_urls_fall_back),
	};

	clear_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
