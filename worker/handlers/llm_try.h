/*
 * One request to one provider that speaks OpenAI's API, streamed or not, and
 * what became of it, whatever the shape of the reply. Sends what it is given:
 * which provider, whether again, and what it costs is decided above (llm.c).
 * The key goes into the request and is wiped; no wording of a provider comes
 * out of here, except as the model's answer.
 */
#ifndef HANDLERS_LLM_TRY_H
#define HANDLERS_LLM_TRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"
#include "common/json.h"
#include "worker/handlers/llm.h"
#include "worker/handlers/llm_limits.h"

struct transfers;
struct llm_try;

enum llm_signal {
	LLM_SIGNAL_OK,
	LLM_SIGNAL_UNREACHABLE, /* no connection, reset, timeouts, 408, 409,
				   425, 5xx */
	LLM_SIGNAL_RATE_LIMITED,
	LLM_SIGNAL_QUOTA, /* used up or not paid: no use in trying again */
	LLM_SIGNAL_AUTH,
	LLM_SIGNAL_NOT_FOUND,   /* the model, or the path */
	LLM_SIGNAL_TOO_LONG,    /* for the model's context */
	LLM_SIGNAL_UNSUPPORTED, /* a parameter; quirk says how without */
	LLM_SIGNAL_FILTERED,    /* by the provider, or the model refused */
	LLM_SIGNAL_EMPTY,
	LLM_SIGNAL_TOKEN_LIMIT, /* hit with nothing to show */
	LLM_SIGNAL_INTERRUPTED, /* a stream ended before the answer did */
	LLM_SIGNAL_BAD_REPLY,   /* not what the API promises, or too long */
	LLM_SIGNAL_REFUSED      /* any other 3xx and 4xx */
};

/* What a provider does not know; bits. NO_SCHEMA falls to json_object, NO_JSON
 * to the prompt alone. */
enum llm_quirk {
	LLM_QUIRK_OTHER_TOKEN_PARAM = 1 << 0,
	LLM_QUIRK_NO_TEMPERATURE = 1 << 1,
	LLM_QUIRK_NO_SCHEMA = 1 << 2,
	LLM_QUIRK_NO_JSON = 1 << 3,
	LLM_QUIRK_NO_STREAM_OPTIONS = 1 << 4,
	LLM_QUIRK_NO_STREAM = 1 << 5,
	LLM_QUIRK_NO_TOOLS = 1 << 6,
	LLM_QUIRK_NO_DIMENSIONS = 1 << 7
};

/* Borrowed, valid in the callback only. */
struct llm_try_reply {
	enum llm_signal signal;
	const char *text;        /* on OK: trimmed, "" with calls; else NULL */
	json_object *tool_calls; /* array in the shape of the API, with ids and
				    arguments that parse; or NULL */
	bool is_truncated;       /* the text was cut at max_tokens */
	const float *vectors;    /* of llm_try_embed(): count * dimensions */
	size_t vector_count;
	int dimensions;
	/* What it cost: 0 when the provider turned the request down. Estimated
	 * when it may have worked for us but did not say how much. */
	int64_t prompt_tokens, cached_tokens, completion_tokens;
	bool is_estimated;
	struct llm_limits limits;
	int64_t retry_after_ms; /* of UNREACHABLE and RATE_LIMITED, else -1 */
	const char *code;       /* "" or a word for programs; lives for ever */
	const char *detail;     /* for operators: status, code, request id */
	const char *request_id; /* "" if the provider gave none */
	unsigned quirk;         /* of UNSUPPORTED: to set and try again, never
				   one that was set already; else 0 */
	int64_t first_byte_ms;  /* from the start on the wire; -1 if none */
	int64_t total_ms;
};

/* The try is over: neither it nor llm_try_cancel() may be used any more. */
typedef void (*llm_try_fn)(void *ctx, const struct llm_try_reply *reply);

/*
 * Everything but the transfers is borrowed for the call only. api_key may be
 * "". quirks are bits of enum llm_quirk. The callback never comes from inside
 * these calls.
 */
struct llm_try *llm_try_start(struct transfers *transfers,
    const struct conf_provider *provider, const char *api_key, unsigned quirks,
    const struct llm_request *request, llm_try_fn done, void *ctx);

/* Vectors of texts, in their order; dimensions 0 is the model's own length. */
struct llm_try *llm_try_embed(struct transfers *transfers,
    const struct conf_provider *provider, const char *api_key,
    int64_t dimensions, unsigned quirks, const char *const *texts, size_t count,
    llm_try_fn done, void *ctx);

/* The connection is cut and the callback will not come. */
void llm_try_cancel(struct llm_try *t);

/*
 * Tokens that the request takes, without those of the answer: a token for
 * every four bytes begun, as OpenAI gives for English text, and four for the
 * frame of each message. Too many for most texts, too few for some scripts.
 */
int64_t llm_estimate_tokens(const struct llm_request *request);
int64_t llm_estimate_texts(const char *const *texts, size_t count);

#endif
