/*
 * One call to a language model behind [llm] base_url, any server that speaks
 * OpenAI's /chat/completions. It sends messages and hands back an outcome; what
 * is asked and what becomes of the answer is its caller's. The key goes into
 * the request and nowhere else.
 */
#ifndef HANDLERS_LLM_H
#define HANDLERS_LLM_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/conf.h"
#include "worker/handler.h"
#include "worker/handlers/llm_reply.h"

struct llm_message {
	const char *role; /* "system", "user" or "assistant" */
	const char *content;
};

struct llm_call;

/* answer is borrowed. The call is over: neither it nor llm_cancel() may be
 * used any more. */
typedef void (*llm_fn)(void *ctx, const struct llm_answer *answer);

bool llm_is_configured(const struct conf *conf);

/* For a job, which must outlive the call. Copies the messages; the callback
 * never comes from inside this call. */
struct llm_call *llm_start(const struct job *job,
    const struct llm_message *messages, size_t count, llm_fn done, void *ctx);

/* The connection is cut and the callback will not come. */
void llm_cancel(struct llm_call *call);

/* Appends the body of a request. */
void llm_write_request(const struct conf *conf,
    const struct llm_message *messages, size_t count, struct buf *b);

#endif
