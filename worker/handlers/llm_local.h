/*
 * Circuits and pauses of this process alone, for while the database is away:
 * simpler than those in sql/llm, and without budgets. Pure.
 */
#ifndef HANDLERS_LLM_LOCAL_H
#define HANDLERS_LLM_LOCAL_H

#include "worker/handlers/llm_gate.h"

struct llm_local {
	int failures; /* in a row */
	int64_t open_until_ms, paused_until_ms;
};

/* list has one entry a place. */
void llm_local_pick(const struct llm_local *list,
    const struct llm_offer *offers, size_t count, int64_t now_ms,
    struct llm_pass *out);
void llm_local_note(
    struct llm_local *one, const struct llm_report *r, int64_t now_ms);

#endif
