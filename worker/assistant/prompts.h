/*
 * The instructions that language models get: texts with placeholders, one a
 * file. They are built in from prompts/, and a file of the same name in the
 * operator's folder takes the place of one. docs/assistants.md says what may
 * stand in them. Values are data: they go in as prompt_add_data() writes them,
 * and a placeholder inside a value stays what it is.
 */
#ifndef ASSISTANT_PROMPTS_H
#define ASSISTANT_PROMPTS_H

#include "common/attrs.h"
#include "common/buf.h"
#include "common/err.h"

enum prompt {
	PROMPT_COURSE,  /* course.txt: answers a learner */
	PROMPT_LANDING, /* landing.txt: answers a visitor */
	PROMPT_REWRITE, /* rewrite.txt: makes a follow-up stand alone */
	PROMPT_SUMMARY, /* summary.txt: sums a conversation up */
	PROMPT_COPILOT, /* copilot.txt: answers a tutor about learners */
	PROMPT_PERSONA, /* persona.txt: chooses a persona */
};

/* What the placeholders of the same names stand for; NULL is empty. */
struct prompt_values {
	const char *brand, *course, *topic; /* names */
	const char *persona;  /* manner of speaking, as personas.h has it */
	const char *summary;  /* of the conversation so far */
	const char *snapshot; /* of a course, for its tutor */
	const char *personas; /* to choose from: personas_write() */
};

struct prompts;

/* folder is "" or the operator's. Prints every problem with file and line to
 * stderr, and returns ERR_BAD_INPUT if there is one. */
MUST_CHECK enum err prompts_new(const char *folder, struct prompts **out);
void prompts_free(struct prompts *p); /* NULL is allowed */

/* The text of a prompt with its values. */
void prompts_write(const struct prompts *p, enum prompt which,
    const struct prompt_values *values, struct buf *out);

#endif
