/*
 * One job of the assistant with the database, the models and the engine
 * replaced: keeps what its handler sends and how it ends, and lets the test
 * answer. For tests that link with
 *
 *   --wrap=pgpool_send,--wrap=pgquery_cancel
 *   --wrap=llm_start,--wrap=llm_cancel
 *   --wrap=job_complete,--wrap=job_retry,--wrap=job_fail
 */
#ifndef TESTS_UNIT_WORKER_FAKE_JOB_H
#define TESTS_UNIT_WORKER_FAKE_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"
#include "common/err.h"
#include "worker/handler.h"
#include "worker/handlers/llm.h"

#define FAKE_COURSE "c0000000-0000-4000-8000-000000000001"
#define FAKE_MESSAGES_MAX 16

/* What went out last, and how the job ended. Texts are NULL before. */
struct fake_seen {
	char *sql, *values; /* "a|b|", "(null)" for NULL */
	size_t asked;       /* requests to a model so far */
	char *roles[FAKE_MESSAGES_MAX], *contents[FAKE_MESSAGES_MAX];
	bool is_optional[FAKE_MESSAGES_MAX];
	size_t count; /* of messages in the last request */
	int64_t max_tokens;
	char *temperature, *tenant, *schema;
	bool is_query_cancelled, is_call_cancelled;
	const char *end; /* "complete", "retry" or "fail" */
	char *result, *effects, *error, *code;
	int64_t retry_after_ms;
};
extern struct fake_seen fake_seen;
extern struct job fake_job;
extern struct conf fake_conf;

/* For cmocka: a configuration without a model; and all freed. The prompts and
 * personas are those that are built in. */
int fake_setup(void **state);
int fake_teardown(void **state);
void fake_use_model(void); /* as if one were configured */

/* Starts a job, after the one before it has ended. */
void fake_start(const char *type, const char *payload);
void fake_cancel(void);

/* Answers the statement or the request under way. */
void fake_give_row(const char *value); /* NULL gives a NULL */
void fake_give_rows(int n);
void fake_give_error(enum err e);
void fake_say(const char *text);
void fake_say_cut(const char *text); /* at max_tokens */
void fake_trouble(enum llm_outcome outcome, const char *code);

/* Does text, which is not NULL, hold part? */
bool fake_has(const char *text, const char *part);

#endif
