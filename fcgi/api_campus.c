/* What a learner reads of the campus: a conversation, prompts to click, whether
 * there is a profile. */
#include "fcgi/api.h"

#include <string.h>

#include "common/uuid.h"
#include "fcgi/query.h"

/* The body of a row, or the refusal in it. Takes row. */
static void
campus_reply(struct call *call, enum err e, PGresult *row)
{
	if (e != ERR_OK)
		reply_error(call->reply, e);
	else if (!api_refuse_outcome(call, row))
		buf_add_str(&call->reply->body, pg_str(row, 0, "body"));
	PQclear(row);
}

static bool
campus_is_blank(const char *text)
{
	return text[strspn(text, " ")] == '\0';
}

/* A UUID in the query; absent is as good as any, and leaves *out empty. */
static enum err
campus_uuid(const struct call *call, const char *name, struct uuid *out)
{
	char text[64];
	enum err e = query_get(call->request->query, name, text, sizeof text);

	out->text[0] = '\0';
	if (e == ERR_NOT_FOUND || (e == ERR_OK && campus_is_blank(text)))
		return ERR_OK;
	if (e == ERR_OK && !uuid_parse(text, strlen(text), out))
		e = ERR_BAD_INPUT;
	return e;
}

static const char *
campus_or_null(const struct uuid *id)
{
	return id->text[0] != '\0' ? id->text : NULL;
}

void
api_get_session(struct call *call)
{
	char course[REQUEST_PATH_MAX];
	struct uuid topic;
	PGresult *row = NULL;
	enum err e = query_get(
	    call->request->query, "courseId", course, sizeof course);

	if (e == ERR_NOT_FOUND || (e == ERR_OK && campus_is_blank(course)))
		api_refuse(
		    call, 400, "course_id_required", "courseId is required");
	else if (e != ERR_OK)
		api_refuse(call, 400, "bad_course_id",
		    "courseId must be a UUID, a slug or a name");
	else if (campus_uuid(call, "topicId", &topic) != ERR_OK)
		api_refuse(call, 400, "bad_topic_id", "topicId must be a UUID");
	else if (topic.text[0] == '\0')
		api_refuse(
		    call, 400, "topic_id_required", "topicId is required");
	else {
		e = db_view_session(
		    call->db, call->owner, course, topic.text, &row);
		campus_reply(call, e, row);
	}
}

void
api_get_prompts(struct call *call)
{
	char course[REQUEST_PATH_MAX];
	struct uuid topic, parent;
	PGresult *row = NULL;
	enum err e;

	if (api_take_arg(call, course) != ERR_OK ||
	    campus_uuid(call, "topicId", &topic) != ERR_OK ||
	    campus_uuid(call, "parentSuggestionId", &parent) != ERR_OK) {
		api_refuse(call, 400, "bad_query", "Invalid query parameters");
		return;
	}
	e = db_view_prompts(call->db, course, campus_or_null(&topic),
	    campus_or_null(&parent), &row);
	campus_reply(call, e, row);
}

void
api_get_persona(struct call *call)
{
	char course[REQUEST_PATH_MAX];
	PGresult *row = NULL;
	enum err e;

	if (api_take_arg(call, course) != ERR_OK) {
		api_refuse(call, 404, "course_not_found", "Course not found");
		return;
	}
	e = db_view_persona(call->db, call->owner, course, &row);
	campus_reply(call, e, row);
}
