/*
 * How an attempt ended, from the moment its handler says so until the database
 * has it. Pure: made from what a handler gives, and turned into the parameters
 * of coatcheck.settle().
 */
#ifndef WORKER_OUTCOME_H
#define WORKER_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/attrs.h"
#include "common/err.h"
#include "common/json.h"
#include "common/uuid.h"

/* Outcomes that go in one statement, and what their texts may come to; one
 * that is larger goes alone. */
#define OUTCOMES_MAX 100
#define OUTCOMES_BYTES_MAX (4 * 1024 * 1024)

enum outcome_kind { OUTCOME_COMPLETED, OUTCOME_RETRY, OUTCOME_FAILED };

struct outcome {
	TAILQ_ENTRY(outcome) link;
	enum outcome_kind kind;
	struct uuid job_id;
	int64_t token;
	int attempt;
	int64_t run_ms;
	json_object *result, *effects;
	char *error, *code, *detail;
	int64_t delay_ms;
	size_t bytes;     /* of result and effects */
	bool is_suspect;  /* a batch it was in has failed: now it goes alone */
	int failures;     /* alone, of another cause than its data */
	int64_t retry_ms; /* after them: not before then (monotonic) */
	bool is_replaced; /* by outcome_replace() */
};
TAILQ_HEAD(outcome_list, outcome);

/* Takes result and effects, which may be NULL. */
struct outcome *outcome_completed(json_object *result, json_object *effects);

/* error and code are needed, detail may be NULL. Texts are cut, and replaced
 * if they are not UTF-8: a failure must not fail to be stored. Takes effects,
 * which may be NULL. */
struct outcome *outcome_failed(enum outcome_kind kind, const char *error,
    const char *code, const char *detail, int64_t delay_ms,
    json_object *effects);
void outcome_free(struct outcome *o);

/* The last resort for one that the database refuses: a failure that it can
 * store. */
void outcome_replace(struct outcome *o);

/* How many from the front of a list go together: at least 1 unless empty. */
size_t outcomes_batch(const struct outcome_list *list);

/* The nine array parameters, for the first n of a list. */
#define OUTCOME_ARRAYS 9
struct outcome_arrays {
	char *values[OUTCOME_ARRAYS]; /* mem_free each */
};
MUST_CHECK enum err outcomes_format(
    const struct outcome_list *list, size_t n, struct outcome_arrays *out);
void outcome_arrays_release(struct outcome_arrays *a);

#endif
