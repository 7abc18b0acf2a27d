/*
 * What comes from around the file: variables, files that hold secrets, where
 * the file is found, and the printed form. The program also stands in for one
 * that has its configuration beside itself: called with --path, it says which.
 */
#include "tests/unit/common/conf_fixture.h"

#include <sys/wait.h>

static void
test_environment_overrides(void **state)
{
	struct conf c;

	(void)state;
	(void)setenv("COATCHECK_WEB_THREADS", "3", 1);
	(void)setenv("COATCHECK_DATABASE_URL", "dbname=a=b", 1);
	(void)setenv("COATCHECK_LLM_CONNECT_TIMEOUT", "1s", 1);
	(void)setenv("COATCHECK_TEST_ANYTHING", "x", 1);
	(void)setenv("COATCHECK_PORT", "x", 1);
	(void)setenv("COATCHECK_CONFIG",
	    write_file("c.conf", "[web]\nthreads = 2\nbody_max = 2k\n", 0600),
	    1);
	assert_int_equal(load_path(NULL, &c), ERR_OK);
	assert_string_equal(c.path, in_dir("c.conf"));
	assert_int_equal(c.web.threads, 3);
	assert_int_equal(c.web.body_max, 2048);
	assert_int_equal(c.providers[0].connect_timeout_ms, 1000);
	assert_string_equal(c.database.url, "dbname=a=b");
	conf_release(&c);

	(void)setenv("COATCHECK_WEB_THREADS", "many", 1);
	assert_int_equal(load_path(NULL, &c), ERR_BAD_INPUT);
	assert_string_equal(said,
	    "COATCHECK_WEB_THREADS: [web] threads: \"many\" is not a whole "
	    "number from 1 to 64\n");
	(void)unsetenv("COATCHECK_WEB_THREADS");
	(void)unsetenv("COATCHECK_PORT");
	(void)unsetenv("COATCHECK_CONFIG");
	(void)unsetenv("COATCHECK_DATABASE_URL");
	(void)unsetenv("COATCHECK_LLM_CONNECT_TIMEOUT");
}

static void
test_unknown_variables(void **state)
{
	static const char *const names[] = {"COATCHECK_WEB_THREAD",
	    "COATCHECK_WEB_THREADS_", "COATCHECK_THREADS", "COATCHECK_",
	    "COATCHECK_web_threads", "COATCHECK_WEB__THREADS"};
	struct conf c;

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		char want[100];

		(void)setenv(names[i], "1", 1);
		assert_int_equal(load("", &c), ERR_BAD_INPUT);
		(void)snprintf(
		    want, sizeof want, "%s: there is no such key\n", names[i]);
		assert_string_equal(said, want);
		(void)unsetenv(names[i]);
	}
}

static void
test_secret_files(void **state)
{
	static const struct {
		int line;
		const char *text;
		mode_t mode;
		const char *secret; /* NULL = refused */
		const char *want;
	} rows[] = {
	    {__LINE__, SECRET "\n", 0640, SECRET, ""},
	    {__LINE__, SECRET "\r\n", 0400, SECRET, ""},
	    {__LINE__, SECRET " ", 0600, SECRET " ", ""},
	    {__LINE__, SECRET, 0644, NULL,
		"secret: can be read by everybody: chmod 640\n"},
	    {__LINE__, "\n", 0600, NULL, "secret: is empty or too big\n"},
	    {__LINE__, "short\n", 0600, NULL,
		"has 5 bytes; HS256 needs 32 or more\n"},
	};
	struct conf c;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		enum err e;

		(void)write_file("secret", rows[i].text, rows[i].mode);
		/* Relative, so it must be found from the file's place. */
		e = load("[auth]\njwt_secret_file = secret\n", &c);
		ROW_INT(&rows[i], e,
		    rows[i].secret != NULL ? ERR_OK : ERR_BAD_INPUT);
		ROW_TRUE(&rows[i], strstr(said, rows[i].want) != NULL);
		ROW_TRUE(&rows[i], strstr(said, SECRET) == NULL);
		if (e != ERR_OK)
			continue;
		ROW_STR(&rows[i], c.auth.jwt_secret, rows[i].secret);
		conf_release(&c);
	}
	assert_int_equal(load("[llm]\napi_key_file = .\n", &c), ERR_BAD_INPUT);
	assert_string_equal(
	    said, "c.conf: [llm] api_key_file: .: is not a file\n");
}

static void
test_a_readable_secret_is_a_warning(void **state)
{
	static const struct {
		int line;
		const char *text;
		mode_t mode;
		bool want;
	} rows[] = {
	    {__LINE__, "[llm]\napi_key = k\n", 0644, true},
	    {__LINE__, "[llm]\napi_key = k\n", 0640, false},
	    {__LINE__, "[llm]\napi_key =\n", 0644, false},
	    {__LINE__, "[llm]\nmodel = m\n", 0644, false},
	    {__LINE__, "[database]\nurl = dbname=x\n", 0644, false},
	    {__LINE__, "[database]\nurl = password=x\n", 0644, true},
	    {__LINE__, "[database]\nurl = postgresql://u@h:1/x\n", 0644, false},
	    {__LINE__, "[database]\nurl = postgresql://u:p@h/x\n", 0644, true},
	};
	struct conf c;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *path = write_file(
		    "c.conf", rows[i].text, rows[i].mode);

		logged[0] = '\0';
		ROW_INT(&rows[i], load_path(path, &c), ERR_OK);
		ROW_INT(&rows[i],
		    strstr(logged, "ev=conf_readable_by_all") != NULL,
		    rows[i].want);
		ROW_INT(&rows[i], c.is_exposed, rows[i].want);
		conf_release(&c);
	}
}

static void
test_printing(void **state)
{
	struct conf c;
	int saved;

	(void)state;
	assert_int_equal(
	    load("[database]\nurl = "
		 "postgresql://u:hidden@h/d\n[auth]\njwt_secret = " SECRET
		 "\n[worker]\npoll = 1500ms\n",
		&c),
	    ERR_OK);
	saved = divert(stdout, "stdout");
	conf_print(&c);
	restore(stdout, saved, "stdout");
	assert_non_null(strstr(said,
	    "# c.conf\n[database]\nurl = user=u password=*** dbname=d host=h\n"
	    "web_url = (not set)\n"));
	assert_non_null(strstr(said, "\n\n[web]\nthreads = 8\n"));
	assert_non_null(strstr(said, "\npoll = 1500ms\nlease = 30s\n"));
	assert_non_null(strstr(said, "\njwt_secret = (set)\n"));
	assert_null(strstr(said, "hidden"));
	assert_null(strstr(said, SECRET));
	conf_release(&c);

	saved = divert(stdout, "stdout");
	conf_print_keys();
	restore(stdout, saved, "stdout");
	assert_non_null(strstr(said, "\n[log]\nlevel = info\n"));
	assert_non_null(strstr(said, "(error,warn,info,debug)\n"));
}

static void
copy_self(const char *to)
{
	static char bytes[1 << 16];
	int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int out = open(to, O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
	ssize_t n;

	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, bytes, sizeof bytes)) > 0)
		assert_int_equal(write(out, bytes, (size_t)n), n);
	(void)close(in);
	(void)close(out);
}

static void
test_a_file_beside_the_program(void **state)
{
	const char *program = in_dir("prog");
	int saved, status = 0;
	pid_t child;

	(void)state;
	copy_self(program);
	(void)write_file("coatcheck.conf", "[web]\nthreads = 5\n", 0600);
	saved = divert(stdout, "stdout");
	child = fork();
	if (child == 0) {
		(void)execl(program, "elsewhere", "--path", (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	restore(stdout, saved, "stdout");
	assert_int_equal(status, 0);
	assert_string_equal(said, "coatcheck.conf 5\n");
}

static int
print_path(const char *argv0)
{
	struct conf c;

	if (conf_load(NULL, argv0, &c) != ERR_OK)
		return 1;
	(void)fprintf(stdout, "%s %d\n", c.path, (int)c.web.threads);
	conf_release(&c);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_environment_overrides),
	    TEST(test_unknown_variables),
	    TEST(test_secret_files),
	    TEST(test_a_readable_secret_is_a_warning),
	    TEST(test_printing),
	    TEST(test_a_file_beside_the_program),
	};

	if (argc == 2 && strcmp(argv[1], "--path") == 0)
		return print_path(argv[0]);
	clear_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
