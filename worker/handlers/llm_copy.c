#include "worker/handlers/llm_copy.h"

#include "common/mem.h"
#include "worker/handlers/llm_try.h"

/* Of our estimate of tokens, which is none too exact. */
#define LLM_CONTEXT_SLACK 64
#define LLM_ANSWER_LEAST 64

static char *
llm_copy_str(const char *s)
{
	return s != NULL ? x_strdup(s) : NULL;
}

void
llm_copy_take(struct llm_copy *c, const struct llm_request *request)
{
	*c = (struct llm_copy){.count = request->count,
	    .wanted_tokens = request->max_tokens,
	    .shown = *request,
	    .tenant = x_strdup(request->tenant),
	    .temperature = llm_copy_str(request->temperature),
	    .schema_name = llm_copy_str(request->schema_name)};
	c->all = x_calloc(c->count + 1, sizeof *c->all);
	c->view = x_calloc(c->count + 1, sizeof *c->view);
	for (size_t i = 0; i < c->count; i++) {
		const struct llm_message *m = &request->messages[i];

		c->all[i] = (struct llm_copied){.role = x_strdup(m->role),
		    .content = llm_copy_str(m->content),
		    .tool_call_id = llm_copy_str(m->tool_call_id),
		    .tool_calls = json_object_get(m->tool_calls),
		    .is_optional = m->is_optional};
		c->optional_count += m->is_optional;
	}
	c->shown.tenant = c->tenant;
	c->shown.temperature = c->temperature;
	c->shown.schema_name = c->schema_name;
	(void)json_object_get(c->shown.tools);
	(void)json_object_get(c->shown.schema);
	c->shown.messages = c->view;
	llm_copy_fit(c, 0, request->max_tokens);
}

void
llm_copy_take_texts(struct llm_copy *c, const char *tenant,
    const char *const *texts, size_t count)
{
	*c = (struct llm_copy){.tenant = x_strdup(tenant), .text_count = count};
	c->texts = x_calloc(count + 1, sizeof *c->texts);
	for (size_t i = 0; i < count; i++)
		c->texts[i] = x_strdup(texts[i]);
}

void
llm_copy_release(struct llm_copy *c)
{
	for (size_t i = 0; i < c->count; i++) {
		mem_free(c->all[i].role);
		mem_free(c->all[i].content);
		mem_free(c->all[i].tool_call_id);
		json_object_put(c->all[i].tool_calls);
	}
	for (size_t i = 0; i < c->text_count; i++)
		mem_free(c->texts[i]);
	mem_free(c->texts);
	mem_free(c->all);
	mem_free(c->view);
	json_object_put(c->shown.tools);
	json_object_put(c->shown.schema);
	mem_free(c->tenant);
	mem_free(c->temperature);
	mem_free(c->schema_name);
	*c = (struct llm_copy){0};
}

int64_t
llm_copy_tokens(const struct llm_copy *c)
{
	return c->texts != NULL
	    ? llm_estimate_texts((const char *const *)c->texts, c->text_count)
	    : llm_estimate_tokens(&c->shown);
}

static void
llm_copy_show(struct llm_copy *c, size_t dropped)
{
	c->shown.count = 0;
	for (size_t i = 0; i < c->count; i++) {
		const struct llm_copied *m = &c->all[i];

		if (m->is_optional && dropped > 0) {
			dropped--;
			continue;
		}
		c->view[c->shown.count++] = (struct llm_message){
		    .role = m->role,
		    .content = m->content,
		    .tool_calls = m->tool_calls,
		    .tool_call_id = m->tool_call_id};
	}
}

void
llm_copy_fit(struct llm_copy *c, int64_t context, int64_t max_tokens)
{
	int64_t room = context - max_tokens - LLM_CONTEXT_SLACK, left;
	size_t dropped = c->least_dropped;

	c->shown.max_tokens = max_tokens;
	if (c->texts != NULL)
		return;
	llm_copy_show(c, dropped);
	if (context == 0)
		return;
	while (llm_copy_tokens(c) > room && dropped < c->optional_count)
		llm_copy_show(c, ++dropped);
	left = context - LLM_CONTEXT_SLACK - llm_copy_tokens(c);
	if (left < max_tokens)
		c->shown.max_tokens = left > LLM_ANSWER_LEAST
		    ? left
		    : LLM_ANSWER_LEAST;
}

bool
llm_copy_shorten(struct llm_copy *c)
{
	int64_t now;

	if (c->texts != NULL || c->least_dropped == c->optional_count)
		return false;
	llm_copy_show(c, c->least_dropped);
	now = llm_copy_tokens(c);
	do
		llm_copy_show(c, ++c->least_dropped);
	while (llm_copy_tokens(c) > now / 2 &&
	    c->least_dropped < c->optional_count);
	return true;
}
