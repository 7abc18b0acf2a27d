#include "worker/assistant/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/log.h"
#include "common/mem.h"
#include "worker/assistant/assistant.h"
#include "worker/assistant/extract.h"
#include "worker/assistant/prompt.h"
#include "worker/handlers/llm.h"
#include "worker/pgconn.h"

#define ANSWER_TOKENS 500
#define ANSWER_MAX (64 * 1024)

static const char answer_declined[] =
    "The language model declined to answer this question. Please try asking it "
    "in other words.";

struct answer {
	struct job *job;
	const struct subject *subject;
	const char *question;
	struct pgquery *query; /* while searching */
	struct llm_call *call; /* while asking */
	struct passages passages;
};

static void
answer_free(struct answer *a)
{
	a->job->state = NULL;
	passages_release(&a->passages);
	mem_free(a);
}

/* Ends the job with an answer from the passages whose bits are set. */
static void
answer_complete(
    struct answer *a, const char *text, const char *engine, uint32_t used)
{
	struct job *job = a->job;
	json_object *result = json_object_new_object(), *effects;

	json_add_str(result, "answer", text);
	json_add_str(result, "engine", engine);
	json_object_object_add(
	    result, "sources", passages_sources(&a->passages, used));
	effects = a->subject->finish(job, text, result);
	answer_free(a);
	job_complete(job, result, effects);
}

static void
answer_refuse(struct answer *a)
{
	struct buf b;

	buf_init(&b, ANSWER_MAX);
	a->subject->write_refusal(&b, a->job, &a->passages);
	answer_complete(a, buf_str(&b), "extractive", 0);
	buf_release(&b);
}

static void
answer_extract(struct answer *a)
{
	struct buf b;
	uint32_t used = 0;

	buf_init(&b, ANSWER_MAX);
	if (a->subject->is_whole) {
		buf_add_str(&b, a->passages.list[0].content);
		used = 1;
	} else {
		(void)extract_answer(&a->passages, a->question, &b, &used);
	}
	if (used != 0 && buf_status(&b) == ERR_OK)
		answer_complete(a, buf_str(&b), "extractive", used);
	else
		answer_refuse(a);
	buf_release(&b);
}

static void
answer_on_model(void *ctx, const struct llm_answer *reply)
{
	struct answer *a = ctx;
	struct job *job = a->job;

	a->call = NULL;
	switch (reply->outcome) {
	case LLM_COMPLETED:
		answer_complete(a, reply->text, "llm", UINT32_MAX);
		return;
	case LLM_FILTERED:
		answer_complete(a, answer_declined, "llm", 0);
		return;
	case LLM_RETRY:
		if (job->attempt < job->max_attempts) {
			answer_free(a);
			job_retry(job,
			    "The language model is not available at the "
			    "moment. Please try again later.",
			    reply->code, reply->detail, reply->retry_after_ms,
			    NULL);
			return;
		}
		break;
	case LLM_PERMANENT:
		break;
	}
	log_event(LOG_WARN, "answered_without_model", "job", job->id, "code",
	    reply->code, NULL);
	answer_extract(a);
}

static void
answer_ask(struct answer *a)
{
	struct buf rules, question;
	struct llm_message messages[2];
	const struct llm_request request = {.messages = messages,
	    .count = 2,
	    .tenant = "default",
	    .max_tokens = ANSWER_TOKENS,
	    .temperature = "0.2"};

	buf_init(&rules, PROMPT_MAX);
	buf_init(&question, PROMPT_MAX);
	a->subject->write_rules(&rules, a->job, &a->passages);
	prompt_write_question(&question, &a->passages, a->question);
	messages[0] = (struct llm_message){
	    .role = "system", .content = buf_str(&rules)};
	messages[1] = (struct llm_message){
	    .role = "user", .content = buf_str(&question)};
	a->call = llm_start(
	    assistant_of(a->job)->llm, a->job, &request, answer_on_model, a);
	buf_release(&rules);
	buf_release(&question);
}

/* The least relevance, which the configuration has checked to be a decimal. */
static double
answer_threshold(const struct job *job)
{
	return strtod(job->services->conf->assistant.threshold, NULL);
}

static void
answer_on_passages(void *ctx, enum err e, const PGresult *res)
{
	struct answer *a = ctx;
	struct job *job = a->job;

	a->query = NULL;
	if (e == ERR_OK)
		e = PQntuples(res) == 1
		    ? passages_read(PQgetvalue(res, 0, 0),
			  answer_threshold(job), &a->passages)
		    : ERR_DB;
	if (e != ERR_OK) {
		answer_free(a);
		job_retry(job,
		    "The course material could not be searched. Please try "
		    "again later.",
		    "database_error", err_name(e), -1, NULL);
	} else if (!a->passages.is_found) {
		answer_free(a);
		job_fail(
		    job, "Course not found", "course_not_found", NULL, NULL);
	} else if (a->passages.count == 0) {
		answer_refuse(a);
	} else if (llm_is_configured(job->services->conf)) {
		answer_ask(a);
	} else {
		answer_extract(a);
	}
}

void
answer_start(struct job *job, const struct subject *subject)
{
	const struct conf *conf = job->services->conf;
	const char *question = json_str(job->payload, "question");
	const char *values[ANSWER_PARAMS_MAX];
	char limit[16];
	struct answer *a;
	int n = 0;

	(void)snprintf(
	    limit, sizeof limit, "%lld", (long long)conf->assistant.passages);
	if (question != NULL && *question != '\0')
		n = subject->bind(job, question, limit, values);
	if (n == 0) {
		job_fail(job, "The question is incomplete.", "bad_payload",
		    "question or courseId is missing or malformed", NULL);
		return;
	}
	a = x_alloc(sizeof *a);
	*a = (struct answer){
	    .job = job, .subject = subject, .question = question};
	job->state = a;
	a->query = pgpool_send(job->services->reads, PGQUERY_REPEATABLE,
	    subject->sql, n, values, conf->database.statement_timeout_ms,
	    answer_on_passages, a);
}

void
answer_cancel(struct job *job)
{
	struct answer *a = job->state;

	if (a == NULL)
		return;
	if (a->query != NULL)
		pgquery_cancel(a->query);
	if (a->call != NULL)
		llm_cancel(a->call);
	answer_free(a);
}
