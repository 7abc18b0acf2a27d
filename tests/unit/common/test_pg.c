/* What of pg.h needs no server: classes, options, cells, arrays. */
#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/buf.h"
#include "common/pg.h"

static void
test_classes(void **state)
{
	static const struct {
		int line;
		const char *sqlstate;
		enum pg_class want;
	} rows[] = {
	    {__LINE__, "00000", PG_CLASS_OK},
	    {__LINE__, "40001", PG_CLASS_RETRY},
	    {__LINE__, "40P01", PG_CLASS_RETRY},
	    {__LINE__, "55P03", PG_CLASS_RETRY},
	    {__LINE__, "57014", PG_CLASS_RETRY},
	    {__LINE__, "53000", PG_CLASS_RETRY},
	    {__LINE__, "53100", PG_CLASS_RETRY},
	    {__LINE__, "53300", PG_CLASS_RETRY},
	    {__LINE__, "08000", PG_CLASS_LOST},
	    {__LINE__, "08006", PG_CLASS_LOST},
	    {__LINE__, "08P01", PG_CLASS_LOST},
	    {__LINE__, "57P01", PG_CLASS_LOST},
	    {__LINE__, "57P02", PG_CLASS_LOST},
	    {__LINE__, "57P03", PG_CLASS_LOST},
	    {__LINE__, "25006", PG_CLASS_LOST},
	    {__LINE__, "40003", PG_CLASS_LOST},
	    {__LINE__, "", PG_CLASS_LOST},
	    {__LINE__, NULL, PG_CLASS_LOST},
	    {__LINE__, "22P05", PG_CLASS_REFUSED},
	    {__LINE__, "23505", PG_CLASS_REFUSED},
	    {__LINE__, "40002", PG_CLASS_REFUSED},
	    {__LINE__, "42501", PG_CLASS_REFUSED},
	    {__LINE__, "57P04", PG_CLASS_REFUSED},
	    {__LINE__, "P0001", PG_CLASS_REFUSED},
	    {__LINE__, "XX000", PG_CLASS_REFUSED},
	    {__LINE__, "40", PG_CLASS_REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		ROW_INT(&rows[i], pg_classify(rows[i].sqlstate), rows[i].want);
}

static size_t
find(const char *const *keywords, const char *keyword)
{
	size_t i = 0;

	while (keywords[i] != NULL && strcmp(keywords[i], keyword) != 0)
		i++;
	assert_non_null(keywords[i]);
	return i;
}

static void
test_options(void **state)
{
	const char *keywords[PG_OPTIONS_MAX], *values[PG_OPTIONS_MAX];
	size_t url;

	(void)state;
	pg_options("postgresql:///x", "prog", keywords, values);
	url = find(keywords, "dbname");
	assert_string_equal(values[url], "postgresql:///x");
	assert_string_equal(values[find(keywords, "application_name")], "prog");
	assert_string_equal(values[find(keywords, "keepalives_idle")], "5");
	assert_string_equal(values[find(keywords, "keepalives_count")], "3");
	assert_string_equal(
	    values[find(keywords, "tcp_user_timeout")], "10000");
	/* The url may say otherwise about anything but the encoding. */
	assert_true(find(keywords, "application_name") < url);
	assert_true(find(keywords, "client_encoding") > url);
}

static void
test_arrays(void **state)
{
	static const struct {
		int line;
		const char *values[3];
		size_t n;
		const char *want;
	} rows[] = {
	    {__LINE__, {NULL}, 0, "{}"},
	    {__LINE__, {"a"}, 1, "{\"a\"}"},
	    {__LINE__, {"a", NULL, "b"}, 3, "{\"a\",NULL,\"b\"}"},
	    {__LINE__, {"", "NULL", "a,b {c}"}, 3,
		"{\"\",\"NULL\",\"a,b {c}\"}"},
	    {__LINE__, {"q\"", "\\", "\\\"x"}, 3,
		"{\"q\\\"\",\"\\\\\",\"\\\\\\\"x\"}"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf b;

		buf_init(&b, 100);
		pg_array(&b, rows[i].values, rows[i].n);
		ROW_STR(&rows[i], buf_str(&b), rows[i].want);
		buf_release(&b);
	}
}

static PGresult *
make_result(void)
{
	static char names[3][8] = {"text", "number", "fact"};
	static char cells[3][8] = {"x", "-42", "t"};
	PGresult *r = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc columns[3] = {{0}};

	assert_non_null(r);
	for (int i = 0; i < 3; i++)
		columns[i].name = names[i];
	assert_int_equal(PQsetResultAttrs(r, 3, columns), 1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    PQsetvalue(r, 0, i, cells[i], (int)strlen(cells[i])), 1);
		assert_int_equal(PQsetvalue(r, 1, i, NULL, -1), 1);
	}
	return r;
}

static void
test_cells(void **state)
{
	PGresult *r = make_result();

	(void)state;
	assert_string_equal(pg_str(r, 0, "text"), "x");
	assert_int_equal(pg_int(r, 0, "number"), -42);
	assert_true(pg_bool(r, 0, "fact"));
	assert_int_equal(pg_int(r, 0, "text"), 0);
	assert_false(pg_bool(r, 0, "text"));
	assert_null(pg_str(r, 1, "text"));
	assert_int_equal(pg_int(r, 1, "number"), 0);
	assert_false(pg_bool(r, 1, "fact"));
	PQclear(r);
}

static void
test_printed_urls(void **state)
{
	static const struct {
		int line;
		const char *url, *want;
	} rows[] = {
	    {__LINE__, "campus", "dbname=campus"},
	    {__LINE__, "host=/run dbname=d password=s",
		"password=*** dbname=d host=/run"},
	    {__LINE__, "postgresql://u:s@h:6432/d?sslpassword=s",
		"user=u password=*** dbname=d host=h port=6432 "
		"sslpassword=***"},
	    {__LINE__, "dbname='a b' user='it\\'s' host=''",
		"user='it\\'s' dbname='a b' host=''"},
	    {__LINE__, "mysql://u:s@h/d", "(set, but no connection string)"},
	    {__LINE__, "dbname=d pasword=s", "(set, but no connection string)"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf b;

		buf_init(&b, 1024);
		pg_print_url(&b, rows[i].url);
		ROW_STR(&rows[i], buf_str(&b), rows[i].want);
		buf_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_classes),
	    cmocka_unit_test(test_options),
	    cmocka_unit_test(test_arrays),
	    cmocka_unit_test(test_cells),
	    cmocka_unit_test(test_printed_urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
