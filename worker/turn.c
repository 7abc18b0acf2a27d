#include "worker/turn.h"

static void
turn_take(uv_idle_t *idle)
{
	/* idle is the first member */
	struct turn *t = (struct turn *)idle;

	(void)uv_idle_stop(idle);
	t->fn(t->ctx);
}

void
turn_init(struct turn *t, uv_loop_t *loop, void (*fn)(void *ctx), void *ctx)
{
	(void)uv_idle_init(loop, &t->idle);
	t->idle.data = ctx;
	t->fn = fn;
	t->ctx = ctx;
}

void
turn_ask(struct turn *t)
{
	/* Idle callbacks run before the poll of the same turn, and one that is
	 * active keeps the poll from blocking. */
	if (!uv_is_closing((const uv_handle_t *)&t->idle))
		(void)uv_idle_start(&t->idle, turn_take);
}

void
turn_close(struct turn *t, uv_close_cb closed)
{
	uv_close((uv_handle_t *)&t->idle, closed);
}
