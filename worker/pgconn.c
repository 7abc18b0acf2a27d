/*
 * The connection itself: connecting, losing it and connecting again, and the
 * traffic of the one statement under way. The queue of statements and how they
 * end is in pgquery.c. Callbacks of statements that fail without a result come
 * from a turn of their own, so nothing here is entered twice; one that ends
 * with a result may close or use the connection as it likes.
 *
 * libpq may close its socket and open another one with the same number in any
 * PQconnectPoll(), so the handle is stopped before each.
 */
#include "worker/pgconn.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/pg.h"
#include "worker/backoff.h"
#include "worker/pgconn_inner.h"

#define PGCONN_BACKOFF_MS 100
#define PGCONN_BACKOFF_MAX_MS 5000
/* One that connects but then fails at once waits 0.2 to 0.4 s. */
#define PGCONN_FAILURES_UP 2
/* For each of a list of hosts at least: longer than tcp_user_timeout, so that
 * libpq itself gives up one that cannot be reached and goes on to the next. */
#define PGCONN_LIST_MS 15000

/* A server that we gave up waiting for must not go on, holding its locks, and
 * commit one day. Set by a statement, as a pooler in between may refuse an
 * option at connection start that it does not know. */
static const char pgconn_limit_sql[] =
    "SELECT set_config('statement_timeout', $1, false)";

static void
pgconn_handle_closed(uv_handle_t *h)
{
	struct pgconn *c = h->data;

	if (--c->handles > 0)
		return;
	mem_free(c->prepared);
	mem_free(c);
}

static void
pgconn_free_poll(uv_handle_t *h)
{
	mem_free(h);
}

static void
pgconn_unwatch(struct pgconn *c)
{
	if (c->poll == NULL)
		return;
	(void)uv_poll_stop(c->poll);
	uv_close((uv_handle_t *)c->poll, pgconn_free_poll);
	c->poll = NULL;
}

static void pgconn_on_poll(uv_poll_t *poll, int status, int events);

/* Events are 0 while the handle is stopped. */
static void
pgconn_watch(struct pgconn *c, int events)
{
	int fd = PQsocket(c->pg);

	if (c->poll != NULL && c->fd != fd)
		pgconn_unwatch(c);
	if (c->poll == NULL) {
		c->poll = x_alloc(sizeof *c->poll);
		c->poll->data = c;
		c->fd = fd;
		c->events = 0;
		if (uv_poll_init(c->loop, c->poll, fd) != 0) {
			mem_free(c->poll);
			c->poll = NULL;
			pgconn_lost(c, "its socket cannot be watched");
			return;
		}
	}
	if (c->events != events)
		(void)uv_poll_start(c->poll, events, pgconn_on_poll);
	c->events = events;
}

void
pgconn_lost(struct pgconn *c, const char *why)
{
	log_event_limited(&c->logged_ms, LOG_WARN, "db_lost", "connection",
	    c->application_name, "error", why, NULL);
	pgconn_unwatch(c);
	pgquery_orphan(c);
	PQfinish(c->pg);
	c->pg = NULL;
	c->prepared_n = 0;
	c->state = PGCONN_AWAY;
	c->failures++;
	(void)uv_timer_start(&c->timer, pgconn_on_timer,
	    (uint64_t)backoff_ms(c->failures, PGCONN_BACKOFF_MS,
		PGCONN_BACKOFF_MAX_MS, backoff_random()),
	    0);
	turn_ask(&c->turn);
}

static void
pgconn_ignore_notice(void *arg, const PGresult *r)
{
	(void)arg;
	(void)r;
}

static void
pgconn_on_limited(void *ctx, enum err e, const PGresult *res)
{
	struct pgconn *c = ctx;

	(void)res;
	/* All is forgiven when a statement of somebody's succeeds. */
	if (e == ERR_OK)
		c->failures = PGCONN_FAILURES_UP;
}

/* A bit before our own patience ends, so that its word still reaches us. */
static void
pgconn_limit(struct pgconn *c)
{
	int64_t timeout_ms = c->conf->database.statement_timeout_ms;
	char limit[24];
	const char *const values[] = {limit};

	(void)snprintf(
	    limit, sizeof limit, "%" PRId64, timeout_ms - timeout_ms / 10);
	(void)pgconn_send(c, PGQUERY_ONCE, pgconn_limit_sql, 1, values,
	    timeout_ms, pgconn_on_limited, c);
}

static void
pgconn_up(struct pgconn *c)
{
	(void)uv_timer_stop(&c->timer);
	if (PQsetnonblocking(c->pg, 1) != 0) {
		pgconn_lost(c, PQerrorMessage(c->pg));
		return;
	}
	(void)PQsetNoticeReceiver(c->pg, pgconn_ignore_notice, NULL);
	c->state = PGCONN_IDLE;
	log_event(LOG_INFO, "db_up", "connection", c->application_name, NULL);
	pgconn_watch(c, UV_READABLE);
	if (pgconn_is_up(c))
		pgconn_limit(c);
	if (c->events_fn.on_up != NULL && pgconn_is_up(c))
		c->events_fn.on_up(c->events_fn.ctx);
	if (pgconn_is_up(c))
		pgquery_unpark(c);
}

/* The patience with a host begins anew with each. */
static void
pgconn_await(struct pgconn *c, int events)
{
	const char *host = PQhost(
	    c->pg); /* of libpq's list: one address each */

	if (host != c->host)
		(void)uv_timer_start(
		    &c->timer, pgconn_on_timer, (uint64_t)c->connect_ms, 0);
	c->host = host;
	pgconn_watch(c, events);
}

static void
pgconn_step(struct pgconn *c)
{
	if (c->poll != NULL)
		(void)uv_poll_stop(c->poll);
	c->events = 0;
	switch (PQconnectPoll(c->pg)) {
	case PGRES_POLLING_OK:
		pgconn_up(c);
		break;
	case PGRES_POLLING_READING:
		pgconn_await(c, UV_READABLE);
		break;
	case PGRES_POLLING_WRITING:
		pgconn_await(c, UV_WRITABLE);
		break;
	case PGRES_POLLING_FAILED:
	case PGRES_POLLING_ACTIVE:
		pgconn_lost(c, PQerrorMessage(c->pg));
		break;
	}
}

static void
pgconn_connect(struct pgconn *c)
{
	const char *keywords[PG_OPTIONS_MAX], *values[PG_OPTIONS_MAX];

	pg_options(c->url, c->application_name, keywords, values);
	c->pg = PQconnectStartParams(keywords, values, 1);
	c->state = PGCONN_CONNECTING;
	if (c->pg == NULL || PQstatus(c->pg) == CONNECTION_BAD) {
		pgconn_lost(
		    c, c->pg != NULL ? PQerrorMessage(c->pg) : "no memory");
		return;
	}
	c->host = NULL;
	pgconn_await(c, UV_WRITABLE);
}

void
pgconn_on_timer(uv_timer_t *timer)
{
	struct pgconn *c = timer->data;

	switch (c->state) {
	case PGCONN_AWAY:
		pgconn_connect(c);
		break;
	case PGCONN_CONNECTING:
		pgconn_lost(c, "no connection in time");
		break;
	case PGCONN_PREPARING:
	case PGCONN_BUSY:
		c->is_late = true;
		pgconn_lost(c, "no answer in time");
		break;
	case PGCONN_IDLE:
	case PGCONN_CLOSED:
		break;
	}
}

/* Hands libpq's output to the kernel, and waits for room if there is none. */
void
pgconn_flush(struct pgconn *c)
{
	int left = PQflush(c->pg);

	if (left < 0)
		pgconn_lost(c, PQerrorMessage(c->pg));
	else
		pgconn_watch(
		    c, left > 0 ? UV_READABLE | UV_WRITABLE : UV_READABLE);
}

static void
pgconn_read_notifies(struct pgconn *c)
{
	PGnotify *n;

	while (pgconn_is_up(c) && (n = PQnotifies(c->pg)) != NULL) {
		if (c->events_fn.on_notify != NULL)
			c->events_fn.on_notify(
			    c->events_fn.ctx, n->relname, n->extra);
		PQfreemem(n);
	}
}

static void
pgconn_on_poll(uv_poll_t *poll, int status, int events)
{
	struct pgconn *c = poll->data;
	bool is_broken;

	(void)events;
	if (c->state == PGCONN_CONNECTING) {
		pgconn_step(c);
		return;
	}
	/* What came before the end of the stream still counts. After an error
	 * libuv has stopped the handle, though libpq may not have met it. */
	is_broken = PQconsumeInput(c->pg) == 0 || status < 0;
	pgquery_read(c);
	pgconn_read_notifies(c);
	if (!pgconn_is_up(c))
		return;
	if (is_broken || PQstatus(c->pg) != CONNECTION_OK)
		pgconn_lost(c, PQerrorMessage(c->pg));
	else
		pgconn_flush(c);
}

static void
pgconn_turn(void *ctx)
{
	pgquery_fail_orphans(ctx);
}

struct pgconn *
pgconn_new(uv_loop_t *loop, const struct conf *conf, const char *url,
    const char *application_name, const struct pgconn_events *events)
{
	struct pgconn *c = x_alloc(sizeof *c);

	c->loop = loop;
	c->conf = conf;
	c->url = url;
	c->connect_ms = conf->database.connect_timeout_ms;
	if (strchr(url, ',') != NULL && c->connect_ms < PGCONN_LIST_MS)
		c->connect_ms = PGCONN_LIST_MS;
	c->application_name = application_name;
	if (events != NULL)
		c->events_fn = *events;
	TAILQ_INIT(&c->queue);
	TAILQ_INIT(&c->parked);
	TAILQ_INIT(&c->orphans);
	(void)uv_timer_init(loop, &c->timer);
	c->timer.data = c;
	turn_init(&c->turn, loop, pgconn_turn, c);
	c->handles = 2;
	(void)uv_timer_start(&c->timer, pgconn_on_timer, 0, 0);
	return c;
}

void
pgconn_close(struct pgconn *c)
{
	if (c == NULL)
		return;
	pgconn_unwatch(c);
	PQfinish(c->pg);
	c->pg = NULL;
	c->state = PGCONN_CLOSED;
	pgquery_drop_all(c);
	uv_close((uv_handle_t *)&c->timer, pgconn_handle_closed);
	turn_close(&c->turn, pgconn_handle_closed);
}

bool
pgconn_is_up(const struct pgconn *c)
{
	return c->state == PGCONN_IDLE || c->state == PGCONN_PREPARING ||
	    c->state == PGCONN_BUSY;
}
