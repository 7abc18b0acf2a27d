#include "worker/upkeep.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/pg.h"
#include "common/schema.h"
#include "worker/backoff.h"

#define BEAT_MS 5000
#define DUE_MIN_MS 50 /* what is due may be locked by somebody else */
#define NUMBER_MAX 24
#define ARRAY_MAX 16384

static const char upkeep_schema_sql[] = SCHEMA_SQL;
static const char upkeep_start_sql[] =
    "SELECT coatcheck.worker_start($1, $2, $3) AS worker_id";
static const char upkeep_stop_sql[] = "SELECT coatcheck.worker_stop($1)";
static const char upkeep_beat_sql[] =
    "SELECT coatcheck.worker_beat($1, $2, $3, $4)";
static const char upkeep_promote_sql[] =
    "SELECT promoted, next_due_ms FROM coatcheck.promote(1000)";
static const char upkeep_sweep_sql[] =
    "SELECT requeued, failed FROM coatcheck.sweep(1000)";

enum { TIMER_POLL, TIMER_DUE, TIMER_SWEEP, TIMER_BEAT, TIMERS };

struct upkeep {
	struct pgconn *control;
	const struct conf *conf;
	const struct runtimes *runtimes;
	struct upkeep_events events;
	int64_t worker_id; /* 0 until the database has given it */
	uv_timer_t timers[TIMERS];
	int handles; /* still to be closed */
	bool is_starting, is_promoting, is_sweeping, is_beating;
};

static void
upkeep_send(struct upkeep *u, const char *sql, int n, const char *const *values,
    pgquery_fn done)
{
	(void)pgconn_send(u->control, PGQUERY_ONCE, sql, n, values,
	    u->conf->database.statement_timeout_ms, done, u);
}

static bool
upkeep_may_work(const struct upkeep *u)
{
	return u->worker_id != 0 && pgconn_is_up(u->control);
}

static void upkeep_on_due(uv_timer_t *timer);

static void
upkeep_on_promoted(void *ctx, enum err e, const PGresult *res)
{
	struct upkeep *u = ctx;
	int64_t promoted, due_ms;

	u->is_promoting = false;
	if (e != ERR_OK)
		return;
	promoted = pg_int(res, 0, "promoted");
	due_ms = pg_int(res, 0, "next_due_ms");
	/* Later ones are found by the poll. */
	if (pg_str(res, 0, "next_due_ms") != NULL &&
	    due_ms < u->conf->worker.poll_ms)
		(void)uv_timer_start(&u->timers[TIMER_DUE], upkeep_on_due,
		    due_ms < DUE_MIN_MS ? DUE_MIN_MS : (uint64_t)due_ms + 1, 0);
	if (promoted > 0)
		u->events.on_ready(u->events.ctx);
}

static void
upkeep_promote(struct upkeep *u)
{
	if (u->is_promoting || !upkeep_may_work(u))
		return;
	u->is_promoting = true;
	upkeep_send(u, upkeep_promote_sql, 0, NULL, upkeep_on_promoted);
}

static void
upkeep_on_due(uv_timer_t *timer)
{
	upkeep_promote(timer->data);
}

static void
upkeep_on_poll(uv_timer_t *timer)
{
	struct upkeep *u = timer->data;

	(void)uv_timer_start(timer, upkeep_on_poll,
	    (uint64_t)backoff_period_ms(
		u->conf->worker.poll_ms, backoff_random()),
	    0);
	if (pgconn_is_up(u->control))
		upkeep_resume(u);
	u->events.on_poll(u->events.ctx);
}

static void
upkeep_on_swept(void *ctx, enum err e, const PGresult *res)
{
	struct upkeep *u = ctx;
	int64_t requeued, failed;

	u->is_sweeping = false;
	if (e != ERR_OK)
		return;
	requeued = pg_int(res, 0, "requeued");
	failed = pg_int(res, 0, "failed");
	if (requeued > 0 || failed > 0)
		log_event(LOG_WARN, "swept", "requeued", log_num(requeued),
		    "failed", log_num(failed), NULL);
	if (requeued > 0)
		u->events.on_ready(u->events.ctx);
}

static void
upkeep_on_sweep(uv_timer_t *timer)
{
	struct upkeep *u = timer->data;

	if (u->is_sweeping || !upkeep_may_work(u))
		return;
	u->is_sweeping = true;
	upkeep_send(u, upkeep_sweep_sql, 0, NULL, upkeep_on_swept);
}

static void
upkeep_on_beaten(void *ctx, enum err e, const PGresult *res)
{
	struct upkeep *u = ctx;

	(void)e; /* the next one comes soon */
	(void)res;
	u->is_beating = false;
}

static void
upkeep_on_beat(uv_timer_t *timer)
{
	struct upkeep *u = timer->data;
	char worker[NUMBER_MAX], in_flight[NUMBER_MAX];
	struct buf types, run_ms;

	if (u->is_beating || !upkeep_may_work(u))
		return;
	u->is_beating = true;
	buf_init(&types, ARRAY_MAX);
	buf_init(&run_ms, ARRAY_MAX);
	runtimes_arrays(u->runtimes, &types, &run_ms);
	(void)snprintf(worker, sizeof worker, "%" PRId64, u->worker_id);
	(void)snprintf(in_flight, sizeof in_flight, "%d",
	    u->events.in_flight(u->events.ctx));

	const char *values[] = {
	    worker, in_flight, buf_str(&types), buf_str(&run_ms)};

	upkeep_send(u, upkeep_beat_sql, 4, values, upkeep_on_beaten);
	buf_release(&types);
	buf_release(&run_ms);
}

static void
upkeep_on_started(void *ctx, enum err e, const PGresult *res)
{
	struct upkeep *u = ctx;

	u->is_starting = false;
	if (e == ERR_DB)
		u->events.on_unfit(u->events.ctx);
	if (e != ERR_OK)
		return; /* the poll tries again */
	u->worker_id = pg_int(res, 0, "worker_id");
	log_event(LOG_INFO, "started", "worker", log_num(u->worker_id),
	    "version", COATCHECK_VERSION, NULL);
	u->events.on_started(u->events.ctx, u->worker_id);
	upkeep_promote(u);
}

static void
upkeep_on_schema(void *ctx, enum err e, const PGresult *res)
{
	struct upkeep *u = ctx;
	char host[256] = "", pid[NUMBER_MAX];
	const char *const values[] = {host, pid, COATCHECK_VERSION};

	if (e == ERR_DB)
		log_event(LOG_ERR, "schema_unreadable", "advice",
		    "run: coatcheck migrate", NULL);
	if (e == ERR_DB || (e == ERR_OK && schema_judge(res) != ERR_OK)) {
		u->events.on_unfit(u->events.ctx);
		return;
	}
	if (e != ERR_OK) {
		u->is_starting = false;
		return;
	}
	(void)gethostname(host, sizeof host - 1);
	(void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
	upkeep_send(u, upkeep_start_sql, 3, values, upkeep_on_started);
}

void
upkeep_resume(struct upkeep *u)
{
	if (u->worker_id != 0) {
		upkeep_promote(u);
	} else if (!u->is_starting) {
		u->is_starting = true;
		upkeep_send(u, upkeep_schema_sql, 0, NULL, upkeep_on_schema);
	}
}

static void
upkeep_on_stopped(void *ctx, enum err e, const PGresult *res)
{
	struct upkeep *u = ctx;

	(void)e; /* nobody is left to try again */
	(void)res;
	u->events.on_stopped(u->events.ctx);
}

void
upkeep_stop(struct upkeep *u)
{
	char worker[NUMBER_MAX];
	const char *values[] = {worker};

	if (!upkeep_may_work(u)) {
		u->events.on_stopped(u->events.ctx);
		return;
	}
	(void)snprintf(worker, sizeof worker, "%" PRId64, u->worker_id);
	upkeep_send(u, upkeep_stop_sql, 1, values, upkeep_on_stopped);
}

struct upkeep *
upkeep_new(uv_loop_t *loop, struct pgconn *control, const struct conf *conf,
    const struct runtimes *runtimes, const struct upkeep_events *events)
{
	struct upkeep *u = x_alloc(sizeof *u);
	uint64_t poll_ms = (uint64_t)conf->worker.poll_ms;
	uint64_t sweep_ms = (uint64_t)conf->worker.sweep_ms;

	u->control = control;
	u->conf = conf;
	u->runtimes = runtimes;
	u->events = *events;
	for (int i = 0; i < TIMERS; i++) {
		(void)uv_timer_init(loop, &u->timers[i]);
		u->timers[i].data = u;
		u->handles++;
	}
	(void)uv_timer_start(
	    &u->timers[TIMER_POLL], upkeep_on_poll, poll_ms, 0);
	(void)uv_timer_start(
	    &u->timers[TIMER_SWEEP], upkeep_on_sweep, sweep_ms, sweep_ms);
	(void)uv_timer_start(
	    &u->timers[TIMER_BEAT], upkeep_on_beat, BEAT_MS, BEAT_MS);
	return u;
}

static void
upkeep_handle_closed(uv_handle_t *h)
{
	struct upkeep *u = h->data;

	if (--u->handles == 0)
		mem_free(u);
}

void
upkeep_close(struct upkeep *u)
{
	for (int i = 0; i < TIMERS; i++)
		uv_close((uv_handle_t *)&u->timers[i], upkeep_handle_closed);
}
