#include "worker/flight.h"

#include <assert.h>
#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/conf.h"
#include "common/json.h"
#include "common/log.h"
#include "common/mem.h"
#include "worker/backoff.h"
#include "worker/tokens.h"

#define RETRY_MS 1000
#define RETRY_MAX_MS 300000
#define CANCELS 64
#define MESSAGE_MAX 200

struct flight {
	struct flight_setup setup;
	/* The last that were cancelled and were not here: the word of it may
	 * come before the rows of the claim that took them. */
	struct uuid cancels[CANCELS];
	unsigned cancels_n;
	struct attempts attempts;
	uv_timer_t timer; /* the earliest deadline, or a bit before */
};

static void
flight_log(enum log_level level, const char *event, const struct attempt *a)
{
	log_event(level, event, "job", a->id.text, "attempt",
	    log_num(a->job.attempt), "type", a->type, NULL);
}

static struct attempt *
flight_of(struct job *job)
{
	return (struct attempt *)job; /* its first member */
}

/* The attempt is over: o goes to the database, the rest goes away. */
static void
flight_land(struct attempt *a, struct outcome *takes)
{
	struct flight *f = a->flight;

	takes->job_id = a->id;
	takes->token = a->job.token;
	takes->attempt = a->job.attempt;
	takes->run_ms = clock_mono_ms() - a->started_ms;
	if (takes->kind == OUTCOME_COMPLETED && a->handler != NULL)
		runtimes_note(
		    f->setup.runtimes, a->handler->type, takes->run_ms);
	settle_add(f->setup.settle, takes);
	attempts_remove(&f->attempts, a);
	f->setup.on_landed(f->setup.ctx);
}

void
job_complete(struct job *job, json_object *result, json_object *effects)
{
	flight_land(flight_of(job), outcome_completed(result, effects));
}

void
job_retry(struct job *job, const char *error, const char *code,
    const char *detail, int64_t retry_after_ms, json_object *effects)
{
	uint32_t random = backoff_random();
	int64_t delay_ms = retry_after_ms >= 0
	    ? backoff_after_ms(retry_after_ms, random)
	    : backoff_ms(job->attempt, RETRY_MS, RETRY_MAX_MS, random);

	flight_land(flight_of(job),
	    outcome_failed(
		OUTCOME_RETRY, error, code, detail, delay_ms, effects));
}

void
job_fail(struct job *job, const char *error, const char *code,
    const char *detail, json_object *effects)
{
	flight_land(flight_of(job),
	    outcome_failed(OUTCOME_FAILED, error, code, detail, 0, effects));
}

/* Nothing may call back into the job after this. */
static void
flight_cut(struct attempt *a)
{
	const struct handler *handler = a->handler;

	a->handler = NULL;
	if (handler != NULL)
		handler->cancel(&a->job);
}

static void
flight_drop(struct flight *f, struct attempt *a)
{
	flight_cut(a);
	attempts_remove(&f->attempts, a);
	f->setup.on_landed(f->setup.ctx);
}

static void flight_on_deadline(uv_timer_t *timer);

/* A timer that is active is early enough: deadlines only grow. */
static void
flight_watch_deadlines(struct flight *f)
{
	const struct attempt *first = TAILQ_FIRST(&f->attempts.list);

	if (first == NULL || uv_is_active((const uv_handle_t *)&f->timer) != 0)
		return;
	(void)uv_timer_start(&f->timer, flight_on_deadline,
	    (uint64_t)clock_left_ms(first->job.deadline_ms) + 1, 0);
}

static void
flight_on_deadline(uv_timer_t *timer)
{
	struct flight *f = timer->data;
	int64_t now_ms = clock_mono_ms();
	struct attempt *a;

	while ((a = TAILQ_FIRST(&f->attempts.list)) != NULL &&
	    a->job.deadline_ms <= now_ms) {
		flight_cut(a);
		job_retry(&a->job, "The work took too long.", "attempt_timeout",
		    NULL, -1, NULL);
	}
	flight_watch_deadlines(f);
}

static const struct handler *
flight_find_handler(const struct flight *f, const char *type)
{
	for (size_t i = 0; i < f->setup.handler_count; i++)
		if (strcmp(f->setup.handlers[i].type, type) == 0)
			return &f->setup.handlers[i];
	return NULL;
}

static struct attempt *
flight_add(struct flight *f, const struct claim_row *row, int64_t sent_ms)
{
	struct attempt *a = attempts_find(&f->attempts, row->job_id.text);

	/* Swept and claimed again before a heartbeat told us: the old attempt
	 * of the same job is void. */
	if (a != NULL)
		flight_lose(f, a);
	a = attempts_add(&f->attempts, &row->job_id, &row->user_id,
	    row->has_session ? &row->session_id : NULL, row->type);

	a->flight = f;
	a->started_ms = clock_mono_ms();
	a->job.token = row->token;
	a->job.attempt = row->attempt;
	a->job.max_attempts = row->max_attempts;
	a->job.deadline_ms = sent_ms + f->setup.conf->worker.deadline_ms;
	a->job.services = f->setup.services;
	flight_log(LOG_INFO, "claimed", a);
	return a;
}

static void
flight_fail_unknown(struct attempt *a)
{
	struct buf message;

	buf_init(&message, MESSAGE_MAX);
	buf_printf(&message, "Unknown job type: %s", a->type);
	job_fail(&a->job, buf_str(&message), "unknown_type", NULL, NULL);
	buf_release(&message);
}

static bool
flight_was_cancelled(struct flight *f, const struct attempt *a)
{
	for (size_t i = 0; i < CANCELS; i++)
		if (strcmp(f->cancels[i].text, a->id.text) == 0) {
			f->cancels[i].text[0] = '\0';
			return true;
		}
	return false;
}

void
flight_start(struct flight *f, const struct claim_row *row, int64_t sent_ms)
{
	struct attempt *a = flight_add(f, row, sent_ms);
	const struct handler *handler = flight_find_handler(f, a->type);
	const char *why;

	flight_watch_deadlines(f);
	if (flight_was_cancelled(f, a)) {
		flight_cancel(f, a->id.text);
	} else if (handler == NULL) {
		flight_fail_unknown(a);
	} else if (json_parse(row->payload, row->payload_len, &a->job.payload,
		       &why) != ERR_OK) {
		job_fail(&a->job, "The job's payload cannot be read.",
		    "bad_payload", why, NULL);
	} else {
		a->handler = handler;
		handler->start(&a->job); /* may end it: a is gone */
	}
}

void
flight_hold(struct flight *f, const struct claim_row *row)
{
	(void)flight_add(f, row, clock_mono_ms());
}

void
flight_cancel(struct flight *f, const char *job_id)
{
	struct attempt *a = attempts_find(&f->attempts, job_id);

	if (a != NULL) {
		flight_log(LOG_INFO, "cancelled", a);
		flight_drop(f, a);
	} else if (uuid_parse(job_id, strlen(job_id),
		       &f->cancels[f->cancels_n % CANCELS])) {
		f->cancels_n++;
	}
}

void
flight_lose(struct flight *f, struct attempt *a)
{
	flight_log(LOG_WARN, "fenced", a);
	flight_drop(f, a);
}

static struct attempt *
flight_next_to_release(const struct flight *f, bool is_all)
{
	struct attempt *a = TAILQ_FIRST(&f->attempts.list);

	while (a != NULL && !is_all && a->handler != NULL)
		a = TAILQ_NEXT(a, link);
	return a;
}

bool
flight_release(struct flight *f, struct pgconn *control, bool is_all,
    pgquery_fn done, void *ctx)
{
	static const char sql[] = "SELECT coatcheck.release($1, $2)";
	const char *values[2];
	struct tokens tokens;
	struct attempt *a;
	bool is_some;

	tokens_init(&tokens);
	while ((a = flight_next_to_release(f, is_all)) != NULL) {
		tokens_add(&tokens, &a->id, a->job.token);
		flight_log(LOG_INFO, "released", a);
		flight_drop(f, a);
	}
	is_some = tokens_end(&tokens, values);
	if (is_some)
		(void)pgconn_send(control, PGQUERY_ONCE, sql, 2, values,
		    f->setup.conf->database.statement_timeout_ms, done, ctx);
	tokens_release(&tokens);
	return is_some;
}

const struct attempts *
flight_attempts(const struct flight *f)
{
	return &f->attempts;
}

struct flight *
flight_new(uv_loop_t *loop, const struct flight_setup *setup)
{
	struct flight *f = x_alloc(sizeof *f);

	f->setup = *setup;
	attempts_init(&f->attempts, (size_t)setup->conf->worker.in_flight_max);
	(void)uv_timer_init(loop, &f->timer);
	f->timer.data = f;
	return f;
}

static void
flight_closed(uv_handle_t *h)
{
	struct flight *f = h->data;

	attempts_release(&f->attempts);
	mem_free(f);
}

void
flight_close(struct flight *f)
{
	struct attempt *a;

	TAILQ_FOREACH (a, &f->attempts.list, link)
		flight_cut(a);
	uv_close((uv_handle_t *)&f->timer, flight_closed);
}
