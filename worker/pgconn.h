/*
 * One asynchronous PostgreSQL connection on the loop. It connects by itself,
 * and again after every loss, for ever, with backoff and jitter (0.1 s to 5 s)
 * and without spinning. Statements wait in a queue and go one at a time; every
 * statement ends in exactly one callback unless it is cancelled. One thing
 * blocks: libpq looks up the names of hosts in one piece.
 */
#ifndef WORKER_PGCONN_H
#define WORKER_PGCONN_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>
#include <uv.h>

#include "common/attrs.h"
#include "common/conf.h"
#include "common/err.h"

struct pgconn;
struct pgquery;

/* res is NULL unless e is ERR_OK; borrowed, cleared after the callback.
 *   ERR_BAD_INPUT  refused for its data; logged with its SQLSTATE
 *   ERR_DB         refused for another reason; logged likewise
 *   ERR_DB_RETRY   not done: the connection is away, the server asked for
 *                  another try, or a repeatable one got no answer in time
 *   ERR_DB_UNSURE  the connection broke after the statement was sent */
typedef void (*pgquery_fn)(void *ctx, enum err e, const PGresult *res);

struct pgconn_events {
	void (*on_up)(void *ctx); /* connected: before any queued statement */
	void (*on_notify)(void *ctx, const char *channel, const char *payload);
	void *ctx;
};

/* conf and url must outlive the connection. events and its members may be NULL.
 * The server ends each statement a bit before [database] statement_timeout. */
struct pgconn *pgconn_new(uv_loop_t *loop, const struct conf *conf,
    const char *url, const char *application_name,
    const struct pgconn_events *events);

/* Closes at once; statements that wait are dropped without a callback. The
 * memory goes when the loop has closed the handles. */
void pgconn_close(struct pgconn *c);

bool pgconn_is_up(const struct pgconn *c);
int pgconn_load(const struct pgconn *c); /* statements waiting or under way */

enum pgquery_kind {
	PGQUERY_ONCE,      /* fails when the connection is lost */
	PGQUERY_REPEATABLE /* changes nothing: sent again after a loss */
};

/*
 * Queues a statement with n text parameters, which are copied. sql must be a
 * literal: it is prepared once a connection by its address. timeout_ms counts
 * from the moment it is sent; past it the connection is dropped. A statement
 * given while the connection is away waits for it if it is repeatable and
 * otherwise fails with ERR_DB_RETRY on the next turn of the loop.
 */
struct pgquery *pgconn_send(struct pgconn *c, enum pgquery_kind kind,
    const char *sql, int n, const char *const *values, int64_t timeout_ms,
    pgquery_fn done, void *ctx);

/* The callback will not come; the statement itself may still run. */
void pgquery_cancel(struct pgquery *q);

/* A few connections as one: each statement goes to the least loaded. */
struct pgpool;
struct pgpool *pgpool_new(uv_loop_t *loop, const struct conf *conf,
    const char *url, const char *application_name, int size);
void pgpool_close(struct pgpool *p);
struct pgquery *pgpool_send(struct pgpool *p, enum pgquery_kind kind,
    const char *sql, int n, const char *const *values, int64_t timeout_ms,
    pgquery_fn done, void *ctx);

#endif
