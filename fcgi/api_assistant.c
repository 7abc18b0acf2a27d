/* POST /assistant/query: a learner's question on a course. */
#include "fcgi/api.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"

#define COURSE_QUESTION_MAX 16384 /* bytes */
#define MODULE_MAX 1000000
#define QUOTA_RETRY_MS (3600 * 1000)

/* What campus.ask_course gets. */
struct ask {
	char *course, *question, *suggestion; /* NULL if absent */
	struct uuid topic;
	bool has_topic;
	int64_t module; /* -1 if absent */
};

static void
ask_release(struct ask *a)
{
	mem_free(a->course);
	mem_free(a->question);
	mem_free(a->suggestion);
}

static bool
ask_is_uuid(const char *text, struct uuid *out)
{
	return text != NULL && uuid_parse(text, strlen(text), out);
}

/* A whole number, or the text of one; -1 if it is neither. */
static int64_t
ask_module(const struct call *call, const char *text)
{
	int64_t n = -1;

	if (text != NULL && text_to_int(text, 0, MODULE_MAX, &n) == ERR_OK)
		return n;
	if (!json_get_int(call->body, "moduleNo", &n) || n > MODULE_MAX)
		return -1;
	return n < 0 ? -1 : n;
}

static enum err
ask_read(const struct call *call, struct ask *a)
{
	char *topic = NULL, *module = NULL;
	enum err e = api_take_text(call, "courseId", &a->course);

	if (e == ERR_OK)
		e = api_take_text(call, "question", &a->question);
	if (e == ERR_OK)
		e = api_take_text(call, "suggestionId", &a->suggestion);
	if (e == ERR_OK)
		e = api_take_text(call, "topicId", &topic);
	if (e == ERR_OK)
		e = api_take_text(call, "moduleNo", &module);
	a->has_topic = ask_is_uuid(topic, &a->topic);
	a->module = ask_module(call, module);
	mem_free(topic);
	mem_free(module);
	return e;
}

/* Is it absent, null or a blank text? */
static bool
ask_lacks(const struct call *call, const char *name)
{
	const char *text = json_str(call->body, name);
	size_t len = 0;

	if (text == NULL)
		return json_get(call->body, name) == NULL;
	(void)text_trim(text, &len);
	return len == 0;
}

/* NULL, or the sentence that says what is wrong; *code goes with it. */
static const char *
ask_check(const struct call *call, const struct ask *a, const char **code)
{
	struct uuid suggestion;

	*code = "course_id_required";
	if (a->course == NULL)
		return "courseId is required";
	*code = "topic_id_required";
	if (ask_lacks(call, "topicId"))
		return "topicId is required";
	*code = "bad_topic_id";
	if (!a->has_topic)
		return "topicId must be a UUID";
	*code = "bad_suggestion_id";
	if (json_get(call->body, "suggestionId") != NULL &&
	    !ask_is_uuid(a->suggestion, &suggestion))
		return "suggestionId must be a UUID";
	*code = "question_required";
	if (a->question == NULL && a->suggestion == NULL)
		return "Question is required";
	*code = "question_too_long";
	if (a->question != NULL && strlen(a->question) > COURSE_QUESTION_MAX)
		return "Question must have at most 16384 bytes";
	*code = "module_no_required";
	if (a->suggestion == NULL && ask_lacks(call, "moduleNo"))
		return "moduleNo is required for typed prompts";
	*code = "bad_module_no";
	if (a->suggestion == NULL && a->module < 0)
		return "moduleNo must be a whole number";
	return NULL;
}

static void
ask_reply_answered(struct call *call, const PGresult *row)
{
	struct buf *body = &call->reply->body;

	buf_add_str(body, "{\"answer\":");
	buf_add_json_str(body, pg_str(row, 0, "answer"));
	buf_add_str(body, ",\"nextSuggestions\":");
	buf_add_str(body, pg_str(row, 0, "next_suggestions"));
	buf_add_str(body, ",\"sessionId\":");
	buf_add_json_str(body, pg_str(row, 0, "session_id"));
	buf_add_char(body, '}');
}

/* The quota does not come back with time; a client that asks again should
 * leave it at that. */
static void
ask_reply_quota(struct call *call, int64_t module)
{
	char message[160];

	(void)snprintf(message, sizeof message,
	    "You've reached the tutor question limit for module %lld. Please "
	    "continue to the next module to unlock more questions.",
	    (long long)module);
	api_refuse(call, 429, "quota_exceeded", message);
	reply_retry_after(call->reply, QUOTA_RETRY_MS);
}

/* row is of ask_course, or of the job itself if the answer to it was lost. */
static void
ask_reply(
    struct call *call, const PGresult *row, const char *job, int64_t module)
{
	const char *outcome = PQfnumber(row, "outcome") >= 0
	    ? pg_str(row, 0, "outcome")
	    : "queued";

	if (strcmp(outcome, "answered") == 0)
		ask_reply_answered(call, row);
	else if (strcmp(outcome, "quota_exceeded") == 0)
		ask_reply_quota(call, module);
	else
		api_reply_asked(call, ERR_OK, row, job);
}

static void
ask_send(struct call *call, const struct ask *a)
{
	char module[24];
	struct db_question q = {.user = call->owner,
	    .course = a->course,
	    .topic = a->topic.text,
	    .question = a->question,
	    .suggestion = a->suggestion,
	    .module = a->module >= 0 ? module : NULL};
	PGresult *row = NULL;
	struct uuid job;
	enum err e;

	(void)snprintf(module, sizeof module, "%lld", (long long)a->module);
	uuid_mint(&job);
	e = db_ask_course(call->db, &job, &q, &row);
	if (e == ERR_OK)
		ask_reply(call, row, job.text, a->module);
	else
		reply_error(call->reply, e);
	PQclear(row);
}

void
api_ask_course(struct call *call)
{
	struct ask a = {0};
	enum err e = ask_read(call, &a);
	const char *code, *missing;

	if (e != ERR_OK) {
		reply_error(call->reply, e);
		goto out;
	}
	missing = ask_check(call, &a, &code);
	if (missing != NULL)
		api_refuse(call, 400, code, missing);
	else
		ask_send(call, &a);
out:
	ask_release(&a);
}
