/* See pgconn.h: statements need no particular connection of the few. */
#include "common/mem.h"
#include "worker/pgconn.h"

struct pgpool {
	int size;
	struct pgconn *conns[];
};

struct pgpool *
pgpool_new(uv_loop_t *loop, const struct conf *conf, const char *url,
    const char *application_name, int size)
{
	struct pgpool *p = x_alloc(
	    sizeof *p + (size_t)size * sizeof p->conns[0]);

	p->size = size;
	for (int i = 0; i < size; i++)
		p->conns[i] = pgconn_new(
		    loop, conf, url, application_name, NULL);
	return p;
}

void
pgpool_close(struct pgpool *p)
{
	if (p == NULL)
		return;
	for (int i = 0; i < p->size; i++)
		pgconn_close(p->conns[i]);
	mem_free(p);
}

struct pgquery *
pgpool_send(struct pgpool *p, enum pgquery_kind kind, const char *sql, int n,
    const char *const *values, int64_t timeout_ms, pgquery_fn done, void *ctx)
{
	struct pgconn *best = p->conns[0];

	for (int i = 1; i < p->size; i++) {
		struct pgconn *c = p->conns[i];

		if (pgconn_is_up(c) != pgconn_is_up(best)
			? pgconn_is_up(c)
			: pgconn_load(c) < pgconn_load(best))
			best = c;
	}
	return pgconn_send(best, kind, sql, n, values, timeout_ms, done, ctx);
}
