#include "worker/settle.h"

#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/pg.h"
#include "worker/backoff.h"
#include "worker/turn.h"

/* One that meets a locked row keeps the connection busy for up to 2 s. */
#define BACKOFF_MS 500
#define BACKOFF_MAX_MS 10000
#define PAYLOAD_MAX 7900 /* of a NOTIFY; the server's own end is at 8000 */

static const char settle_sql[] =
    "SELECT job_id, token, verdict"
    " FROM coatcheck.settle($1, $2, $3, $4, $5, $6, $7, $8, $9)";
static const char settle_bell_sql[] = "SELECT pg_notify('job_done', $1)";

struct settle {
	struct pgconn *control;
	int64_t timeout_ms;
	void (*on_settled)(void *ctx, bool has_retries);
	void *ctx;
	struct turn turn;
	uv_timer_t timer;         /* until the first of late is due */
	int handles;              /* still to be closed */
	struct outcome_list list; /* the first `sent` are under way */
	struct outcome_list late; /* failed alone; by when to try again */
	size_t n, sent;           /* n in both lists */
	struct buf done;          /* job ids that job_done is still to name */
	bool is_ringing;
	bool has_retries; /* in the answer that is being read */
};

/* The first of late goes back in line. */
static void
settle_retry_first(struct settle *s)
{
	struct outcome *o = TAILQ_FIRST(&s->late);

	TAILQ_REMOVE(&s->late, o, link);
	TAILQ_INSERT_TAIL(&s->list, o, link);
	turn_ask(&s->turn);
}

static void settle_on_due(uv_timer_t *timer);

static void
settle_await_late(struct settle *s)
{
	const struct outcome *o = TAILQ_FIRST(&s->late);

	if (o != NULL)
		(void)uv_timer_start(&s->timer, settle_on_due,
		    (uint64_t)clock_left_ms(o->retry_ms) + 1, 0);
}

static void
settle_on_due(uv_timer_t *timer)
{
	struct settle *s = timer->data;

	settle_retry_first(s);
	settle_await_late(s);
}

/* The first of the list steps aside, so that others pass it. */
static void
settle_put_off_first(struct settle *s)
{
	struct outcome *o = TAILQ_FIRST(&s->list), *other;

	TAILQ_REMOVE(&s->list, o, link);
	o->failures++;
	o->is_suspect = true;
	o->retry_ms = clock_mono_ms() +
	    backoff_ms(
		o->failures, BACKOFF_MS, BACKOFF_MAX_MS, backoff_random());
	TAILQ_FOREACH (other, &s->late, link)
		if (other->retry_ms > o->retry_ms)
			break;
	if (other != NULL)
		TAILQ_INSERT_BEFORE(other, o, link);
	else
		TAILQ_INSERT_TAIL(&s->late, o, link);
	settle_await_late(s);
}

static void
settle_drop_first(struct settle *s)
{
	struct outcome *o = TAILQ_FIRST(&s->list);

	TAILQ_REMOVE(&s->list, o, link);
	s->n--;
	outcome_free(o);
}

static void
settle_on_rung(void *ctx, enum err e, const PGresult *res)
{
	struct settle *s = ctx;

	(void)e; /* those who wait poll as well */
	(void)res;
	s->is_ringing = false;
	turn_ask(&s->turn);
	s->on_settled(s->ctx, false);
}

static void
settle_ring(struct settle *s)
{
	const char *ids = buf_str(&s->done);

	s->is_ringing = true;
	(void)pgconn_send(s->control, PGQUERY_ONCE, settle_bell_sql, 1, &ids,
	    s->timeout_ms, settle_on_rung, s);
	buf_clear(&s->done);
}

static const struct outcome *
settle_find_sent(const struct settle *s, const PGresult *res, int row)
{
	int64_t token = pg_int(res, row, "token");
	const struct outcome *o = TAILQ_FIRST(&s->list);

	for (size_t i = 0; i < s->sent; i++, o = TAILQ_NEXT(o, link))
		if (o->token == token)
			return o;
	return NULL;
}

static void
settle_note(struct settle *s, const struct outcome *o, const char *verdict)
{
	static const struct {
		const char *verdict, *event;
		enum log_level level;
		bool is_end;
	} rows[] = {
	    {"COMPLETED", "completed", LOG_INFO, true},
	    {"FAILED", "failed", LOG_INFO, true},
	    {"RETRY", "retry", LOG_INFO, false},
	    {"CANCELLED", "cancelled", LOG_INFO, false}, /* its end was told */
	    {"LOST", "fenced", LOG_WARN, false},
	};
	size_t i = 0, last = sizeof rows / sizeof *rows - 1;

	while (i < last && strcmp(rows[i].verdict, verdict) != 0)
		i++;
	log_event(rows[i].level, rows[i].event, "job", o->job_id.text,
	    "attempt", log_num(o->attempt), "ms", log_num(o->run_ms), "code",
	    o->code, "delay_ms",
	    strcmp(verdict, "RETRY") == 0 ? log_num(o->delay_ms) : NULL, NULL);
	if (strcmp(verdict, "RETRY") == 0)
		s->has_retries = true;
	if (!rows[i].is_end)
		return;
	if (s->done.len > 0)
		buf_add_char(&s->done, ' ');
	buf_add_str(&s->done, o->job_id.text);
}

static void
settle_read_verdicts(struct settle *s, const PGresult *res)
{
	for (int row = 0; row < PQntuples(res); row++) {
		const struct outcome *o = settle_find_sent(s, res, row);
		const char *verdict = pg_str(res, row, "verdict");

		if (o != NULL && verdict != NULL)
			settle_note(s, o, verdict);
	}
}

/* One of the batch cannot be stored, or meets a lock: which one? */
static void
settle_suspect(struct settle *s)
{
	struct outcome *o = TAILQ_FIRST(&s->list);

	for (size_t i = 0; i < s->sent; i++, o = TAILQ_NEXT(o, link))
		o->is_suspect = true;
}

/* The first of the list went alone, and its data are refused. */
static void
settle_refused_first(struct settle *s)
{
	struct outcome *o = TAILQ_FIRST(&s->list);

	if (o->is_replaced) {
		log_event(LOG_ERR, "outcome_refused", "job", o->job_id.text,
		    "attempt", log_num(o->attempt), NULL);
		settle_drop_first(s); /* its lease runs out and is swept */
	} else {
		log_event(LOG_ERR, "result_unstorable", "job", o->job_id.text,
		    "attempt", log_num(o->attempt), NULL);
		outcome_replace(o);
	}
}

static void
settle_failed(struct settle *s, enum err e)
{
	if (s->sent > 1)
		settle_suspect(s);
	else if (e == ERR_BAD_INPUT)
		settle_refused_first(s);
	else
		settle_put_off_first(s);
	s->sent = 0;
	turn_ask(&s->turn);
}

static void
settle_on_done(void *ctx, enum err e, const PGresult *res)
{
	struct settle *s = ctx;

	if (e == ERR_OK) {
		settle_read_verdicts(s, res);
		for (; s->sent > 0; s->sent--)
			settle_drop_first(s);
		turn_ask(&s->turn);
	} else {
		settle_failed(s, e);
	}
	s->on_settled(s->ctx, s->has_retries);
	s->has_retries = false;
}

static void
settle_send(struct settle *s)
{
	struct outcome_arrays a;

	s->sent = outcomes_batch(&s->list);
	if (outcomes_format(&s->list, s->sent, &a) != ERR_OK) {
		settle_failed(s, ERR_BAD_INPUT); /* too large */
		return;
	}
	(void)pgconn_send(s->control, PGQUERY_ONCE, settle_sql, OUTCOME_ARRAYS,
	    (const char *const *)a.values, s->timeout_ms, settle_on_done, s);
	outcome_arrays_release(&a);
}

static void
settle_turn(void *ctx)
{
	struct settle *s = ctx;

	if (!pgconn_is_up(s->control))
		return; /* settle_resume() asks again */
	if (s->done.len > 0 && !s->is_ringing)
		settle_ring(s);
	if (s->sent == 0 && !TAILQ_EMPTY(&s->list))
		settle_send(s);
}

struct settle *
settle_new(uv_loop_t *loop, struct pgconn *control, int64_t timeout_ms,
    void (*on_settled)(void *ctx, bool has_retries), void *ctx)
{
	struct settle *s = x_alloc(sizeof *s);

	s->control = control;
	s->timeout_ms = timeout_ms;
	s->on_settled = on_settled;
	s->ctx = ctx;
	TAILQ_INIT(&s->list);
	TAILQ_INIT(&s->late);
	buf_init(&s->done, PAYLOAD_MAX);
	(void)uv_timer_init(loop, &s->timer);
	s->timer.data = s;
	turn_init(&s->turn, loop, settle_turn, s);
	s->handles = 2;
	return s;
}

static void
settle_handle_closed(uv_handle_t *h)
{
	struct settle *s = h->data;

	if (--s->handles == 0)
		mem_free(s);
}

void
settle_close(struct settle *s)
{
	TAILQ_CONCAT(&s->list, &s->late, link);
	while (s->n > 0)
		settle_drop_first(s);
	buf_release(&s->done);
	uv_close((uv_handle_t *)&s->timer, settle_handle_closed);
	turn_close(&s->turn, settle_handle_closed);
}

void
settle_add(struct settle *s, struct outcome *o)
{
	TAILQ_INSERT_TAIL(&s->list, o, link);
	s->n++;
	turn_ask(&s->turn);
}

void
settle_resume(struct settle *s)
{
	(void)uv_timer_stop(&s->timer);
	while (!TAILQ_EMPTY(&s->late))
		settle_retry_first(s);
	turn_ask(&s->turn);
}

void
settle_add_tokens(const struct settle *s, struct tokens *t)
{
	const struct outcome *o;

	TAILQ_FOREACH (o, &s->list, link)
		tokens_add(t, &o->job_id, o->token);
	TAILQ_FOREACH (o, &s->late, link)
		tokens_add(t, &o->job_id, o->token);
}

size_t
settle_load(const struct settle *s)
{
	return s->n;
}

bool
settle_is_idle(const struct settle *s)
{
	return s->n == 0 && s->done.len == 0 && !s->is_ringing;
}
