/* The part of pg.h that needs no connection; the worker shares it. */
#include "common/pg.h"

#include <assert.h>
#include <string.h>

#include "common/buf.h"
#include "common/text.h"

static bool
pg_state_is_in(const char *sqlstate, const char *list)
{
	return strlen(sqlstate) == 5 && text_list_has(list, sqlstate);
}

enum pg_class
pg_classify(const char *sqlstate)
{
	if (sqlstate == NULL || *sqlstate == '\0')
		return PG_CLASS_LOST;
	if (strncmp(sqlstate, "00", 2) == 0)
		return PG_CLASS_OK;
	if (strncmp(sqlstate, "53", 2) == 0 ||
	    pg_state_is_in(sqlstate, "40001,40P01,55P03,57014"))
		return PG_CLASS_RETRY;
	/* 40003: the server itself does not know whether it committed. */
	if (strncmp(sqlstate, "08", 2) == 0 ||
	    pg_state_is_in(sqlstate, "57P01,57P02,57P03,25006,40003"))
		return PG_CLASS_LOST;
	return PG_CLASS_REFUSED;
}

const char *
pg_field(const PGresult *r, int field)
{
	const char *s = PQresultErrorField(r, field);

	return s != NULL ? s : "";
}

bool
pg_is_stale_plan(const PGresult *r)
{
	const char *sqlstate = pg_field(r, PG_DIAG_SQLSTATE);

	return strcmp(sqlstate, "26000") == 0 ||
	    (strcmp(sqlstate, "0A000") == 0 &&
		strcmp(pg_field(r, PG_DIAG_SOURCE_FUNCTION),
		    "RevalidateCachedQuery") == 0);
}

void
pg_options(const char *url, const char *application_name,
    const char *keywords[PG_OPTIONS_MAX], const char *values[PG_OPTIONS_MAX])
{
	/* A later one wins: the url overrides all but the encoding. */
	const struct {
		const char *keyword, *value;
	} options[] = {
	    {"application_name", application_name},
	    {"keepalives_idle", "5"},
	    {"keepalives_interval", "2"},
	    {"keepalives_count", "3"},
	    {"tcp_user_timeout", "10000"},
	    {"dbname", url},
	    {"client_encoding", "UTF8"},
	    {NULL, NULL},
	};

	_Static_assert(sizeof options / sizeof *options <= PG_OPTIONS_MAX,
	    "more options than the callers have room for");
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		keywords[i] = options[i].keyword;
		values[i] = options[i].value;
	}
}

/* As libpq reads it back: in quotes, if it needs some. */
static void
pg_print_value(struct buf *b, const char *s)
{
	bool is_plain = *s != '\0' && strpbrk(s, " \t\r\n'\\") == NULL;

	if (!is_plain)
		buf_add_char(b, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'' || *s == '\\')
			buf_add_char(b, '\\');
		buf_add_char(b, *s);
	}
	if (!is_plain)
		buf_add_char(b, '\'');
}

void
pg_print_url(struct buf *b, const char *url)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	const char *between = "";

	if (strchr(url, '=') == NULL && strstr(url, "://") == NULL) {
		buf_add_str(b, "dbname="); /* as expand_dbname takes it */
		pg_print_value(b, url);
	} else if (options == NULL) {
		buf_add_str(b, "(set, but no connection string)");
	}
	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL;
	     o++) {
		if (o->val == NULL)
			continue;
		buf_printf(b, "%s%s=", between, o->keyword);
		/* libpq's mark of what a dialog must not show */
		pg_print_value(b, *o->dispchar == '*' ? "***" : o->val);
		between = " ";
	}
	PQconninfoFree(options);
}

static int
pg_column(const PGresult *r, const char *column)
{
	int i = PQfnumber(r, column);

	assert(i >= 0);
	return i;
}

const char *
pg_str(const PGresult *r, int row, const char *column)
{
	int i = pg_column(r, column);

	return PQgetisnull(r, row, i) != 0 ? NULL : PQgetvalue(r, row, i);
}

int64_t
pg_int(const PGresult *r, int row, const char *column)
{
	const char *s = pg_str(r, row, column);
	int64_t n = 0;

	if (s == NULL || text_to_int(s, INT64_MIN, INT64_MAX, &n) != ERR_OK)
		return 0;
	return n;
}

bool
pg_bool(const PGresult *r, int row, const char *column)
{
	const char *s = pg_str(r, row, column);

	return s != NULL && *s == 't';
}

static void
pg_array_item(struct buf *b, const char *s)
{
	buf_add_char(b, '"');
	for (;;) {
		size_t run = strcspn(s, "\"\\");

		buf_add(b, s, run);
		s += run;
		if (*s == '\0')
			break;
		buf_add_char(b, '\\');
		buf_add_char(b, *s++);
	}
	buf_add_char(b, '"');
}

void
pg_array(struct buf *b, const char *const *values, size_t n)
{
	buf_add_char(b, '{');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add_char(b, ',');
		if (values[i] != NULL)
			pg_array_item(b, values[i]);
		else
			buf_add_str(b, "NULL");
	}
	buf_add_char(b, '}');
}
