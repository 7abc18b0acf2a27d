/*
 * What a provider's rate-limit headers say. They come in many dialects: the
 * ones of OpenAI (also Azure, Groq and most others), of Anthropic, and plain
 * ones. Pure.
 */
#ifndef HANDLERS_LLM_LIMITS_H
#define HANDLERS_LLM_LIMITS_H

#include <stdint.h>

#define LLM_WAIT_MAX_MS (300 * INT64_C(1000))

/* -1 is what was not said. */
struct llm_limits {
	int64_t requests_limit, requests_left, requests_reset_ms;
	int64_t tokens_limit, tokens_left, tokens_reset_ms;
};

/* Finds the value of a header by its name, NULL if absent. */
typedef const char *(*llm_header_fn)(const void *ctx, const char *name);

void llm_limits_read(llm_header_fn header, const void *ctx, int64_t now_wall_ms,
    struct llm_limits *out);

/*
 * How long until then: "1.5" (seconds), "6m0s", "12ms", "1h2m3.5s", seconds or
 * milliseconds since 1970, RFC 3339, or a date of HTTP. At most
 * LLM_WAIT_MAX_MS; -1 for what is not in the future or makes no sense.
 */
int64_t llm_limits_wait_ms(const char *value, int64_t now_wall_ms);

#endif
