/* POST /persona-profiles/{courseKey}/analyze: how somebody likes to learn, from
 * a few answers. */
#include "fcgi/api.h"

#include <stdio.h>
#include <string.h>

#include "common/text.h"

#define RESPONSES_MIN 2
#define RESPONSES_MAX 6

/* The members of a response, and how long each may be, in characters. */
static const struct {
	const char *name;
	size_t min, max;
} persona_members[] = {
    {"questionId", 1, 64},
    {"prompt", 1, 500},
    {"answer", 10, 2000},
};

#define MEMBERS (sizeof persona_members / sizeof *persona_members)

/* A copy of a response with its three members; false, and which is wrong. */
static bool
persona_read(json_object *from, json_object *to, size_t *wrong)
{
	for (size_t i = 0; i < MEMBERS; i++) {
		const char *text = json_str(from, persona_members[i].name);
		size_t len = text != NULL ? text_utf8_length(text, strlen(text))
					  : 0;

		*wrong = i;
		if (len < persona_members[i].min ||
		    len > persona_members[i].max)
			return false;
		json_add_str(to, persona_members[i].name, text);
	}
	return true;
}

static void
persona_refuse(struct call *call, size_t at, size_t wrong)
{
	char message[160];

	(void)snprintf(message, sizeof message,
	    "responses[%zu].%s must be a text of %zu to %zu characters", at,
	    persona_members[wrong].name, persona_members[wrong].min,
	    persona_members[wrong].max);
	api_refuse(call, 400, "bad_responses", message);
}

static void
persona_ask(struct call *call, const char *course, json_object *responses)
{
	PGresult *row = NULL;
	struct uuid job;
	enum err e;

	uuid_mint(&job);
	e = db_ask_persona(
	    call->db, &job, call->owner, course, json_text(responses), &row);
	api_reply_asked(call, e, row, job.text);
	PQclear(row);
}

void
api_ask_persona(struct call *call)
{
	json_object *given = json_get(call->body, "responses"), *responses;
	size_t wrong,
	    n = json_object_is_type(given, json_type_array)
	    ? json_object_array_length(given)
	    : 0;
	char course[REQUEST_PATH_MAX];

	if (api_take_arg(call, course) != ERR_OK) {
		api_refuse(call, 404, "course_not_found", "Course not found");
		return;
	}
	if (n < RESPONSES_MIN || n > RESPONSES_MAX) {
		api_refuse(call, 400, "bad_responses",
		    "responses must be an array of 2 to 6 answers");
		return;
	}
	responses = json_object_new_array();
	for (size_t i = 0; i < n; i++) {
		json_object *one = json_object_new_object();

		json_object_array_add(responses, one);
		if (!persona_read(
			json_object_array_get_idx(given, i), one, &wrong)) {
			persona_refuse(call, i, wrong);
			goto out;
		}
	}
	persona_ask(call, course, responses);
out:
	json_object_put(responses);
}
