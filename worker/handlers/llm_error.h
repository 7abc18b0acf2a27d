/*
 * Errors of providers. They disagree on the shape (an object, an array of one,
 * flat, a bare string, codes as numbers, lists of what a validator found, HTML
 * from a proxy) and on the words, so everything here is tolerant. Pure.
 */
#ifndef HANDLERS_LLM_ERROR_H
#define HANDLERS_LLM_ERROR_H

#include "worker/handlers/llm_try.h"

/* Texts are "" for what is not said, and live as long as the body. */
struct llm_error {
	bool is_error;
	const char *code, *type, *param, *message;
};

struct llm_verdict {
	enum llm_signal signal;
	const char *code; /* a word for programs */
	unsigned quirk;   /* of LLM_SIGNAL_UNSUPPORTED */
};

/* body may be NULL or of any type. */
struct llm_error llm_error_find(const json_object *body);

/*
 * By the status, then by what the error says; under 300 only the latter is
 * there. open has the quirks that would change the request.
 */
struct llm_verdict llm_error_judge(
    int status, const struct llm_error *e, unsigned open);

#endif
