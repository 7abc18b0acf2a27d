/*
 * How a question gets its answer, for learners and visitors alike:
 *
 *   search    passages from the database, which must be relevant enough
 *   refuse    if there is none: an honest sentence, and no model is asked
 *   ask       if a model is configured; when it fails for now, the job waits
 *             for another attempt
 *   extract   without a model, or when it has failed for good: a passage or
 *             sentences of some
 *
 * What differs between the two is a struct subject. Owns the state of a job
 * from start to end.
 */
#ifndef ASSISTANT_ANSWER_H
#define ASSISTANT_ANSWER_H

#include "common/buf.h"
#include "worker/assistant/passages.h"
#include "worker/handler.h"

#define ANSWER_PARAMS_MAX 3

struct subject {
	/* One row with one column: what passages_read() reads. */
	const char *sql;

	/* Are passages facts that answer as they are? Else sentences of them
	 * are chosen. */
	bool is_whole;

	/* Sets the parameters of sql, whose texts live as long as the job, and
	 * returns how many; limit is the last. 0 if the payload is bad. */
	int (*bind)(const struct job *job, const char *question,
	    const char *limit, const char *values[ANSWER_PARAMS_MAX]);

	/* The system message for a model. */
	void (*write_rules)(
	    struct buf *b, const struct job *job, const struct passages *p);

	/* The answer when nothing relevant was found. */
	void (*write_refusal)(
	    struct buf *b, const struct job *job, const struct passages *p);

	/* Adds to result, which has answer, sources and engine. The return
	 * value is the effects of the job, or NULL. */
	json_object *(*finish)(
	    const struct job *job, const char *answer, json_object *result);
};

void answer_start(struct job *job, const struct subject *subject);
void answer_cancel(struct job *job);

#endif
