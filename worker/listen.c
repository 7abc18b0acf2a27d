#include "worker/listen.h"

#include <stdbool.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/pg.h"
#include "worker/pgconn.h"

#define CHECK_MS 5000
#define STATEMENT_MS 5000

static const char listen_ready_sql[] = "LISTEN job_ready";
static const char listen_cancel_sql[] = "LISTEN job_cancel";
static const char listen_check_sql[] =
    "SELECT count(*) = 2 AS is_whole FROM pg_listening_channels() c"
    " WHERE c IN ('job_ready', 'job_cancel')";

struct listen {
	struct pgconn *conn;
	struct listen_events events;
	uv_timer_t timer;
	bool is_checking;
	int64_t logged_ms;
};

static void
listen_ignore(void *ctx, enum err e, const PGresult *res)
{
	(void)ctx; /* a failure shows at the next check */
	(void)e;
	(void)res;
}

static void
listen_on_listening(void *ctx, enum err e, const PGresult *res)
{
	struct listen *l = ctx;

	(void)res;
	/* Only now: a job that came before would wait for the poll. */
	if (e == ERR_OK)
		l->events.on_ready(l->events.ctx);
}

static void
listen_register(struct listen *l)
{
	(void)pgconn_send(l->conn, PGQUERY_ONCE, listen_cancel_sql, 0, NULL,
	    STATEMENT_MS, listen_ignore, l);
	(void)pgconn_send(l->conn, PGQUERY_ONCE, listen_ready_sql, 0, NULL,
	    STATEMENT_MS, listen_on_listening, l);
}

static void
listen_on_up(void *ctx)
{
	listen_register(ctx);
}

static void
listen_on_notify(void *ctx, const char *channel, const char *payload)
{
	struct listen *l = ctx;

	if (strcmp(channel, "job_cancel") == 0)
		l->events.on_cancel(l->events.ctx, payload);
	else
		l->events.on_ready(l->events.ctx);
}

static void
listen_on_checked(void *ctx, enum err e, const PGresult *res)
{
	struct listen *l = ctx;

	l->is_checking = false;
	if (e != ERR_OK || pg_bool(res, 0, "is_whole"))
		return;
	log_event_limited(&l->logged_ms, LOG_WARN, "listen_lost", "advice",
	    "LISTEN needs a direct connection: see [database] listen_url",
	    NULL);
	listen_register(l);
}

static void
listen_on_timer(uv_timer_t *timer)
{
	struct listen *l = timer->data;

	if (l->is_checking || !pgconn_is_up(l->conn))
		return;
	l->is_checking = true;
	(void)pgconn_send(l->conn, PGQUERY_ONCE, listen_check_sql, 0, NULL,
	    STATEMENT_MS, listen_on_checked, l);
}

struct listen *
listen_new(uv_loop_t *loop, const struct conf *conf,
    const struct listen_events *events)
{
	struct listen *l = x_alloc(sizeof *l);
	const struct pgconn_events conn_events = {
	    .on_up = listen_on_up,
	    .on_notify = listen_on_notify,
	    .ctx = l,
	};

	l->events = *events;
	l->conn = pgconn_new(loop, conf, conf_listen_url(conf),
	    "coatcheck-worker listen", &conn_events);
	(void)uv_timer_init(loop, &l->timer);
	l->timer.data = l;
	(void)uv_timer_start(&l->timer, listen_on_timer, CHECK_MS, CHECK_MS);
	return l;
}

static void
listen_closed(uv_handle_t *h)
{
	mem_free(h->data);
}

void
listen_close(struct listen *l)
{
	if (l == NULL)
		return;
	pgconn_close(l->conn);
	uv_close((uv_handle_t *)&l->timer, listen_closed);
}
