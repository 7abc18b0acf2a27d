/*
 * How data goes to a language model: between tags, which it cannot close. The
 * only place that knows the tags. What is said about them stands in the
 * prompts (prompts.h). Pure.
 */
#ifndef ASSISTANT_PROMPT_H
#define ASSISTANT_PROMPT_H

#include "common/buf.h"
#include "worker/assistant/passages.h"

#define PROMPT_MAX (2 * 1024 * 1024)

/* Copies text so that no tag can begin or end in it: "</question>" becomes
 * "< /question>". */
void prompt_add_data(struct buf *b, const char *text);

/* A tag, text as data, and the end of the tag, a line each. tag is one of
 * passage, question, summary, persona, message, result or snapshot, and may
 * carry attributes: "message from=\"learner\"". */
void prompt_add_fenced(struct buf *b, const char *tag, const char *text);

/* The user message: passages, numbered, then the question. */
void prompt_write_question(
    struct buf *b, const struct passages *p, const char *question);

#endif
