/*
 * One blocking connection. A statement goes out once: whether the caller may
 * try again is decided here, by how far it got, and nowhere else. A connection
 * whose state is in doubt is closed at once, so that pg_is_alive() says so.
 */
#include "common/pg.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"

#define PG_STATEMENTS_MAX 64

struct pg {
	PGconn *conn; /* NULL once it was lost or given up */
	/* Prepared statements, by the address of their text; the one at i is
	 * named "s<i>". */
	const char *statements[PG_STATEMENTS_MAX];
	int count;
	char sqlstate[6]; /* of the last ERR_DB */
	char *message;
};

static void
pg_drop(struct pg *c)
{
	PQfinish(c->conn);
	c->conn = NULL;
	c->count = 0;
}

/* false when the deadline passed first. */
static bool
pg_wait(const PGconn *conn, short events, int64_t deadline_ms)
{
	struct pollfd p = {.fd = PQsocket(conn), .events = events};
	int n;

	do
		n = poll(&p, 1, clock_left_ms(deadline_ms));
	while (n < 0 && errno == EINTR);
	return n != 0; /* an error shows when libpq uses the socket */
}

static void
pg_ignore_notice(void *arg, const PGresult *r)
{
	(void)arg;
	(void)r;
}

static enum err
pg_connect(const char *url, const char *application_name, int64_t timeout_ms,
    PGconn **out, char **why)
{
	const char *keywords[PG_OPTIONS_MAX], *values[PG_OPTIONS_MAX];
	int64_t deadline_ms = clock_mono_ms() + timeout_ms;
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;
	bool in_time = true;
	PGconn *conn;

	pg_options(url, application_name, keywords, values);
	conn = PQconnectStartParams(keywords, values, 1);
	if (conn == NULL)
		return ERR_NOMEM;
	while (PQstatus(conn) != CONNECTION_BAD && in_time &&
	    (state == PGRES_POLLING_WRITING ||
		state == PGRES_POLLING_READING)) {
		in_time = pg_wait(conn,
		    state == PGRES_POLLING_WRITING ? POLLOUT : POLLIN,
		    deadline_ms);
		if (in_time)
			state = PQconnectPoll(conn);
	}
	if (state == PGRES_POLLING_OK && PQsetnonblocking(conn, 1) == 0) {
		(void)PQsetNoticeReceiver(conn, pg_ignore_notice, NULL);
		*out = conn;
		return ERR_OK;
	}
	*why = x_strdup(in_time ? PQerrorMessage(conn) : "no answer in time");
	PQfinish(conn);
	return ERR_DB_RETRY;
}

enum err
pg_try_open(const char *url, const char *application_name, int64_t timeout_ms,
    struct pg **out, char **why)
{
	PGconn *conn;
	enum err e = pg_connect(url, application_name, timeout_ms, &conn, why);

	if (e != ERR_OK)
		return e;
	*out = x_alloc(sizeof **out);
	(*out)->conn = conn;
	(*out)->message = x_strdup("");
	return ERR_OK;
}

enum err
pg_open(const char *url, const char *application_name, int64_t timeout_ms,
    struct pg **out)
{
	static int64_t logged_ms;
	char *why = NULL;
	enum err e = pg_try_open(url, application_name, timeout_ms, out, &why);

	if (e == ERR_DB_RETRY)
		log_event_limited(&logged_ms, LOG_WARN, "db_connect_failed",
		    "error", why, NULL);
	mem_free(why);
	return e;
}

void
pg_close(struct pg *c)
{
	if (c == NULL)
		return;
	pg_drop(c);
	mem_free(c->message);
	mem_free(c);
}

bool
pg_is_alive(struct pg *c)
{
	char byte;
	ssize_t n;

	/* What lies in the socket of an idle connection is a notice, or the
	 * server's farewell with the end of the stream behind it. */
	for (int i = 0; i < 2 && PQstatus(c->conn) == CONNECTION_OK; i++) {
		n = recv(PQsocket(c->conn), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0 || PQconsumeInput(c->conn) == 0)
			return false;
	}
	return PQstatus(c->conn) == CONNECTION_OK;
}

/* Sends all that libpq holds, and reads meanwhile, as the server may wait for
 * us to. ERR_OK, ERR_TIMEOUT, or ERR_DB_UNSURE when the connection broke. */
static enum err
pg_flush(struct pg *c, int64_t deadline_ms)
{
	int left;

	while ((left = PQflush(c->conn)) > 0) {
		if (!pg_wait(c->conn, POLLIN | POLLOUT, deadline_ms))
			return ERR_TIMEOUT;
		if (PQconsumeInput(c->conn) == 0)
			return ERR_DB_UNSURE;
	}
	return left == 0 ? ERR_OK : ERR_DB_UNSURE;
}

/* The first failed result of what was sent, else the last one. */
static enum err
pg_collect(struct pg *c, int64_t deadline_ms, PGresult **out)
{
	enum err e = pg_flush(c, deadline_ms);
	PGresult *last = NULL, *r;
	const char *why;

	while (e == ERR_OK) {
		if (PQisBusy(c->conn) != 0) {
			if (!pg_wait(c->conn, POLLIN, deadline_ms))
				e = ERR_TIMEOUT;
			else if (PQconsumeInput(c->conn) == 0)
				e = ERR_DB_UNSURE;
			continue;
		}
		r = PQgetResult(c->conn);
		if (r == NULL)
			break;
		if (PQresultStatus(r) == PGRES_COPY_IN ||
		    PQresultStatus(r) == PGRES_COPY_OUT)
			e = ERR_DB_UNSURE; /* we speak no COPY */
		if (last != NULL && PQresultStatus(last) == PGRES_FATAL_ERROR) {
			PQclear(r);
			continue;
		}
		PQclear(last);
		last = r;
	}
	if (e == ERR_OK && (last == NULL || PQstatus(c->conn) != CONNECTION_OK))
		e = ERR_DB_UNSURE;
	if (e == ERR_OK) {
		*out = last;
		return ERR_OK;
	}
	why = e == ERR_TIMEOUT ? "no answer in time" : PQerrorMessage(c->conn);
	log_event(LOG_WARN, "db_lost", "error",
	    *why != '\0' ? why : "unexpected answer", NULL);
	PQclear(last);
	pg_drop(c);
	return e;
}

/* What a failed result means for the caller; closes what must not be used
 * again. */
static enum err
pg_judge(struct pg *c, const PGresult *r)
{
	const char *sqlstate = pg_field(r, PG_DIAG_SQLSTATE);
	const char *message = pg_field(r, PG_DIAG_MESSAGE_PRIMARY);
	enum pg_class class = pg_classify(sqlstate);
	enum err e = ERR_DB;

	if (PQresultStatus(r) == PGRES_COMMAND_OK ||
	    PQresultStatus(r) == PGRES_TUPLES_OK ||
	    PQresultStatus(r) == PGRES_EMPTY_QUERY)
		return ERR_OK;
	if (class == PG_CLASS_RETRY || pg_is_stale_plan(r) ||
	    strcmp(sqlstate, "25006") == 0)
		e = ERR_DB_RETRY;
	else if (class == PG_CLASS_LOST)
		e = ERR_DB_UNSURE;
	log_event(e == ERR_DB ? LOG_ERR : LOG_WARN, "db_refused", "sqlstate",
	    sqlstate, "error", message, NULL);
	if (e == ERR_DB) {
		(void)snprintf(c->sqlstate, sizeof c->sqlstate, "%s", sqlstate);
		mem_free(c->message);
		c->message = x_strdup(message);
	} else if (class != PG_CLASS_RETRY) {
		pg_drop(c);
	}
	return e;
}

/* The number of the prepared statement. Nothing was done if this fails, so
 * every way a connection breaks is ERR_DB_RETRY. */
static enum err
pg_prepare(struct pg *c, const char *sql, int64_t deadline_ms, int *out)
{
	PGresult *r = NULL;
	char name[16];
	enum err e;

	for (int i = 0; i < c->count; i++) {
		if (c->statements[i] == sql) {
			*out = i;
			return ERR_OK;
		}
	}
	assert(c->count < PG_STATEMENTS_MAX);
	(void)snprintf(name, sizeof name, "s%d", c->count);
	if (PQsendPrepare(c->conn, name, sql, 0, NULL) == 0) {
		pg_drop(c);
		return ERR_DB_RETRY;
	}
	e = pg_collect(c, deadline_ms, &r);
	if (e == ERR_OK)
		e = pg_judge(c, r);
	PQclear(r);
	if (e != ERR_OK)
		return e == ERR_DB ? ERR_DB : ERR_DB_RETRY;
	*out = c->count;
	c->statements[c->count++] = sql;
	return ERR_OK;
}

enum err
pg_query(struct pg *c, const char *sql, int n, const char *const *values,
    int64_t timeout_ms, PGresult **out)
{
	int64_t deadline_ms = clock_mono_ms() + timeout_ms;
	PGresult *r = NULL;
	char name[16];
	int number = 0;
	enum err e;

	/* Found out before it is sent, a dead connection leaves no doubt. */
	if (!pg_is_alive(c)) {
		pg_drop(c);
		return ERR_DB_RETRY;
	}
	e = pg_prepare(c, sql, deadline_ms, &number);
	if (e != ERR_OK)
		return e;
	(void)snprintf(name, sizeof name, "s%d", number);
	if (PQsendQueryPrepared(c->conn, name, n, values, NULL, NULL, 0) == 0) {
		pg_drop(c);
		return ERR_DB_RETRY;
	}
	e = pg_collect(c, deadline_ms, &r);
	if (e == ERR_OK)
		e = pg_judge(c, r);
	if (e != ERR_OK) {
		PQclear(r);
		return e;
	}
	*out = r;
	return ERR_OK;
}

/*
 * A statement of its own, and not an option of the connection: a pooler refuses
 * options that it does not know. Nor is a late statement cancelled from here,
 * since PQcancel() connects anew, and blocks, to a server that just did not
 * answer.
 */
enum err
pg_limit(struct pg *c, int64_t limit_ms, int64_t timeout_ms)
{
	const char *const values[] = {log_num(limit_ms)};
	PGresult *r = NULL;
	enum err e = pg_query(c,
	    "SELECT set_config('statement_timeout', $1, false)", 1, values,
	    timeout_ms, &r);

	PQclear(r);
	return e;
}

enum err
pg_script(struct pg *c, const char *sql, int64_t timeout_ms, char **message)
{
	int64_t deadline_ms = clock_mono_ms() + timeout_ms;
	PGresult *r = NULL;
	enum err e;

	if (!pg_is_alive(c) || PQsendQuery(c->conn, sql) == 0) {
		pg_drop(c);
		return ERR_DB_RETRY;
	}
	e = pg_collect(c, deadline_ms, &r);
	if (e == ERR_OK)
		e = pg_judge(c, r);
	if (e == ERR_DB)
		*message = x_strdup(PQresultErrorMessage(r));
	PQclear(r);
	return e;
}

const char *
pg_sqlstate(const struct pg *c)
{
	return c->sqlstate;
}

const char *
pg_message(const struct pg *c)
{
	return c->message;
}
