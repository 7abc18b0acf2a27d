/*
 * What a language model is asked. Everything that comes from a course or from a
 * person stands between tags, as data, and cannot close them; the name of the
 * course comes from the database. What is the same for every question of a
 * course comes first, so that providers can cache it. Pure.
 */
#ifndef ASSISTANT_PROMPT_H
#define ASSISTANT_PROMPT_H

#include "common/buf.h"
#include "worker/assistant/passages.h"

#define PROMPT_MAX (2 * 1024 * 1024)

/* The system message for a learner's question. */
void prompt_write_course_rules(
    struct buf *b, const char *brand, const char *course);
/* The system message for a visitor's question. */
void prompt_write_landing_rules(struct buf *b, const char *brand);

/* The user message: passages, numbered, then the question. */
void prompt_write_question(
    struct buf *b, const struct passages *p, const char *question);

#endif
