/*
 * The inside of a connection, shared by pgconn.c, which owns the socket, and
 * pgquery.c, which owns the statements. Nobody else includes this.
 */
#ifndef WORKER_PGCONN_INNER_H
#define WORKER_PGCONN_INNER_H

#include <sys/queue.h>

#include "worker/pgconn.h"
#include "worker/turn.h"

enum pgconn_state {
	PGCONN_AWAY, /* until the timer */
	PGCONN_CONNECTING,
	PGCONN_IDLE,
	PGCONN_PREPARING, /* the first of queue */
	PGCONN_BUSY,      /* with the first of queue */
	PGCONN_CLOSED
};

TAILQ_HEAD(pgquery_list, pgquery);

struct pgconn {
	uv_loop_t *loop;
	const struct conf *conf;
	const char *url, *application_name;
	int64_t connect_ms; /* our patience with a host */
	struct pgconn_events events_fn;
	enum pgconn_state state;
	PGconn *pg;
	const char *host; /* that is being tried; compared only */
	uv_poll_t *poll;  /* NULL while there is no socket */
	int fd, events;   /* of poll */
	/* One is enough: for the next try while away, else for the end of our
	 * patience with the connection or the statement. */
	uv_timer_t timer;
	struct turn turn;
	int handles;  /* still to be closed */
	int failures; /* since a statement last succeeded */
	bool is_late; /* the statement, not the connection, ran out of time */
	int64_t logged_ms;
	/* Statements that wait or run; those that wait for a connection; those
	 * that have failed but whose callback is still to come. */
	struct pgquery_list queue, parked, orphans;
	int load;
	PGresult *result;
	const char **prepared; /* the one at i is named "s<i>" */
	int prepared_n, prepared_cap;
};

/* pgconn.c. After either of them the connection may be away. */
void pgconn_lost(struct pgconn *c, const char *why);
void pgconn_flush(struct pgconn *c);
void pgconn_on_timer(uv_timer_t *timer);

/* pgquery.c */
void pgquery_read(struct pgconn *c);
void pgquery_orphan(struct pgconn *c); /* all that a loss fails */
void pgquery_fail_orphans(struct pgconn *c);
void pgquery_unpark(struct pgconn *c);
void pgquery_drop_all(struct pgconn *c);

#endif
