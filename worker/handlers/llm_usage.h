/*
 * What requests cost, and the list of them that goes to the ledger with the
 * job. Pure.
 */
#ifndef HANDLERS_LLM_USAGE_H
#define HANDLERS_LLM_USAGE_H

#include "common/conf.h"
#include "common/json.h"

struct llm_try_reply;

/* In millionths of money, begun ones counted. */
int64_t llm_cost(const struct conf_provider *p, int64_t prompt, int64_t cached,
    int64_t completion);

/* Appends a request to the array *usage, made if it is NULL. outcome is
 * "completed", or a word for programs that says why not. */
void llm_usage_add(json_object **usage, const struct conf_provider *p,
    const char *kind, const char *tenant, const char *outcome,
    const struct llm_try_reply *reply);

#endif
