/* A stack of idle connections under one lock; the newest is taken first. */
#include "fcgi/pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/schema.h"

#define POOL_MAX 64
#define POOL_PROBE_MS 500

struct pool {
	const struct conf *conf;
	pthread_mutex_t lock;
	pthread_cond_t given;
	struct pg *idle[POOL_MAX];
	int idle_count;
	int open_count; /* idle, in use or being opened */
	/* Why the last attempt to connect failed; ERR_OK if it did not. */
	enum err failed;
	bool is_probing;
	int64_t probe_at_ms;
	bool schema_fits; /* once seen, for good: migrations only widen */
};

struct pool *
pool_new(const struct conf *conf)
{
	struct pool *p = x_alloc(sizeof *p);
	pthread_condattr_t attr;

	p->conf = conf;
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&p->given, &attr);
	(void)pthread_condattr_destroy(&attr);
	return p;
}

void
pool_free(struct pool *p)
{
	if (p == NULL)
		return;
	pool_close_idle(p);
	(void)pthread_cond_destroy(&p->given);
	(void)pthread_mutex_destroy(&p->lock);
	mem_free(p);
}

void
pool_close_idle(struct pool *p)
{
	(void)pthread_mutex_lock(&p->lock);
	while (p->idle_count > 0) {
		pg_close(p->idle[--p->idle_count]);
		p->open_count--;
	}
	(void)pthread_mutex_unlock(&p->lock);
}

static enum err
pool_connect(
    struct pool *p, bool check_schema, int64_t deadline_ms, struct pg **out)
{
	int64_t timeout_ms = p->conf->database.connect_timeout_ms;
	/* Its "undone" must be on the way before a caller has waited enough. */
	int64_t limit_ms = p->conf->database.statement_timeout_ms / 10 * 9;
	struct pg *c;
	enum err e;

	if (timeout_ms > clock_left_ms(deadline_ms))
		timeout_ms = clock_left_ms(deadline_ms);
	e = pg_open(conf_web_url(p->conf), "coatcheck-web", timeout_ms, &c);
	if (e != ERR_OK)
		return e;
	e = pg_limit(c, limit_ms, clock_left_ms(deadline_ms));
	if (e == ERR_OK && check_schema)
		e = schema_check(c, clock_left_ms(deadline_ms));
	if (e != ERR_OK) {
		pg_close(c);
		return e == ERR_BAD_INPUT ? e : ERR_DB_RETRY;
	}
	*out = c;
	return ERR_OK;
}

/* Called and returns with the lock held; the slot is counted already. */
static enum err
pool_open(struct pool *p, int64_t deadline_ms, struct pg **out)
{
	bool check_schema = !p->schema_fits;
	enum err e;

	p->is_probing = true;
	(void)pthread_mutex_unlock(&p->lock);
	e = pool_connect(p, check_schema, deadline_ms, out);
	(void)pthread_mutex_lock(&p->lock);
	p->is_probing = false;
	p->failed = e;
	if (e == ERR_OK) {
		p->schema_fits = true;
	} else {
		p->open_count--;
		p->probe_at_ms = clock_mono_ms() + POOL_PROBE_MS;
		(void)pthread_cond_broadcast(&p->given);
	}
	return e;
}

static bool
pool_wait(struct pool *p, int64_t deadline_ms)
{
	struct timespec until = {.tv_sec = deadline_ms / 1000,
	    .tv_nsec = deadline_ms % 1000 * 1000000};

	return pthread_cond_timedwait(&p->given, &p->lock, &until) == 0;
}

enum err
pool_take(struct pool *p, int64_t deadline_ms, struct pg **out)
{
	enum err e = ERR_STOPPED; /* not decided yet */

	(void)pthread_mutex_lock(&p->lock);
	while (e == ERR_STOPPED) {
		if (p->idle_count > 0) {
			struct pg *c = p->idle[--p->idle_count];

			if (pg_is_alive(c)) {
				*out = c;
				e = ERR_OK;
			} else {
				pg_close(c);
				p->open_count--;
			}
		} else if (p->failed != ERR_OK &&
		    (p->is_probing || clock_mono_ms() < p->probe_at_ms)) {
			e = p->failed;
		} else if (p->open_count < (int)p->conf->web.connections) {
			p->open_count++;
			e = pool_open(p, deadline_ms, out);
		} else if (!pool_wait(p, deadline_ms)) {
			e = ERR_BUSY;
		}
	}
	(void)pthread_mutex_unlock(&p->lock);
	return e;
}

void
pool_give(struct pool *p, struct pg *c)
{
	bool is_alive = pg_is_alive(c);

	if (!is_alive)
		pg_close(c);
	(void)pthread_mutex_lock(&p->lock);
	if (is_alive)
		p->idle[p->idle_count++] = c;
	else
		p->open_count--;
	(void)pthread_cond_signal(&p->given);
	(void)pthread_mutex_unlock(&p->lock);
}
