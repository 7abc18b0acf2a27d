/*
 * A request of its own: what llm_start() was given, kept for as long as
 * providers are asked, and shown to each as far as it fits. What may be left
 * out goes first ones first.
 */
#ifndef HANDLERS_LLM_COPY_H
#define HANDLERS_LLM_COPY_H

#include <stdbool.h>

#include "worker/handlers/llm.h"

struct llm_copied {
	char *role, *content, *tool_call_id;
	json_object *tool_calls;
	bool is_optional;
};

struct llm_copy {
	struct llm_copied *all;
	size_t count, optional_count, least_dropped;
	int64_t wanted_tokens;    /* of the answer, as the request had it */
	struct llm_message *view; /* the messages that are shown, */
	struct llm_request shown; /* and the whole request with them */
	char *tenant, *temperature, *schema_name;
	char **texts; /* of llm_embed(); NULL otherwise */
	size_t text_count;
};

void llm_copy_take(struct llm_copy *c, const struct llm_request *request);
void llm_copy_take_texts(struct llm_copy *c, const char *tenant,
    const char *const *texts, size_t count);
void llm_copy_release(struct llm_copy *c);

/* Tokens it takes, without the answer's, as much of it as is shown. */
int64_t llm_copy_tokens(const struct llm_copy *c);

/*
 * Shows what fits into context tokens together with an answer of max_tokens;
 * 0 is any number. What must be shown may still be too long: then the answer
 * becomes shorter, but not by all.
 */
void llm_copy_fit(struct llm_copy *c, int64_t context, int64_t max_tokens);

/* From now on shows half as much at most; false if nothing more may go. */
bool llm_copy_shorten(struct llm_copy *c);

#endif
