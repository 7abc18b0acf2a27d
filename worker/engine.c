#include "worker/engine.h"

#include "common/log.h"
#include "common/mem.h"
#include "worker/flight.h"
#include "worker/lease.h"
#include "worker/listen.h"
#include "worker/pgconn.h"
#include "worker/pump.h"
#include "worker/retention.h"
#include "worker/settle.h"
#include "worker/transfer.h"
#include "worker/turn.h"
#include "worker/upkeep.h"

#define READS 2
/* For handing back and saying goodbye; then the leases have to run out. */
#define GOODBYE_MS 3000

enum engine_stage {
	ENGINE_RUNNING,
	ENGINE_DRAINING,  /* claims no more, lets jobs end */
	ENGINE_RELEASING, /* nothing runs; the last outcomes are stored */
	ENGINE_LEAVING,   /* says goodbye to the database */
	ENGINE_CLOSED
};

struct engine {
	const struct conf *conf;
	struct engine_options options;
	enum engine_stage stage;
	int exit_code;
	bool is_started; /* has its worker id */
	int releases;    /* statements under way */
	struct services services;
	struct runtimes runtimes;
	struct pgconn *control;
	struct listen *listen; /* NULL if switched off */
	struct settle *settle;
	struct flight *flight;
	struct leases *leases;
	struct pump *pump;
	struct upkeep *upkeep;
	struct retention *retention; /* NULL if jobs are kept for ever */
	struct turn turn;
	uv_timer_t timer; /* ends the stage if nothing else does */
};

static void
engine_ignore_close(uv_handle_t *h)
{
	(void)h; /* the engine outlives the loop */
}

static void
engine_close(struct engine *e)
{
	if (e->stage == ENGINE_CLOSED)
		return;
	e->stage = ENGINE_CLOSED;
	flight_close(e->flight);
	retention_close(e->retention);
	upkeep_close(e->upkeep);
	pump_close(e->pump);
	leases_close(e->leases);
	settle_close(e->settle);
	listen_close(e->listen);
	pgconn_close(e->control);
	pgpool_close(e->services.reads);
	transfers_close(e->services.transfers);
	e->options.close_shared(e->services.shared);
	turn_close(&e->turn, engine_ignore_close);
	uv_close((uv_handle_t *)&e->timer, engine_ignore_close);
	log_event(LOG_INFO, "stopped", NULL);
}

static void engine_on_timer(uv_timer_t *timer);

static void
engine_enter(struct engine *e, enum engine_stage stage, int64_t timeout_ms)
{
	e->stage = stage;
	(void)uv_timer_start(
	    &e->timer, engine_on_timer, (uint64_t)timeout_ms, 0);
	turn_ask(&e->turn);
}

static void
engine_on_released(void *ctx, enum err e, const PGresult *res)
{
	struct engine *engine = ctx;

	(void)e; /* leases that were not handed back run out */
	(void)res;
	engine->releases--;
	turn_ask(&engine->turn);
}

static void
engine_release(struct engine *e, bool is_all)
{
	if (flight_release(
		e->flight, e->control, is_all, engine_on_released, e))
		e->releases++;
}

static void
engine_on_timer(uv_timer_t *timer)
{
	struct engine *e = timer->data;

	switch (e->stage) {
	case ENGINE_RUNNING:
		if (!e->is_started)
			e->exit_code = EXIT_FAIL; /* never got to work */
		engine_stop(e);
		break;
	case ENGINE_DRAINING:
		engine_release(e, true);
		engine_enter(e, ENGINE_RELEASING, GOODBYE_MS);
		break;
	case ENGINE_RELEASING:
	case ENGINE_LEAVING:
		log_event(LOG_WARN, "stopped_unsettled", "outcomes",
		    log_num((int64_t)settle_load(e->settle)), NULL);
		engine_close(e);
		break;
	case ENGINE_CLOSED:
		break;
	}
}

void
engine_stop(struct engine *e)
{
	if (e->stage == ENGINE_RUNNING) {
		log_event(LOG_INFO, "draining", "in_flight",
		    log_num((int64_t)flight_attempts(e->flight)->n), NULL);
		pump_stop(e->pump);
		engine_enter(e, ENGINE_DRAINING, e->conf->worker.drain_ms);
	} else if (e->stage == ENGINE_DRAINING) {
		engine_on_timer(&e->timer);
	}
}

/* Looks whether the stage is over. */
static void
engine_turn(void *ctx)
{
	struct engine *e = ctx;
	bool is_idle = flight_attempts(e->flight)->n == 0 &&
	    settle_is_idle(e->settle) && e->releases == 0;

	switch (e->stage) {
	case ENGINE_RUNNING:
		if (is_idle && e->options.is_once && pump_is_dry(e->pump))
			engine_stop(e);
		break;
	case ENGINE_DRAINING:
	case ENGINE_RELEASING:
		if (!is_idle || pump_is_busy(e->pump))
			break;
		engine_enter(e, ENGINE_LEAVING, GOODBYE_MS);
		upkeep_stop(e->upkeep);
		break;
	case ENGINE_LEAVING:
	case ENGINE_CLOSED:
		break;
	}
}

static size_t
engine_places(void *ctx)
{
	const struct engine *e = ctx;
	size_t taken = flight_attempts(e->flight)->n + settle_load(e->settle);
	size_t all = (size_t)e->conf->worker.in_flight_max;

	return taken < all ? all - taken : 0;
}

static void
engine_on_job(void *ctx, const struct claim_row *row, int64_t sent_ms)
{
	struct engine *e = ctx;

	if (e->stage == ENGINE_RUNNING)
		flight_start(e->flight, row, sent_ms);
	else
		flight_hold(e->flight, row);
}

static void
engine_on_claimed(void *ctx)
{
	struct engine *e = ctx;

	if (e->stage != ENGINE_RUNNING)
		engine_release(e, false);
	turn_ask(&e->turn);
}

static void
engine_on_landed(void *ctx)
{
	struct engine *e = ctx;

	pump_look(e->pump);
	turn_ask(&e->turn);
}

static void
engine_on_settled(void *ctx, bool has_retries)
{
	struct engine *e = ctx;

	if (has_retries)
		upkeep_resume(e->upkeep); /* they may be due before the poll */
	if (e->options.is_once)
		pump_wake(e->pump); /* was that the last one? */
	engine_on_landed(e);
}

static void
engine_on_lost(void *ctx, struct attempt *a)
{
	struct engine *e = ctx;

	flight_lose(e->flight, a);
}

static void
engine_on_ready(void *ctx)
{
	struct engine *e = ctx;

	pump_wake(e->pump);
}

static void
engine_on_cancel(void *ctx, const char *job_id)
{
	struct engine *e = ctx;

	flight_cancel(e->flight, job_id);
}

static void
engine_on_started(void *ctx, int64_t worker_id)
{
	struct engine *e = ctx;

	e->is_started = true;
	if (e->stage != ENGINE_RUNNING)
		return;
	if (e->options.for_ms == 0)
		(void)uv_timer_stop(&e->timer);
	pump_start(e->pump, worker_id);
}

static void
engine_on_unfit(void *ctx)
{
	struct engine *e = ctx;

	e->exit_code = EXIT_CONFIG;
	engine_close(e);
}

static void
engine_on_poll(void *ctx)
{
	struct engine *e = ctx;

	pump_widen(e->pump);
}

static void
engine_on_stopped(void *ctx)
{
	engine_close(ctx);
}

static int
engine_in_flight(void *ctx)
{
	const struct engine *e = ctx;

	return (int)flight_attempts(e->flight)->n;
}

static void
engine_on_up(void *ctx)
{
	struct engine *e = ctx;

	upkeep_resume(e->upkeep);
	leases_renew(e->leases);
	settle_resume(e->settle);
	pump_widen(e->pump);
}

static void
engine_connect(struct engine *e, uv_loop_t *loop)
{
	const struct pgconn_events control = {
	    .on_up = engine_on_up,
	    .ctx = e,
	};
	const struct listen_events listen = {
	    .on_ready = engine_on_ready,
	    .on_cancel = engine_on_cancel,
	    .ctx = e,
	};

	e->control = pgconn_new(loop, e->conf, conf_worker_url(e->conf),
	    "coatcheck-worker control", &control);
	e->services.reads = pgpool_new(loop, e->conf, conf_worker_url(e->conf),
	    "coatcheck-worker reads", READS);
	if (e->conf->worker.listen)
		e->listen = listen_new(loop, e->conf, &listen);
}

static void
engine_build(struct engine *e, uv_loop_t *loop)
{
	const struct conf *conf = e->conf;
	const struct pump_events pump = {
	    .places = engine_places,
	    .on_job = engine_on_job,
	    .on_claimed = engine_on_claimed,
	    .ctx = e,
	};
	const struct upkeep_events upkeep = {
	    .on_started = engine_on_started,
	    .on_unfit = engine_on_unfit,
	    .on_poll = engine_on_poll,
	    .on_ready = engine_on_ready,
	    .on_stopped = engine_on_stopped,
	    .in_flight = engine_in_flight,
	    .ctx = e,
	};

	e->settle = settle_new(loop, e->control,
	    conf->database.statement_timeout_ms, engine_on_settled, e);
	const struct flight_setup flight = {
	    .conf = conf,
	    .handlers = e->options.handlers,
	    .handler_count = e->options.handler_count,
	    .services = &e->services,
	    .settle = e->settle,
	    .runtimes = &e->runtimes,
	    .on_landed = engine_on_landed,
	    .ctx = e,
	};
	e->flight = flight_new(loop, &flight);
	e->leases = leases_new(loop, e->control, flight_attempts(e->flight),
	    e->settle, conf->worker.lease_ms, conf->worker.heartbeat_ms,
	    conf->database.statement_timeout_ms, engine_on_lost, e);
	e->pump = pump_new(loop, e->control, conf, e->options.is_once, &pump);
	e->retention = retention_new(loop, e->services.reads, conf);
	e->upkeep = upkeep_new(loop, e->control, conf, &e->runtimes, &upkeep);
}

struct engine *
engine_new(uv_loop_t *loop, const struct conf *conf,
    const struct engine_options *options)
{
	struct engine *e = x_alloc(sizeof *e);

	e->services.conf = conf;
	e->services.shared = options->shared;
	e->services.transfers = transfers_new(loop);
	if (e->services.transfers == NULL) {
		mem_free(e);
		return NULL;
	}
	e->conf = conf;
	e->options = *options;
	turn_init(&e->turn, loop, engine_turn, e);
	(void)uv_timer_init(loop, &e->timer);
	e->timer.data = e;
	engine_connect(e, loop);
	engine_build(e, loop);
	if (options->for_ms > 0)
		engine_enter(e, ENGINE_RUNNING, options->for_ms);
	else if (options->is_once) /* who started us waits for the end */
		engine_enter(
		    e, ENGINE_RUNNING, conf->database.connect_timeout_ms);
	return e;
}

int
engine_free(struct engine *e)
{
	int exit_code = e->exit_code;

	mem_free(e);
	return exit_code;
}
