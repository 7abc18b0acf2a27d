/*
 * The connections to PostgreSQL that the threads of the front end share.
 * Opened when needed, at most [web] connections. While the server is away one
 * thread at a time tries to connect, now and then; all others are told at
 * once, so that an outage costs no thread its time.
 */
#ifndef FCGI_POOL_H
#define FCGI_POOL_H

#include <stdint.h>

#include "common/attrs.h"
#include "common/conf.h"
#include "common/err.h"
#include "common/pg.h"

struct pool;

void pool_free(struct pool *p); /* every connection must be back */
struct pool *pool_new(const struct conf *conf) MALLOC_OF(pool_free);

/*
 * A connection, live as far as one can tell, to a database whose schema fits.
 * ERR_DB_RETRY   the server is away
 * ERR_BAD_INPUT  the schema is older than this program (logged)
 * ERR_BUSY       all connections were in use until the deadline
 */
MUST_CHECK enum err pool_take(
    struct pool *p, int64_t deadline_ms, struct pg **out);
void pool_give(struct pool *p, struct pg *c);

/* Closes the connections nobody uses. */
void pool_close_idle(struct pool *p);

#endif
