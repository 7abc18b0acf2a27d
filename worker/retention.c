#include "worker/retention.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/pg.h"

#define LOOK_MS (60 * 1000)
#define FIRST_LOOK_MS 1000
/* Deleted in some tens of milliseconds, between which others get their turn. */
#define BATCH 500
#define PAUSE_MS 50

static const char retention_sql[] = "SELECT coatcheck.expire($1, 500) AS gone";

struct retention {
	struct pgpool *pool;
	const struct conf *conf;
	struct pgquery *query; /* while one is under way */
	uv_timer_t timer;
	int64_t gone; /* since there was last nothing to do */
};

static void retention_on_timer(uv_timer_t *timer);

static void
retention_on_expired(void *ctx, enum err e, const PGresult *res)
{
	struct retention *r = ctx;
	int64_t gone = e == ERR_OK ? pg_int(res, 0, "gone") : 0;
	bool is_more = gone == BATCH;

	r->query = NULL;
	r->gone += gone;
	if (!is_more && r->gone > 0) {
		log_event(LOG_INFO, "expired", "jobs", log_num(r->gone), NULL);
		r->gone = 0;
	}
	(void)uv_timer_start(
	    &r->timer, retention_on_timer, is_more ? PAUSE_MS : LOOK_MS, 0);
}

static void
retention_on_timer(uv_timer_t *timer)
{
	struct retention *r = timer->data;
	char age[24];
	const char *values[] = {age};

	(void)snprintf(
	    age, sizeof age, "%" PRId64, r->conf->worker.retention_ms);
	r->query = pgpool_send(r->pool, PGQUERY_ONCE, retention_sql, 1, values,
	    r->conf->database.statement_timeout_ms, retention_on_expired, r);
}

struct retention *
retention_new(uv_loop_t *loop, struct pgpool *pool, const struct conf *conf)
{
	struct retention *r;

	if (conf->worker.retention_ms == 0)
		return NULL;
	r = x_alloc(sizeof *r);
	r->pool = pool;
	r->conf = conf;
	(void)uv_timer_init(loop, &r->timer);
	r->timer.data = r;
	(void)uv_timer_start(&r->timer, retention_on_timer, FIRST_LOOK_MS, 0);
	uv_unref((uv_handle_t *)&r->timer);
	return r;
}

static void
retention_closed(uv_handle_t *h)
{
	mem_free(h->data);
}

void
retention_close(struct retention *r)
{
	if (r == NULL)
		return;
	if (r->query != NULL)
		pgquery_cancel(r->query);
	uv_close((uv_handle_t *)&r->timer, retention_closed);
}
