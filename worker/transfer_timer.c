#include "worker/transfer_timer.h"

#include "common/mem.h"

struct transfer_timer {
	uv_timer_t timer; /* first, and data is the whole */
	void (*fired)(void *ctx);
	void *ctx;
};

static void
transfer_timer_fire(uv_timer_t *timer)
{
	struct transfer_timer *t = timer->data;

	t->fired(t->ctx);
}

static void
transfer_timer_free(uv_handle_t *h)
{
	mem_free(h->data);
}

struct transfer_timer *
transfer_timer_new(uv_loop_t *loop, void (*fired)(void *ctx), void *ctx)
{
	struct transfer_timer *t = x_alloc(sizeof *t);

	(void)uv_timer_init(loop, &t->timer);
	t->timer.data = t;
	t->fired = fired;
	t->ctx = ctx;
	return t;
}

void
transfer_timer_close(struct transfer_timer *t)
{
	if (t != NULL)
		uv_close((uv_handle_t *)&t->timer, transfer_timer_free);
}

void
transfer_timer_set(struct transfer_timer *t, int64_t ms)
{
	if (ms > 0)
		(void)uv_timer_start(
		    &t->timer, transfer_timer_fire, (uint64_t)ms, 0);
	else
		(void)uv_timer_stop(&t->timer);
}
