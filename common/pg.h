/*
 * The blocking libpq wrapper of the front end and the command line. Parameters
 * only, never SQL text from data. Every wait has a deadline: libpq is used
 * non-blocking with poll(2), so a silent server costs a timeout and not a
 * thread. The worker has its own asynchronous connection (worker/pgconn.h) and
 * takes only the pure parts from here.
 */
#ifndef COMMON_PG_H
#define COMMON_PG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "common/attrs.h"
#include "common/err.h"

/* What to do about a failed statement, from its SQLSTATE. */
enum pg_class {
	PG_CLASS_OK,
	/* The same statement may succeed: 40001, 40P01, 55P03, 57014, 53xxx. */
	PG_CLASS_RETRY,
	/* Connect again first: 08xxx, 57P01..57P03, 25006, 40003, or no
	 * SQLSTATE at all. */
	PG_CLASS_LOST,
	/* It will be refused again: all others. */
	PG_CLASS_REFUSED
};
enum pg_class pg_classify(const char *sqlstate);

/* One of PG_DIAG_* of a failed result, "" if it has none. */
const char *pg_field(const PGresult *r, int field);

/* Has the prepared statement gone stale, as under a migration, and not what it
 * asks for? On another connection it is prepared anew. */
bool pg_is_stale_plan(const PGresult *r);

struct pg; /* one connection */

/*
 * Options common to every connection of the project: application_name,
 * keepalives and tcp_user_timeout, which url may override, and client_encoding
 * UTF8, which it may not. Writes at most PG_OPTIONS_MAX keywords and values,
 * NULL-terminated, for PQconnectStartParams() with expand_dbname.
 */
#define PG_OPTIONS_MAX 16
void pg_options(const char *url, const char *application_name,
    const char *keywords[PG_OPTIONS_MAX], const char *values[PG_OPTIONS_MAX]);

/* Connects within timeout_ms, but for the time that looking up a host name
 * takes, which libpq does in one piece. ERR_DB_RETRY if the server is away or
 * refuses now (logged, at most once a second), ERR_NOMEM. */
MUST_CHECK enum err pg_open(const char *url, const char *application_name,
    int64_t timeout_ms, struct pg **out);
/* The same without a line in the log: on ERR_DB_RETRY *why (mem_free) is the
 * reason. */
MUST_CHECK enum err pg_try_open(const char *url, const char *application_name,
    int64_t timeout_ms, struct pg **out, char **why);
void pg_close(struct pg *c);    /* NULL is allowed */
bool pg_is_alive(struct pg *c); /* never waits */

/* From now on the server ends a statement that runs for longer than limit_ms,
 * with 57014, and undoes it. Errors as pg_query. */
MUST_CHECK enum err pg_limit(
    struct pg *c, int64_t limit_ms, int64_t timeout_ms);

/*
 * Runs one statement with text parameters (NULL = SQL NULL) and hands the
 * result to the caller (PQclear). A statement text is prepared on first use by
 * its address, so sql must be a string literal or static.
 *
 * ERR_DB_RETRY   nothing was done, and another try may do it; the connection
 *                may have been closed, which pg_is_alive() tells
 * ERR_DB_UNSURE  the connection broke after the statement was sent: it may or
 *                may not have committed; look before trying again; closed
 * ERR_TIMEOUT    as ERR_DB_UNSURE, after timeout_ms; the connection is closed,
 *                but the server may go on with the statement: see pg_limit()
 * ERR_DB         refused; logged with its SQLSTATE
 */
MUST_CHECK enum err pg_query(struct pg *c, const char *sql, int n,
    const char *const *values, int64_t timeout_ms, PGresult **out);

/* Runs a script of statements without parameters, such as a migration file.
 * *message (mem_free) is the server's text on ERR_DB. */
MUST_CHECK enum err pg_script(
    struct pg *c, const char *sql, int64_t timeout_ms, char **message);

/* SQLSTATE of the last ERR_DB of this connection, "" if none. */
const char *pg_sqlstate(const struct pg *c);
/* The server's own message of the last ERR_DB: for logs and for the command
 * line, never for an HTTP client. */
const char *pg_message(const struct pg *c);

/* Cells. pg_str gives NULL for SQL NULL. */
const char *pg_str(const PGresult *r, int row, const char *column);
int64_t pg_int(const PGresult *r, int row, const char *column); /* 0 if NULL */
bool pg_bool(const PGresult *r, int row, const char *column);

/* Appends url as keywords and values, with *** for what is secret in it. */
struct buf;
void pg_print_url(struct buf *b, const char *url);

/* A PostgreSQL array literal of n texts, into b: {"a","b",NULL}. */
void pg_array(struct buf *b, const char *const *values, size_t n);

#endif
