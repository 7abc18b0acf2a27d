/*
 * What the reply of a provider means, streamed or not: from a transfer's reply
 * to a signal. Pure. Nothing of the provider's wording leaves it but the answer
 * and words of programs: people get sentences of our own.
 */
#ifndef HANDLERS_LLM_REPLY_H
#define HANDLERS_LLM_REPLY_H

#include <stdint.h>

#include "worker/handlers/llm_body.h"
#include "worker/handlers/llm_stream.h"
#include "worker/handlers/llm_try.h"
#include "worker/transfer.h"

struct llm_reply {
	enum llm_signal signal;
	char *text; /* of LLM_SIGNAL_OK: trimmed, "" with calls; else NULL */
	json_object *tool_calls;
	bool is_truncated;
	int64_t prompt_tokens, cached_tokens; /* -1 if not said */
	int64_t completion_tokens;
	size_t bytes;           /* of the answer, also of one that is no use */
	int64_t retry_after_ms; /* -1 if not said, or of no use */
	const char *code;       /* "" or a word for programs */
	unsigned quirk;
	char detail[160]; /* for operators: status, code, request id */
};

/*
 * The outside of a reply. True if it holds a JSON object and no error: then
 * *body is the caller's to read and put, and out is LLM_SIGNAL_OK so far.
 */
bool llm_reply_open(const struct transfer_reply *reply,
    const struct llm_asked *asked, struct llm_reply *out, json_object **body);

/* Of a chat; stream has what was streamed, and is ended by it. Never fails;
 * *out is released by llm_reply_release(). */
void llm_reply_read(const struct transfer_reply *reply,
    struct llm_stream *stream, const struct llm_asked *asked,
    struct llm_reply *out);
void llm_reply_release(struct llm_reply *a);

/* The "usage" of a body. */
void llm_reply_read_usage(const json_object *body, struct llm_reply *out);

void llm_reply_set(
    struct llm_reply *out, enum llm_signal signal, const char *code);

#endif
