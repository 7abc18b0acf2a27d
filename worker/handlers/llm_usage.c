#include "worker/handlers/llm_usage.h"

#include "worker/handlers/llm_try.h"

#define LLM_COST_MAX 1e15 /* a thousand million; a double holds it exactly */

int64_t
llm_cost(const struct conf_provider *p, int64_t prompt, int64_t cached,
    int64_t completion)
{
	int64_t price_cached = p->price_cached > 0 ? p->price_cached
						   : p->price_in;
	double micros;
	int64_t whole;

	if (cached > prompt)
		cached = prompt;
	micros = ((double)(prompt - cached) * (double)p->price_in +
		     (double)cached * (double)price_cached +
		     (double)completion * (double)p->price_out) /
	    1e6;
	if (!(micros < LLM_COST_MAX))
		return (int64_t)LLM_COST_MAX;
	whole = (int64_t)micros;
	return micros > (double)whole ? whole + 1 : whole;
}

void
llm_usage_add(json_object **usage, const struct conf_provider *p,
    const char *kind, const char *tenant, const char *outcome,
    const struct llm_try_reply *reply)
{
	json_object *one = json_object_new_object();

	if (*usage == NULL)
		*usage = json_object_new_array();
	json_add_str(one, "provider", p->name);
	json_add_str(one, "model", p->model);
	json_add_str(one, "kind", kind);
	json_add_str(one, "tenant", tenant);
	json_add_str(one, "outcome", outcome);
	json_add_int(one, "promptTokens", reply->prompt_tokens);
	json_add_int(one, "cachedTokens", reply->cached_tokens);
	json_add_int(one, "completionTokens", reply->completion_tokens);
	json_add_int(one, "costMicros",
	    llm_cost(p, reply->prompt_tokens, reply->cached_tokens,
		reply->completion_tokens));
	json_object_object_add(
	    one, "isEstimated", json_object_new_boolean(reply->is_estimated));
	json_add_str(one, "requestId", reply->request_id);
	json_add_int(one, "ms", reply->total_ms);
	json_object_array_add(*usage, one);
}
