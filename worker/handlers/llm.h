/*
 * Calls to language models behind the [llm] sections: servers that speak
 * OpenAI's /chat/completions, asked in order until one answers, and the one
 * behind [embeddings]. Sends messages and hands back an outcome; what is asked
 * and what becomes of the answer is its caller's. A key goes into the request
 * and nowhere else.
 */
#ifndef HANDLERS_LLM_H
#define HANDLERS_LLM_H

#include <stdbool.h>
#include <stddef.h>

#include <uv.h>

#include "common/conf.h"
#include "common/json.h"
#include "worker/handler.h"

struct llm;
struct llm_call;

/* conf must outlive it. */
struct llm *llm_new(uv_loop_t *loop, const struct conf *conf);
void llm_close(struct llm *l);

bool llm_is_configured(const struct conf *conf);
bool llm_can_embed(const struct conf *conf);

struct llm_message {
	const char *role; /* "system", "user", "assistant" or "tool" */
	const char *content;
	json_object *tool_calls;  /* of an "assistant" that asked for them */
	const char *tool_call_id; /* of a "tool" that answers one */
	/* May be left out, the first ones first, if all is too long. */
	bool is_optional;
};

/* Everything is borrowed and copied before llm_start() returns. */
struct llm_request {
	const struct llm_message *messages;
	size_t count;
	const char *tenant;      /* whose budget, such as "default" */
	int64_t max_tokens;      /* of the answer; [llm] max_tokens caps it */
	const char *temperature; /* a decimal, such as "0.2" */
	json_object *tools;      /* as the API has them, or NULL */
	/* For an answer in JSON: its name and schema, else NULL. */
	const char *schema_name;
	json_object *schema;
};

enum llm_outcome {
	LLM_COMPLETED, /* text or tool_calls are the answer */
	LLM_RETRY,     /* may work later */
	LLM_PERMANENT, /* do not wait for a model: nothing configured, all of
			  them down, budget used up, request refused */
	LLM_FILTERED   /* the provider or the model declined */
};

/* Borrowed, valid in the callback only. */
struct llm_answer {
	enum llm_outcome outcome;
	const char *text;        /* LLM_COMPLETED: trimmed; "" with calls */
	json_object *tool_calls; /* array, or NULL */
	bool is_truncated;       /* the text was cut at max_tokens */
	const float *vectors;    /* of llm_embed(): count times dimensions */
	size_t count;
	int dimensions;
	/* For the effects' "usage": an array with an object for each request
	 * that was sent, whatever the outcome; NULL if none was. */
	json_object *usage;
	int64_t retry_after_ms; /* -1 if the provider did not say */
	const char *code;       /* "" or a word for programs */
	const char *detail;     /* for operators: status, code, request id */
};

/* The call is over: neither it nor llm_cancel() may be used any more. */
typedef void (*llm_fn)(void *ctx, const struct llm_answer *answer);

/* For a job, which must outlive the call. The callback never comes from inside
 * this call. */
struct llm_call *llm_start(struct llm *l, const struct job *job,
    const struct llm_request *request, llm_fn done, void *ctx);

/* Vectors of texts, in their order; at most [embeddings] batch of them. */
struct llm_call *llm_embed(struct llm *l, const struct job *job,
    const char *tenant, const char *const *texts, size_t count, llm_fn done,
    void *ctx);

/* The connection is cut and the callback will not come. */
void llm_cancel(struct llm_call *call);

#endif
