/*
 * What the assistant's handlers share, and the list of them: the only thing of
 * this folder that worker/main.c knows.
 */
#ifndef ASSISTANT_ASSISTANT_H
#define ASSISTANT_ASSISTANT_H

#include <stddef.h>

#include <uv.h>

#include "common/attrs.h"
#include "common/conf.h"
#include "common/err.h"
#include "worker/handler.h"

/* The services' shared of every job of these handlers. */
struct assistant {
	const struct conf *conf;
	struct llm *llm; /* worker/handlers/llm.h */
	struct prompts *prompts;
	struct personas *personas;
};

/* conf must outlive it. ERR_BAD_INPUT when what an operator has written cannot
 * be used (printed). */
MUST_CHECK enum err assistant_new(
    uv_loop_t *loop, const struct conf *conf, struct assistant **out);
/* Whether it could: prints as well what is wrong, and keeps nothing. */
MUST_CHECK enum err assistant_check(const struct conf *conf);
/* Takes the struct assistant, as the engine hands it back. */
void assistant_close(void *assistant);

/* The assistant of a job. */
struct assistant *assistant_of(const struct job *job);

const struct handler *assistant_handlers(size_t *n);

#endif
