#include "worker/assistant/landing.h"

#include "common/conf.h"
#include "worker/assistant/answer.h"
#include "worker/assistant/prompt.h"

static int
landing_bind(const struct job *job, const char *question, const char *limit,
    const char *values[ANSWER_PARAMS_MAX])
{
	(void)job;
	values[0] = question;
	values[1] = limit;
	return 2;
}

static void
landing_write_rules(
    struct buf *b, const struct job *job, const struct passages *p)
{
	(void)p;
	prompt_write_landing_rules(b, job->services->conf->assistant.brand);
}

static void
landing_write_refusal(
    struct buf *b, const struct job *job, const struct passages *p)
{
	(void)p;
	buf_printf(b,
	    "I can only answer questions about the courses, workshops and "
	    "cohorts of %s: what there is, what it costs, how long it takes "
	    "and when it starts.",
	    job->services->conf->assistant.brand);
}

static json_object *
landing_finish(const struct job *job, const char *answer, json_object *result)
{
	(void)job;
	(void)answer;
	(void)result;
	return NULL;
}

static const struct subject landing_subject = {
    .sql = "SELECT campus.landing_passages($1, $2)",
    .is_whole = true,
    .bind = landing_bind,
    .write_rules = landing_write_rules,
    .write_refusal = landing_write_refusal,
    .finish = landing_finish};

void
landing_start(struct job *job)
{
	answer_start(job, &landing_subject);
}
