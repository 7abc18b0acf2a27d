/* One flag; the thread, or the flush, turns it into a NOTIFY. */
#include "fcgi/bell.h"

#include <pthread.h>
#include <time.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/pg.h"

#define BELL_PAUSE_MS 5
/* Idle workers look by themselves that often: a later ring is of no use, and
 * would only hold up the end. */
#define BELL_TIMEOUT_MS 1000

struct bell {
	const struct db *db;
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_due, is_stopping;
	struct pg *conn; /* the thread's */
};

/* Over the thread's own connection, which is opened anew if it broke. */
static void
bell_send(struct bell *b)
{
	const struct conf *conf = b->db->conf;
	PGresult *r = NULL;

	if (b->conn != NULL && !pg_is_alive(b->conn)) {
		pg_close(b->conn);
		b->conn = NULL;
	}
	if (b->conn == NULL &&
	    pg_open(conf_web_url(conf), "coatcheck-bell", BELL_TIMEOUT_MS,
		&b->conn) != ERR_OK) {
		b->conn = NULL;
		return;
	}
	if (pg_query(b->conn, "NOTIFY job_ready", 0, NULL, BELL_TIMEOUT_MS,
		&r) != ERR_OK)
		log_event(LOG_WARN, "bell_failed", NULL);
	PQclear(r);
}

/* Lock held. Lets further rings gather until the time has come. */
static void
bell_pause(struct bell *b, int64_t until_ms)
{
	struct timespec until = {
	    .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};

	while (!b->is_stopping && clock_mono_ms() < until_ms)
		(void)pthread_cond_timedwait(&b->changed, &b->lock, &until);
}

static void *
bell_main(void *arg)
{
	struct bell *b = arg;
	int64_t next_ms = 0;

	(void)pthread_mutex_lock(&b->lock);
	for (;;) {
		while (!b->is_due && !b->is_stopping)
			(void)pthread_cond_wait(&b->changed, &b->lock);
		if (!b->is_due)
			break;
		bell_pause(b, next_ms);
		b->is_due = false;
		(void)pthread_mutex_unlock(&b->lock);
		bell_send(b);
		next_ms = clock_mono_ms() + BELL_PAUSE_MS;
		(void)pthread_mutex_lock(&b->lock);
	}
	(void)pthread_mutex_unlock(&b->lock);
	return NULL;
}

struct bell *
bell_new(const struct db *db, bool has_thread)
{
	struct bell *b = x_alloc(sizeof *b);
	pthread_condattr_t attr;

	b->db = db;
	(void)pthread_mutex_init(&b->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&b->changed, &attr);
	(void)pthread_condattr_destroy(&attr);
	/* Without one more thread it rings after each reply. */
	b->has_thread = has_thread &&
	    pthread_create(&b->thread, NULL, bell_main, b) == 0;
	return b;
}

void
bell_free(struct bell *b)
{
	if (b == NULL)
		return;
	if (b->has_thread) {
		(void)pthread_mutex_lock(&b->lock);
		b->is_stopping = true;
		(void)pthread_cond_signal(&b->changed);
		(void)pthread_mutex_unlock(&b->lock);
		(void)pthread_join(b->thread, NULL);
	}
	pg_close(b->conn);
	(void)pthread_cond_destroy(&b->changed);
	(void)pthread_mutex_destroy(&b->lock);
	mem_free(b);
}

void
bell_ring(struct bell *b)
{
	if (!b->db->conf->web.notify)
		return;
	(void)pthread_mutex_lock(&b->lock);
	if (!b->is_due && b->has_thread)
		(void)pthread_cond_signal(&b->changed);
	b->is_due = true;
	(void)pthread_mutex_unlock(&b->lock);
}

void
bell_flush(struct bell *b)
{
	bool is_due;

	if (b->has_thread)
		return;
	(void)pthread_mutex_lock(&b->lock);
	is_due = b->is_due;
	b->is_due = false;
	(void)pthread_mutex_unlock(&b->lock);
	if (is_due && db_ring(b->db) != ERR_OK)
		log_event(LOG_WARN, "bell_failed", NULL);
}
