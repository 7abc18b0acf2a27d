/*
 * What the ways to an answer, for learners and for visitors, have in common:
 * which passages count, and how an answer is put to whoever asked.
 */
#ifndef ASSISTANT_ANSWER_H
#define ASSISTANT_ANSWER_H

#include <stdint.h>

#include "common/attrs.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/json.h"
#include "common/mem.h"
#include "worker/assistant/passages.h"
#include "worker/handler.h"
#include "worker/handlers/llm.h"

#define ANSWER_MAX (64 * 1024)

/* Room for a number of [assistant] as the parameter of a statement. */
struct answer_number {
	char text[24];
};
void answer_write_number(int64_t n, struct answer_number *out);

/* What to look up for a question: it, without the addresses in it, which no
 * passage could answer. The caller frees it. */
char *answer_search_text(const char *question) MALLOC_OF(mem_free);

/* What a model made of a question; NULL if it does not look like one: empty,
 * cut off, of several lines or too long. The caller frees it. */
char *answer_read_question(const struct llm_answer *answer);

/* What a function of retrieval returned, without the passages that are not
 * relevant enough. ERR_BAD_INPUT if it makes no sense. */
MUST_CHECK enum err answer_read_passages(
    const struct job *job, const char *value, struct passages *out);

/* The text of a completed answer; one that was cut off, or does not fit, ends
 * at its last whole sentence, or word if it has no sentence. */
void answer_write_text(struct buf *b, const struct llm_answer *answer);

/* When a model has declined. */
extern const char answer_declined[];

/* {"answer","engine","sources"} and, if a model was asked in vain, "notice".
 * used has the bit of each passage that the answer comes from. */
json_object *answer_by_model(
    const char *text, const struct passages *p, uint32_t used);
json_object *answer_by_extraction(const char *text, const struct passages *p,
    uint32_t used, bool is_model_away);

#endif
