#include "worker/lease.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/mem.h"
#include "common/pg.h"
#include "worker/tokens.h"

static const char lease_sql[] =
    "SELECT job_id, token FROM coatcheck.heartbeat($1, $2, $3)";

struct leases {
	struct pgconn *control;
	const struct attempts *attempts;
	const struct settle *settle;
	int64_t lease_ms, timeout_ms;
	void (*on_lost)(void *ctx, struct attempt *a);
	void *ctx;
	uv_timer_t timer;
	bool is_busy;
	unsigned beat;      /* number of the heartbeat under way */
	int64_t last_token; /* newest that it asked for */
};

/* Tokens grow, so an attempt with a newer one came after the question. */
static struct attempt *
leases_find_lost(const struct leases *l)
{
	struct attempt *a;

	TAILQ_FOREACH (a, &l->attempts->list, link)
		if (a->beat != l->beat && a->job.token <= l->last_token)
			return a;
	return NULL;
}

static void
leases_on_beat(void *ctx, enum err e, const PGresult *res)
{
	struct leases *l = ctx;
	struct attempt *a;

	l->is_busy = false;
	if (e != ERR_OK)
		return; /* the next one tells */
	for (int row = 0; row < PQntuples(res); row++) {
		a = attempts_find(l->attempts, pg_str(res, row, "job_id"));
		if (a != NULL && a->job.token == pg_int(res, row, "token"))
			a->beat = l->beat;
	}
	while ((a = leases_find_lost(l)) != NULL)
		l->on_lost(l->ctx, a);
}

void
leases_renew(struct leases *l)
{
	const struct attempt *a;
	struct tokens tokens;
	const char *values[3];
	char lease[24];

	if (l->is_busy || !pgconn_is_up(l->control))
		return;
	tokens_init(&tokens);
	settle_add_tokens(l->settle, &tokens);
	l->beat++;
	l->last_token = 0;
	TAILQ_FOREACH (a, &l->attempts->list, link) {
		tokens_add(&tokens, &a->id, a->job.token);
		if (a->job.token > l->last_token)
			l->last_token = a->job.token;
	}
	(void)snprintf(lease, sizeof lease, "%" PRId64, l->lease_ms);
	values[2] = lease;
	l->is_busy = tokens_end(&tokens, values);
	if (l->is_busy)
		(void)pgconn_send(l->control, PGQUERY_ONCE, lease_sql, 3,
		    values, l->timeout_ms, leases_on_beat, l);
	tokens_release(&tokens);
}

static void
leases_on_timer(uv_timer_t *timer)
{
	leases_renew(timer->data);
}

struct leases *
leases_new(uv_loop_t *loop, struct pgconn *control,
    const struct attempts *attempts, const struct settle *settle,
    int64_t lease_ms, int64_t heartbeat_ms, int64_t timeout_ms,
    void (*on_lost)(void *ctx, struct attempt *a), void *ctx)
{
	struct leases *l = x_alloc(sizeof *l);

	l->control = control;
	l->attempts = attempts;
	l->settle = settle;
	l->lease_ms = lease_ms;
	l->timeout_ms = timeout_ms;
	l->on_lost = on_lost;
	l->ctx = ctx;
	(void)uv_timer_init(loop, &l->timer);
	l->timer.data = l;
	(void)uv_timer_start(&l->timer, leases_on_timer, (uint64_t)heartbeat_ms,
	    (uint64_t)heartbeat_ms);
	return l;
}

static void
leases_closed(uv_handle_t *h)
{
	mem_free(h->data);
}

void
leases_close(struct leases *l)
{
	uv_close((uv_handle_t *)&l->timer, leases_closed);
}
