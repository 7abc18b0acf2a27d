/*
 * What the reply of an OpenAI-compatible /chat/completions means for a job.
 * Pure: from a transfer's reply to an outcome. Providers disagree on the shape
 * of errors (an object, an array of one, flat, a bare string, codes as numbers,
 * HTML from a proxy), so everything here is tolerant, and nothing of their
 * wording leaves it: people get sentences of our own.
 */
#ifndef HANDLERS_LLM_REPLY_H
#define HANDLERS_LLM_REPLY_H

#include <stdint.h>

#include "worker/handlers/llm.h"
#include "worker/transfer.h"

#define LLM_RETRY_AFTER_MAX_MS (300 * INT64_C(1000))

struct llm_reply {
	enum llm_outcome outcome;
	char *text;             /* LLM_COMPLETED: trimmed, not empty */
	int64_t retry_after_ms; /* -1 if the provider did not say */
	const char *code;       /* "" or a word for programs */
	char detail[160];       /* for operators: status, code, request id */
};

/* Never fails; *out is released by llm_reply_release(). */
void llm_reply_read(const struct transfer_reply *reply, struct llm_reply *out);
void llm_reply_release(struct llm_reply *a);

#endif
