/*
 * The statements are llm.admit() and llm.report(), one at a time, reports
 * first: what a call has not used is free before the next one is asked for. But
 * one that asks waits for one statement of reports at most.
 */
#include "worker/handlers/llm_gate.h"

#include <string.h>
#include <sys/queue.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/pg.h"
#include "worker/handlers/llm_gate_json.h"
#include "worker/handlers/llm_line.h"
#include "worker/handlers/llm_local.h"
#include "worker/pgconn.h"

#define LLM_REPORTS_MAX 2000 /* kept for a connection that is away */
#define LLM_TRIES_MAX 3      /* of a statement that met a lock */
/* How long calls wait for a connection before they go without. */
#define LLM_PATIENCE_MS 2000
/* Circuits open and budgets end also while a call waits for a bucket. */
#define LLM_RECHECK_MS 5000
#define LLM_RECHECK_LEAST_MS 10
#define LLM_LATE_MS 1000 /* how often deadlines are looked at */

static const char llm_admit_sql[] =
    "SELECT verdict, at, reservation, wait_ms, used_percent"
    " FROM llm.admit($1, $2) ORDER BY n";
static const char llm_report_sql[] =
    "SELECT provider, model, event, reason, for_ms FROM llm.report($1)";

struct llm_admission {
	struct llm_waiter waiter; /* first */
	struct llm_gate *gate;
	json_object *call; /* as the statement has it */
	struct llm_offer offers[LLM_PLACES_MAX];
	size_t offer_count;
	int tries;
	llm_pass_fn done; /* NULL if it was cancelled under way */
	void *ctx;
};

struct llm_gate {
	const struct conf *conf;
	struct llm_key *keys;
	size_t place_count;
	struct llm_local local[LLM_PLACES_MAX];
	struct pgconn *conn;
	uv_timer_t timer; /* for the first that waits, or for our patience */
	struct llm_waiter_list asking, sent; /* to be sent, and under way */
	struct llm_lines lines;              /* for a bucket */
	uint64_t count;                      /* of all that came */
	int64_t late_ms;                     /* when to look at deadlines */
	json_object *reports, *reporting;    /* arrays */
	unsigned of_reports, of_reporting;   /* places in them, as bits */
	bool is_busy;                        /* one of the statements runs */
	bool was_report;                     /* the last of them */
	int64_t away_ms; /* since when the connection is missed, or -1 */
	int64_t warned_day;
};

static struct llm_admission *
llm_gate_first(const struct llm_waiter_list *list)
{
	return (struct llm_admission *)TAILQ_FIRST(list);
}

/* It is asked for no longer. */
static void
llm_gate_leave(struct llm_admission *a)
{
	struct llm_gate *g = a->gate;

	if (a->waiter.list == &g->asking || a->waiter.list == &g->sent)
		g->lines.of[a->waiter.places].asked--;
	llm_waiter_move(&a->waiter, NULL);
}

static void
llm_gate_free(struct llm_admission *a)
{
	llm_gate_leave(a);
	json_object_put(a->call);
	mem_free(a);
}

/* Nobody wants it any more. */
static void
llm_gate_give_back(struct llm_admission *a, const struct llm_pass *pass)
{
	struct llm_report r = {.reservation = pass->reservation,
	    .end = LLM_END_UNSENT,
	    .retry_after_ms = -1};

	for (size_t i = 0; i < a->offer_count; i++) {
		if (a->offers[i].at == pass->at)
			r.offer = a->offers[i];
	}
	llm_gate_report(a->gate, &r);
}

/* Hands over what was decided, or lets it wait. */
static void
llm_gate_pass(struct llm_admission *a, const struct llm_pass *pass)
{
	int64_t now_ms = clock_mono_ms(), wait_ms = pass->wait_ms;
	llm_pass_fn done = a->done;
	void *ctx = a->ctx;

	if (done != NULL && pass->verdict == LLM_WAIT &&
	    now_ms + wait_ms <= a->waiter.deadline_ms) {
		if (wait_ms > LLM_RECHECK_MS)
			wait_ms = LLM_RECHECK_MS;
		if (wait_ms < LLM_RECHECK_LEAST_MS)
			wait_ms = LLM_RECHECK_LEAST_MS;
		a->waiter.due_ms = now_ms + wait_ms;
		llm_gate_leave(a);
		llm_lines_add(&a->gate->lines, &a->waiter);
		return;
	}
	if (done == NULL && pass->reservation > 0)
		llm_gate_give_back(a, pass);
	llm_gate_free(a);
	if (done != NULL)
		done(ctx, pass);
}

static void
llm_gate_pass_locally(struct llm_admission *a)
{
	struct llm_pass pass;

	llm_local_pick(
	    a->gate->local, a->offers, a->offer_count, clock_mono_ms(), &pass);
	llm_gate_pass(a, &pass);
}

static void llm_gate_go_on(struct llm_gate *g);

/* The statement was not done: those of it go again, or without the gate. */
static void
llm_gate_admit_failed(struct llm_gate *g, enum err e)
{
	struct llm_waiter *w;

	while ((w = TAILQ_LAST(&g->sent, llm_waiter_list)) != NULL) {
		struct llm_admission *a = (struct llm_admission *)w;

		if (e != ERR_DB_RETRY || a->done == NULL ||
		    ++a->tries >= LLM_TRIES_MAX) {
			llm_gate_pass_locally(a);
			continue;
		}
		llm_waiter_move_first(w, &g->asking);
	}
}

static void
llm_gate_on_admitted(void *ctx, enum err e, const PGresult *res)
{
	struct llm_gate *g = ctx;
	struct llm_admission *a;
	struct llm_pass pass;

	for (int row = 0; e == ERR_OK && row < PQntuples(res) &&
	     (a = llm_gate_first(&g->sent)) != NULL;
	     row++) {
		llm_gate_read_pass(res, row, &pass);
		llm_gate_log_budget(res, row, &g->warned_day);
		llm_gate_pass(a, &pass);
	}
	llm_gate_admit_failed(g, e);
	g->is_busy = false;
	llm_gate_go_on(g);
}

static void
llm_gate_on_reported(void *ctx, enum err e, const PGresult *res)
{
	struct llm_gate *g = ctx;

	for (int row = 0; e == ERR_OK && row < PQntuples(res); row++)
		llm_gate_log_circuit(res, row);
	/* What was not done is sent again; what may have been done is not:
	 * at worst its reservations run out and count as spent. */
	if (e == ERR_DB_RETRY) {
		llm_gate_json_add(g->reports, g->reporting, LLM_REPORTS_MAX);
		g->of_reports |= g->of_reporting;
	} else { /* what was not used may be room for those that wait */
		llm_lines_wake(&g->lines, g->of_reporting,
		    json_object_array_length(g->reporting));
	}
	json_object_put(g->reporting);
	g->reporting = NULL;
	g->is_busy = false;
	llm_gate_go_on(g);
}

static void
llm_gate_send_reports(struct llm_gate *g)
{
	const char *values[1];

	g->reporting = g->reports;
	g->of_reporting = g->of_reports;
	g->of_reports = 0;
	g->reports = json_object_new_array();
	values[0] = json_text(g->reporting);
	g->is_busy = g->was_report = true;
	(void)pgconn_send(g->conn, PGQUERY_ONCE, llm_report_sql, 1, values,
	    g->conf->database.statement_timeout_ms, llm_gate_on_reported, g);
}

static void
llm_gate_send_asks(struct llm_gate *g)
{
	json_object *setup, *calls = json_object_new_array();
	struct llm_admission *a;
	const char *values[2];

	for (int n = 0;
	     n < LLM_FRONT && (a = llm_gate_first(&g->asking)) != NULL; n++) {
		json_object_array_add(calls, json_object_get(a->call));
		llm_waiter_move(&a->waiter, &g->sent);
	}
	for (size_t i = 0; i < g->place_count; i++)
		(void)llm_key_text(&g->keys[i]); /* for its fingerprint */
	setup = llm_gate_json_setup(g->conf, g->keys, g->place_count);
	values[0] = json_text(setup);
	values[1] = json_text(calls);
	g->is_busy = true;
	g->was_report = false;
	(void)pgconn_send(g->conn, PGQUERY_ONCE, llm_admit_sql, 2, values,
	    g->conf->database.statement_timeout_ms, llm_gate_on_admitted, g);
	json_object_put(setup);
	json_object_put(calls);
}

/* Those who cannot wait any longer. Their callbacks can give up others. */
static void
llm_gate_end_late(struct llm_gate *g, int64_t now_ms)
{
	static const struct llm_pass late = {
	    .verdict = LLM_WAIT, .wait_ms = LLM_RECHECK_MS};
	struct llm_waiter_list list = TAILQ_HEAD_INITIALIZER(list);

	g->late_ms = now_ms + LLM_LATE_MS;
	llm_lines_take_late(&g->lines, now_ms, &list);
	while (!TAILQ_EMPTY(&list))
		llm_gate_pass(llm_gate_first(&list), &late);
}

static void
llm_gate_on_timer(uv_timer_t *timer)
{
	struct llm_gate *g = timer->data;
	int64_t now_ms = clock_mono_ms();

	if (now_ms >= g->late_ms)
		llm_gate_end_late(g, now_ms);
	llm_lines_take_due(&g->lines, now_ms, &g->asking);
	if (!pgconn_is_up(g->conn) && g->away_ms >= 0 &&
	    now_ms - g->away_ms >= LLM_PATIENCE_MS) {
		while (!TAILQ_EMPTY(&g->asking))
			llm_gate_pass_locally(llm_gate_first(&g->asking));
	}
	llm_gate_go_on(g);
}

/* For whatever is due first. */
static void
llm_gate_set_timer(struct llm_gate *g)
{
	int64_t due_ms = llm_lines_due_ms(&g->lines);

	if (due_ms > g->late_ms && due_ms != INT64_MAX)
		due_ms = g->late_ms;
	if (g->away_ms >= 0 && !TAILQ_EMPTY(&g->asking) &&
	    g->away_ms + LLM_PATIENCE_MS < due_ms)
		due_ms = g->away_ms + LLM_PATIENCE_MS;
	if (due_ms == INT64_MAX)
		(void)uv_timer_stop(&g->timer);
	else
		(void)uv_timer_start(&g->timer, llm_gate_on_timer,
		    (uint64_t)clock_left_ms(due_ms), 0);
}

static void
llm_gate_go_on(struct llm_gate *g)
{
	bool is_up = pgconn_is_up(g->conn);

	if (is_up)
		g->away_ms = -1;
	else if (g->away_ms < 0)
		g->away_ms = clock_mono_ms();
	if (is_up && !g->is_busy) {
		bool is_asking = !TAILQ_EMPTY(&g->asking);

		if (json_object_array_length(g->reports) > 0 &&
		    !(is_asking && g->was_report))
			llm_gate_send_reports(g);
		else if (is_asking)
			llm_gate_send_asks(g);
	}
	llm_gate_set_timer(g);
}

static void
llm_gate_on_up(void *ctx)
{
	llm_gate_go_on(ctx);
}

struct llm_gate *
llm_gate_new(uv_loop_t *loop, const struct conf *conf, struct llm_key *keys,
    size_t place_count)
{
	struct llm_gate *g = x_alloc(sizeof *g);
	const struct pgconn_events events = {.on_up = llm_gate_on_up, .ctx = g};

	g->conf = conf;
	g->keys = keys;
	g->place_count = place_count;
	TAILQ_INIT(&g->asking);
	TAILQ_INIT(&g->sent);
	llm_lines_init(&g->lines);
	g->reports = json_object_new_array();
	g->away_ms = clock_mono_ms();
	(void)uv_timer_init(loop, &g->timer);
	g->timer.data = g;
	g->conn = pgconn_new(
	    loop, conf, conf_worker_url(conf), "coatcheck llm", &events);
	return g;
}

static void
llm_gate_on_closed(uv_handle_t *h)
{
	mem_free(h->data);
}

void
llm_gate_close(struct llm_gate *g)
{
	struct llm_admission *a;

	pgconn_close(g->conn);
	llm_lines_take_late(&g->lines, INT64_MAX, &g->asking);
	while ((a = llm_gate_first(&g->asking)) != NULL ||
	    (a = llm_gate_first(&g->sent)) != NULL)
		llm_gate_free(a);
	json_object_put(g->reports);
	json_object_put(g->reporting);
	uv_close((uv_handle_t *)&g->timer, llm_gate_on_closed);
}

struct llm_admission *
llm_gate_ask(
    struct llm_gate *g, const struct llm_ask *ask, llm_pass_fn done, void *ctx)
{
	struct llm_admission *a = x_alloc(sizeof *a);
	struct llm_waiter *w = &a->waiter;

	a->gate = g;
	a->call = llm_gate_json_ask(ask, g->keys);
	a->offer_count = ask->offer_count;
	memcpy(a->offers, ask->offers, a->offer_count * sizeof a->offers[0]);
	a->done = done;
	a->ctx = ctx;
	w->nth = g->count++;
	w->deadline_ms = ask->deadline_ms;
	for (size_t i = 0; i < ask->offer_count; i++)
		w->places |= 1U << ask->offers[i].at;
	llm_lines_join(&g->lines, w, &g->asking);
	llm_gate_go_on(g);
	return a;
}

void
llm_gate_cancel(struct llm_admission *a)
{
	if (a->waiter.list == &a->gate->sent)
		a->done = NULL;
	else
		llm_gate_free(a);
}

void
llm_gate_report(struct llm_gate *g, const struct llm_report *r)
{
	g->of_reports |= 1U << r->offer.at;
	llm_local_note(&g->local[r->offer.at], r, clock_mono_ms());
	if (json_object_array_length(g->reports) < LLM_REPORTS_MAX)
		json_object_array_add(
		    g->reports, llm_gate_json_report(r, &g->keys[r->offer.at]));
	llm_gate_go_on(g);
}
