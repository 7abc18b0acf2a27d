/*
 * The statements of a connection: queued, prepared on first use, sent one at a
 * time, and each ended by one callback.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/pg.h"
#include "worker/pgconn_inner.h"

struct pgquery {
	TAILQ_ENTRY(pgquery) link;
	struct pgconn *conn;
	struct pgquery_list *list; /* NULL once its callback runs */
	enum pgquery_kind kind;
	enum err e; /* of an orphan */
	int64_t timeout_ms;
	const char *sql;
	pgquery_fn done; /* NULL once cancelled */
	void *ctx;
	int n;
	const char *values[]; /* then their texts */
};

static void
pgquery_move(struct pgquery *q, struct pgquery_list *to)
{
	if (q->list != NULL)
		TAILQ_REMOVE(q->list, q, link);
	q->list = to;
	if (to != NULL)
		TAILQ_INSERT_TAIL(to, q, link);
}

static bool
pgquery_is_on_wire(const struct pgquery *q)
{
	const struct pgconn *c = q->conn;

	return (c->state == PGCONN_PREPARING || c->state == PGCONN_BUSY) &&
	    TAILQ_FIRST(&c->queue) == q;
}

static struct pgquery *
pgquery_new(const char *sql, int n, const char *const *values)
{
	size_t head = sizeof(struct pgquery) + (size_t)n * sizeof(char *);
	size_t size = head;
	struct pgquery *q;
	char *text;

	for (int i = 0; i < n; i++)
		size += values[i] != NULL ? strlen(values[i]) + 1 : 0;
	q = x_alloc(size);
	q->sql = sql;
	q->n = n;
	text = (char *)q + head;
	for (int i = 0; i < n; i++) {
		size_t len;

		if (values[i] == NULL)
			continue;
		len = strlen(values[i]) + 1;
		memcpy(text, values[i], len);
		q->values[i] = text;
		text += len;
	}
	return q;
}

/* Ends the statement; its memory goes with it. */
static void
pgquery_end(struct pgquery *q, enum err e, const PGresult *res)
{
	q->conn->load--;
	pgquery_move(q, NULL);
	if (q->done != NULL)
		q->done(q->ctx, e, res);
	mem_free(q);
}

static int
pgquery_prepared(const struct pgconn *c, const char *sql)
{
	int i = 0;

	while (i < c->prepared_n && c->prepared[i] != sql)
		i++;
	return i;
}

/* Sends the first of the queue if nothing is under way. */
static void
pgquery_next(struct pgconn *c)
{
	struct pgquery *q = TAILQ_FIRST(&c->queue);
	char name[16];
	int i, sent;

	if (c->state != PGCONN_IDLE || q == NULL)
		return;
	i = pgquery_prepared(c, q->sql);
	(void)snprintf(name, sizeof name, "s%d", i);
	if (i == c->prepared_n) {
		sent = PQsendPrepare(c->pg, name, q->sql, 0, NULL);
		c->state = PGCONN_PREPARING;
	} else {
		sent = PQsendQueryPrepared(
		    c->pg, name, q->n, q->values, NULL, NULL, 0);
		c->state = PGCONN_BUSY;
	}
	if (sent == 0) {
		c->state = PGCONN_IDLE; /* nothing is on the wire */
		pgconn_lost(c, PQerrorMessage(c->pg));
		return;
	}
	(void)uv_timer_start(
	    &c->timer, pgconn_on_timer, (uint64_t)q->timeout_ms, 0);
	pgconn_flush(c);
}

/* Data that does not fit, a constraint, or a limit of the program: the same
 * values will be refused by any server. */
static bool
pgquery_is_of_data(const char *sqlstate)
{
	return strncmp(sqlstate, "22", 2) == 0 ||
	    strncmp(sqlstate, "23", 2) == 0 || strncmp(sqlstate, "54", 2) == 0;
}

/* *is_lost: the statement was not done, or may not be, and the connection is of
 * no more use. */
static enum err
pgquery_judge(struct pgconn *c, const PGresult *r, bool *is_lost)
{
	const char *sqlstate = pg_field(r, PG_DIAG_SQLSTATE);
	enum pg_class class = pg_classify(sqlstate);
	ExecStatusType status = PQresultStatus(r);
	bool is_refused = class == PG_CLASS_REFUSED;

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return ERR_OK;
	if (is_refused && pg_is_stale_plan(r)) {
		*is_lost = true;
		is_refused = false;
	}
	log_event(is_refused ? LOG_ERR : LOG_WARN, "db_refused", "connection",
	    c->application_name, "sqlstate", sqlstate, "error",
	    pg_field(r, PG_DIAG_MESSAGE_PRIMARY), NULL);
	if (is_refused)
		return pgquery_is_of_data(sqlstate) ? ERR_BAD_INPUT : ERR_DB;
	if (class != PG_CLASS_LOST)
		return ERR_DB_RETRY;
	*is_lost = true;
	/* A server that became a standby has done nothing. */
	return c->state == PGCONN_PREPARING || strcmp(sqlstate, "25006") == 0
	    ? ERR_DB_RETRY
	    : ERR_DB_UNSURE;
}

static void
pgquery_remember_prepared(struct pgconn *c, const char *sql)
{
	if (c->prepared_n == c->prepared_cap) {
		c->prepared_cap = c->prepared_cap * 2 + 8;
		c->prepared = x_realloc(
		    c->prepared, (size_t)c->prepared_cap, sizeof *c->prepared);
	}
	c->prepared[c->prepared_n++] = sql;
}

/* Everything of the statement under way has come. */
static void
pgquery_finish(struct pgconn *c, PGresult *takes)
{
	struct pgquery *q = TAILQ_FIRST(&c->queue);
	bool is_lost = false, was_preparing = c->state == PGCONN_PREPARING;
	enum err e = pgquery_judge(c, takes, &is_lost);

	(void)uv_timer_stop(&c->timer);
	c->state = PGCONN_IDLE;
	if (e == ERR_OK)
		c->failures = 0;
	if (e == ERR_OK && was_preparing) {
		pgquery_remember_prepared(c, q->sql);
		if (q->done == NULL) /* cancelled meanwhile */
			pgquery_end(q, ERR_OK, NULL);
	} else if (is_lost) {
		if (q->kind == PGQUERY_ONCE || q->done == NULL) {
			q->e = e;
			pgquery_move(q, &c->orphans);
		}
		pgconn_lost(c, "the server gave it up");
	} else {
		pgquery_end(q, e, e == ERR_OK ? takes : NULL);
	}
	PQclear(takes);
	pgquery_next(c);
}

void
pgquery_read(struct pgconn *c)
{
	PGresult *r;

	while ((c->state == PGCONN_PREPARING || c->state == PGCONN_BUSY) &&
	    PQisBusy(c->pg) == 0) {
		r = PQgetResult(c->pg);
		if (r == NULL) {
			r = c->result;
			c->result = NULL;
			if (r == NULL)
				pgconn_lost(c, PQerrorMessage(c->pg));
			else
				pgquery_finish(c, r);
		} else if (c->result == NULL) {
			c->result = r;
		} else {
			PQclear(r); /* the first one tells all */
		}
	}
}

void
pgquery_orphan(struct pgconn *c)
{
	bool was_busy = c->state == PGCONN_BUSY;
	bool was_on_wire = was_busy || c->state == PGCONN_PREPARING;
	struct pgquery *q;

	PQclear(c->result);
	c->result = NULL;
	while ((q = TAILQ_FIRST(&c->queue)) != NULL) {
		bool is_too_slow = was_on_wire && c->is_late;

		if (q->kind == PGQUERY_REPEATABLE && q->done != NULL &&
		    !is_too_slow) {
			pgquery_move(q, &c->parked);
		} else {
			q->e = was_busy && q->kind == PGQUERY_ONCE
			    ? ERR_DB_UNSURE
			    : ERR_DB_RETRY;
			pgquery_move(q, &c->orphans);
		}
		was_busy = was_on_wire = false; /* that was the first */
	}
	c->is_late = false;
}

void
pgquery_fail_orphans(struct pgconn *c)
{
	struct pgquery *q;
	int n = 0;

	/* Those that the callbacks add are for another turn. */
	TAILQ_FOREACH (q, &c->orphans, link)
		n++;
	while (n-- > 0 && (q = TAILQ_FIRST(&c->orphans)) != NULL)
		pgquery_end(q, q->e, NULL);
	if (!TAILQ_EMPTY(&c->orphans))
		turn_ask(&c->turn);
}

void
pgquery_unpark(struct pgconn *c)
{
	struct pgquery *q;

	while ((q = TAILQ_FIRST(&c->parked)) != NULL)
		pgquery_move(q, &c->queue);
	pgquery_next(c);
}

static void
pgquery_drop_list(struct pgquery_list *list)
{
	struct pgquery *q;

	while ((q = TAILQ_FIRST(list)) != NULL) {
		pgquery_move(q, NULL);
		mem_free(q);
	}
}

void
pgquery_drop_all(struct pgconn *c)
{
	pgquery_drop_list(&c->queue);
	pgquery_drop_list(&c->parked);
	pgquery_drop_list(&c->orphans);
	PQclear(c->result);
	c->result = NULL;
}

struct pgquery *
pgconn_send(struct pgconn *c, enum pgquery_kind kind, const char *sql, int n,
    const char *const *values, int64_t timeout_ms, pgquery_fn done, void *ctx)
{
	struct pgquery *q = pgquery_new(sql, n, values);

	assert(c->state != PGCONN_CLOSED && done != NULL && timeout_ms > 0);
	q->conn = c;
	q->kind = kind;
	q->timeout_ms = timeout_ms;
	q->done = done;
	q->ctx = ctx;
	q->e = ERR_DB_RETRY;
	c->load++;
	if (pgconn_is_up(c)) {
		pgquery_move(q, &c->queue);
		pgquery_next(c);
	} else if (kind == PGQUERY_REPEATABLE) {
		pgquery_move(q, &c->parked);
	} else {
		pgquery_move(q, &c->orphans);
		turn_ask(&c->turn);
	}
	return q;
}

void
pgquery_cancel(struct pgquery *q)
{
	q->done = NULL;
	if (q->list == NULL || pgquery_is_on_wire(q))
		return; /* its callback runs, or its answer is to be read */
	q->conn->load--;
	pgquery_move(q, NULL);
	mem_free(q);
}

int
pgconn_load(const struct pgconn *c)
{
	return c->load;
}
