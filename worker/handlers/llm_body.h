/*
 * Writes requests to a provider: the smallest body that asks for what is
 * wanted, without what the provider is known not to take. Pure.
 */
#ifndef HANDLERS_LLM_BODY_H
#define HANDLERS_LLM_BODY_H

#include "worker/handlers/llm_try.h"

/* What a body asked for. */
struct llm_asked {
	unsigned open; /* quirks that would make another body of it */
	bool is_json;  /* the answer is to be a JSON object */
	bool has_tools;
	bool is_stream;
};

/* The caller's to put. */
json_object *llm_body_chat(const struct conf_provider *provider,
    unsigned quirks, const struct llm_request *request, struct llm_asked *out);
json_object *llm_body_embed(const struct conf_provider *provider,
    int64_t dimensions, unsigned quirks, const char *const *texts, size_t count,
    struct llm_asked *out);

#endif
