/* POST /tutors/assistant/query: a tutor's question on a course and those who
 * learn in it. */
#include "fcgi/api.h"

#include <string.h>

#include "common/mem.h"
#include "common/text.h"

#define TUTOR_QUESTION_MAX 16384 /* bytes */
#define HISTORY_MAX 20

static bool
history_is_good(json_object *one)
{
	const char *role = json_str(one, "role");

	return role != NULL && json_str(one, "content") != NULL &&
	    (strcmp(role, "user") == 0 || strcmp(role, "assistant") == 0);
}

/* The client's history with nothing else in it; NULL if it is no history. */
static json_object *
history_read(const json_object *body)
{
	json_object *given = json_get(body, "history");
	json_object *history = json_object_new_array();
	size_t n = 0;

	if (json_object_is_type(given, json_type_array))
		n = json_object_array_length(given);
	else if (given != NULL)
		n = HISTORY_MAX + 1;
	for (size_t i = 0; i < n && n <= HISTORY_MAX; i++) {
		json_object *from = json_object_array_get_idx(given, i);
		json_object *to = json_object_new_object();

		json_object_array_add(history, to);
		if (!history_is_good(from)) {
			n = HISTORY_MAX + 1;
			break;
		}
		json_add_str(to, "role", json_str(from, "role"));
		json_add_str(to, "content", json_str(from, "content"));
	}
	if (n <= HISTORY_MAX)
		return history;
	json_object_put(history);
	return NULL;
}

/* The question that is in them, or the refusal. */
static void
tutor_ask(struct call *call, const struct db_tutor_question *q)
{
	PGresult *row = NULL;
	struct uuid job;
	enum err e;

	uuid_mint(&job);
	e = db_ask_tutor(call->db, &job, q, &row);
	api_reply_asked(call, e, row, job.text);
	PQclear(row);
}

static void
tutor_check(struct call *call, struct db_tutor_question *q)
{
	json_object *history;

	if (q->course == NULL) {
		api_refuse(
		    call, 400, "course_id_required", "courseId is required");
		return;
	}
	if (q->question == NULL) {
		api_refuse(
		    call, 400, "question_required", "question is required");
		return;
	}
	if (strlen(q->question) > TUTOR_QUESTION_MAX) {
		api_refuse(call, 400, "question_too_long",
		    "question must have at most 16384 bytes");
		return;
	}
	if (q->cohort == NULL && json_get(call->body, "cohortId") != NULL &&
	    json_str(call->body, "cohortId") == NULL) {
		api_refuse(
		    call, 400, "bad_cohort_id", "cohortId must be a text");
		return;
	}
	history = history_read(call->body);
	if (history == NULL) {
		api_refuse(call, 400, "bad_history",
		    "history must be an array of at most 20 messages, each "
		    "with "
		    "a role, user or assistant, and a content");
		return;
	}
	q->history = json_text(history);
	tutor_ask(call, q);
	json_object_put(history);
}

void
api_ask_tutor(struct call *call)
{
	char *course = NULL, *question = NULL, *cohort = NULL;
	enum err e = api_take_text(call, "courseId", &course);

	if (e == ERR_OK)
		e = api_take_text(call, "question", &question);
	if (e == ERR_OK)
		e = api_take_text(call, "cohortId", &cohort);
	if (e == ERR_OK)
		tutor_check(call,
		    &(struct db_tutor_question){.user = call->owner,
			.role = call->role,
			.course = course,
			.question = question,
			.cohort = cohort});
	else
		reply_error(call->reply, e);
	mem_free(course);
	mem_free(question);
	mem_free(cohort);
}
