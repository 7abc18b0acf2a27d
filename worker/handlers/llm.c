#include "worker/handlers/llm_inner.h"

#include <assert.h>

#include "common/mem.h"

bool
llm_is_configured(const struct conf *conf)
{
	return conf->provider_count > 0;
}

bool
llm_can_embed(const struct conf *conf)
{
	return conf->embeddings.at.base_url != NULL &&
	    *conf->embeddings.at.base_url != '\0';
}

struct llm *
llm_new(uv_loop_t *loop, const struct conf *conf)
{
	struct llm *l = x_alloc(sizeof *l);

	l->conf = conf;
	for (; l->place_count < conf->provider_count; l->place_count++)
		llm_key_init(
		    &l->keys[l->place_count], &conf->providers[l->place_count]);
	if (llm_can_embed(conf))
		llm_key_init(&l->keys[l->place_count++], &conf->embeddings.at);
	if (l->place_count > 0)
		l->gate = llm_gate_new(loop, conf, l->keys, l->place_count);
	return l;
}

void
llm_close(struct llm *l)
{
	if (l->gate != NULL)
		llm_gate_close(l->gate);
	while (l->place_count > 0)
		llm_key_release(&l->keys[--l->place_count]);
	mem_free(l);
}

void
llm_call_free(struct llm_call *c)
{
	llm_copy_release(&c->copy);
	json_object_put(c->usage);
	mem_free(c);
}

static struct llm_call *
llm_call_new(struct llm *l, const struct job *job, llm_fn done, void *ctx)
{
	struct llm_call *c = x_alloc(sizeof *c);

	assert(l->gate != NULL);
	c->llm = l;
	c->job = job;
	c->done = done;
	c->ctx = ctx;
	c->code = "";
	c->retry_after_ms = -1;
	return c;
}

struct llm_call *
llm_start(struct llm *l, const struct job *job,
    const struct llm_request *request, llm_fn done, void *ctx)
{
	struct llm_call *c = llm_call_new(l, job, done, ctx);

	llm_copy_take(&c->copy, request);
	llm_route_next(c);
	return c;
}

struct llm_call *
llm_embed(struct llm *l, const struct job *job, const char *tenant,
    const char *const *texts, size_t count, llm_fn done, void *ctx)
{
	struct llm_call *c = llm_call_new(l, job, done, ctx);

	llm_copy_take_texts(&c->copy, tenant, texts, count);
	llm_route_next(c);
	return c;
}

void
llm_cancel(struct llm_call *c)
{
	if (c->admission != NULL)
		llm_gate_cancel(c->admission);
	if (c->try != NULL) {
		llm_try_cancel(c->try);
		llm_route_give_up(c);
	}
	llm_call_free(c);
}
