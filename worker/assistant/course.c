#include "worker/assistant/course.h"

#include <string.h>

#include "common/conf.h"
#include "common/uuid.h"
#include "worker/assistant/answer.h"
#include "worker/assistant/prompt.h"

static int
course_bind(const struct job *job, const char *question, const char *limit,
    const char *values[ANSWER_PARAMS_MAX])
{
	const char *course = json_str(job->payload, "courseId");
	struct uuid id;

	if (course == NULL || !uuid_parse(course, strlen(course), &id))
		return 0;
	values[0] = course;
	values[1] = question;
	values[2] = limit;
	return 3;
}

static void
course_write_rules(
    struct buf *b, const struct job *job, const struct passages *p)
{
	prompt_write_course_rules(
	    b, job->services->conf->assistant.brand, p->course);
}

static void
course_write_refusal(
    struct buf *b, const struct job *job, const struct passages *p)
{
	(void)job;
	buf_printf(b,
	    "I could not find an answer to that in the material of %s. Please "
	    "try asking in other words, or about another topic of the course.",
	    p->course);
}

static json_object *
course_finish(const struct job *job, const char *answer, json_object *result)
{
	json_object *next = json_get(job->payload, "nextSuggestions");
	json_object *effects = json_object_new_object();

	if (!json_object_is_type(next, json_type_array))
		next = NULL;
	json_object_object_add(result, "nextSuggestions",
	    next != NULL ? json_object_get(next) : json_object_new_array());
	json_add_str(result, "sessionId", job->session_id);
	json_add_str(effects, "answer", answer);
	return effects;
}

static const struct subject course_subject = {
    .sql = "SELECT campus.course_passages($1, $2, $3)",
    .bind = course_bind,
    .write_rules = course_write_rules,
    .write_refusal = course_write_refusal,
    .finish = course_finish};

void
course_start(struct job *job)
{
	answer_start(job, &course_subject);
}
