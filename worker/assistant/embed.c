#include "worker/assistant/embed.h"

#include <stdint.h>
#include <string.h>

#include "common/conf.h"
#include "common/mem.h"
#include "common/text.h"
#include "worker/assistant/flow.h"
#include "worker/assistant/vector.h"

/* A model reads about 8,000 tokens; a longer passage is known by its start. */
#define TEXT_MAX 24000

struct embed {
	json_object *found; /* what the database gave */
	const char *tenant;
	json_object *chunks;
	size_t count;
	char **texts;
};

static void
embed_release(void *state)
{
	struct embed *e = state;

	for (size_t i = 0; i < e->count && e->texts != NULL; i++)
		mem_free(e->texts[i]);
	mem_free(e->texts);
	json_object_put(e->found);
	mem_free(e);
}

static int
embed_find(struct flow *f)
{
	const struct conf *conf = f->job->services->conf;
	json_object *ids = json_get(f->job->payload, "chunkIds");
	const char *model = json_str(f->job->payload, "model");
	const char *values[2];

	if (!json_object_is_type(ids, json_type_array) || model == NULL)
		return flow_fail(f, "The job names no passages.", "bad_payload",
		    "chunkIds or model is missing");
	/* The vectors of two models do not compare. */
	if (!llm_can_embed(conf) ||
	    strcmp(model, conf->embeddings.at.model) != 0)
		return flow_fail(f,
		    "The model of these vectors is not configured.",
		    "embeddings_changed", "run: coatcheck embed");
	values[0] = json_text(ids);
	values[1] = model;
	return flow_query(
	    f, "SELECT campus.chunks_to_embed($1, $2)", 2, values);
}

static int
embed_done(struct flow *f, json_object *vectors)
{
	json_object *result = json_object_new_object();
	json_object *effects = json_object_new_object();

	json_add_int(
	    result, "passages", (int64_t)json_object_array_length(vectors));
	json_object_object_add(effects, "vectors", vectors);
	return flow_complete(f, result, effects);
}

static int
embed_on_found(struct flow *f, const char *value)
{
	struct embed *e = f->state;

	e->found = flow_object(value);
	e->chunks = json_get(e->found, "chunks");
	if (!json_object_is_type(e->chunks, json_type_array))
		return FLOW_BROKEN;
	e->count = json_object_array_length(e->chunks);
	e->tenant = json_str(e->found, "tenant");
	if (e->count == 0)
		return embed_done(f, json_object_new_array());
	if (e->tenant == NULL ||
	    (int64_t)e->count > f->job->services->conf->embeddings.batch)
		return FLOW_BROKEN;
	return f->at + 1;
}

static int
embed_ask(struct flow *f)
{
	struct embed *e = f->state;

	e->texts = x_calloc(e->count, sizeof *e->texts);
	for (size_t i = 0; i < e->count; i++) {
		const char *text = json_str(
		    json_object_array_get_idx(e->chunks, i), "text");
		size_t len = text != NULL ? strlen(text) : 0;

		if (len == 0)
			return FLOW_BROKEN;
		e->texts[i] = x_strndup(
		    text, text_utf8_prefix(text, len, TEXT_MAX));
	}
	return flow_embed(
	    f, e->tenant, (const char *const *)e->texts, e->count);
}

static int
embed_on_vectors(struct flow *f, const struct llm_answer *answer)
{
	struct embed *e = f->state;
	json_object *vectors;
	struct buf b;

	if (answer->outcome != LLM_COMPLETED || answer->count != e->count)
		return flow_retry(f,
		    "The passages could not be embedded. Please try again "
		    "later.",
		    *answer->code != '\0' ? answer->code : "provider_reply",
		    answer->detail, answer->retry_after_ms);
	vectors = json_object_new_array();
	buf_init(&b, VECTOR_TEXT_MAX);
	for (size_t i = 0; i < e->count; i++) {
		json_object *one;

		buf_clear(&b);
		if (!vector_write(
			&answer->vectors[i * (size_t)answer->dimensions],
			answer->dimensions, &b) ||
		    buf_status(&b) != ERR_OK)
			continue; /* found by its words alone */
		one = json_object_new_object();
		json_object_object_add(one, "chunkId",
		    json_object_get(json_get(
			json_object_array_get_idx(e->chunks, i), "chunkId")));
		json_add_str(one, "vector", buf_str(&b));
		json_object_array_add(vectors, one);
	}
	buf_release(&b);
	return embed_done(f, vectors);
}

static const struct flow_step embed_steps[] = {
    {.name = "passages", .start = embed_find, .on_row = embed_on_found},
    {.name = "vectors", .start = embed_ask, .on_answer = embed_on_vectors},
};

static const struct flow_table embed_table = {
    .steps = embed_steps, .release = embed_release};

void
embed_start(struct job *job)
{
	flow_start(job, &embed_table, x_alloc(sizeof(struct embed)));
}
