#include "worker/pump.h"

#include "common/clock.h"
#include "common/mem.h"
#include "worker/turn.h"

/* Enough to hide a round trip; more would take work from idle workers. */
#define CLAIM_MAX 100

struct pump {
	struct pgconn *control;
	const struct conf *conf;
	struct pump_events events;
	struct turn turn;
	char *types;
	struct cursors cursors;
	unsigned claims;
	int64_t worker_id;
	int64_t sent_ms; /* of the claim under way */
	int limit;       /* of it */
	bool is_running, is_always_wide;
	bool is_busy, is_busy_wide;        /* the claim under way */
	bool is_woken, is_wide_due;        /* the next one */
	bool was_full, was_wide_and_empty; /* the last one */
};

static void
pump_on_claimed(void *ctx, enum err e, const PGresult *res)
{
	struct pump *p = ctx;
	struct claim_row row;
	int n = e == ERR_OK ? PQntuples(res) : 0;

	/* After a failure the next poll or connection wakes us: no spinning. */
	p->is_busy = false;
	p->was_full = n == p->limit;
	p->was_wide_and_empty = e == ERR_OK && n == 0 && p->is_busy_wide;
	cursors_begin(&p->cursors);
	for (int i = 0; i < n; i++) {
		claim_read(res, i, &row);
		cursors_learn(&p->cursors, row.type_id, row.priority, row.seq);
		p->events.on_job(p->events.ctx, &row, p->sent_ms);
	}
	turn_ask(&p->turn);
	p->events.on_claimed(p->events.ctx);
}

static void
pump_claim(struct pump *p, size_t places)
{
	bool is_wide = p->is_wide_due || p->is_always_wide;
	const struct claim claim = {
	    .worker_id = p->worker_id,
	    .types = p->types,
	    .limit = places < CLAIM_MAX ? (int)places : CLAIM_MAX,
	    .turn = p->claims++,
	    .lease_ms = p->conf->worker.lease_ms,
	    .deadline_ms = p->conf->worker.deadline_ms + PUMP_DEADLINE_GRACE_MS,
	    .cursors = is_wide ? NULL : &p->cursors,
	    .timeout_ms = p->conf->database.statement_timeout_ms,
	};

	p->is_busy = true;
	p->is_busy_wide = is_wide;
	p->is_woken = p->is_wide_due = false;
	p->limit = claim.limit;
	p->sent_ms = clock_mono_ms();
	claim_send(p->control, &claim, pump_on_claimed, p);
}

static void
pump_turn(void *ctx)
{
	struct pump *p = ctx;
	size_t places;

	if (!p->is_running || p->is_busy || !pgconn_is_up(p->control))
		return;
	places = p->events.places(p->events.ctx);
	if (places > 0 && (p->is_woken || p->is_wide_due || p->was_full))
		pump_claim(p, places);
}

struct pump *
pump_new(uv_loop_t *loop, struct pgconn *control, const struct conf *conf,
    bool is_wide, const struct pump_events *events)
{
	struct pump *p = x_alloc(sizeof *p);

	p->control = control;
	p->conf = conf;
	p->is_always_wide = is_wide;
	p->events = *events;
	p->types = claim_types(conf->worker.types);
	turn_init(&p->turn, loop, pump_turn, p);
	return p;
}

static void
pump_closed(uv_handle_t *h)
{
	struct pump *p = h->data;

	mem_free(p->types);
	mem_free(p);
}

void
pump_close(struct pump *p)
{
	turn_close(&p->turn, pump_closed);
}

void
pump_start(struct pump *p, int64_t worker_id)
{
	p->worker_id = worker_id;
	p->is_running = true;
	pump_widen(p);
}

void
pump_stop(struct pump *p)
{
	p->is_running = false;
}

void
pump_wake(struct pump *p)
{
	p->is_woken = true;
	turn_ask(&p->turn);
}

void
pump_widen(struct pump *p)
{
	p->is_wide_due = true;
	turn_ask(&p->turn);
}

void
pump_look(struct pump *p)
{
	if (p->is_woken || p->is_wide_due || p->was_full)
		turn_ask(&p->turn);
}

bool
pump_is_busy(const struct pump *p)
{
	return p->is_busy;
}

bool
pump_is_dry(const struct pump *p)
{
	return !p->is_busy && !p->is_woken && !p->is_wide_due &&
	    p->was_wide_and_empty;
}
