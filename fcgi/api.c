/* The table of routes, and what their handlers have in common. */
#include "fcgi/api.h"

#include <string.h>

#include "common/mem.h"
#include "common/text.h"

/* When a client should look for the first time: most answers that quote the
 * material are there by then, and a wait of a whole second would be the
 * longest part of such an answer. */
#define ACCEPT_RETRY_MS 250

static const char question_queued[] =
    "Your question has been queued for processing.";

static const struct family assistant = {.job_type = "AI_QUERY",
    .job_path = "/assistant/job/",
    .message = question_queued};
static const struct family landing = {.job_type = "LANDING_QUERY",
    .job_path = "/landing-assistant/job/",
    .message = question_queued,
    .is_public = true};
static const struct family tutor = {.job_type = "TUTOR_COPILOT",
    .job_path = "/tutors/assistant/job/",
    .message = question_queued};
static const struct family persona = {.job_type = "PERSONA_CLASSIFY",
    .job_path = "/persona-profiles/job/",
    .message = "Your answers have been queued for processing."};

#define GET(path, handle, family)                                              \
	{                                                                      \
		METHOD_GET, path, handle, family, NULL, NULL                   \
	}
#define POST(path, handle, family)                                             \
	{                                                                      \
		METHOD_POST, path, handle, family, NULL, NULL                  \
	}
#define JOB(path, family)                                                      \
	GET(path, api_get_job, family),                                        \
	{                                                                      \
		METHOD_DELETE, path, api_cancel_job, family, NULL, NULL        \
	}

const struct route api_routes[] = {
    POST("/landing-assistant/query", api_ask_landing, &landing),
    JOB("/landing-assistant/job/{}", &landing),
    POST("/assistant/query", api_ask_course, &assistant),
    JOB("/assistant/job/{}", &assistant),
    GET("/assistant/session", api_get_session, &assistant),
    GET("/lessons/courses/{}/prompts", api_get_prompts, &assistant),
    {METHOD_POST, "/tutors/assistant/query", api_ask_tutor, &tutor, "tutor",
	NULL},
    JOB("/tutors/assistant/job/{}", &tutor),
    POST("/persona-profiles/{}/analyze", api_ask_persona, &persona),
    GET("/persona-profiles/{}/status", api_get_persona, &persona),
    JOB("/persona-profiles/job/{}", &persona),
    GET("/health", api_health, NULL),
    GET("/healthz", api_healthz, NULL),
    GET("/readyz", api_readyz, NULL),
    {METHOD_GET, "/metrics", api_metrics, NULL, NULL, "text/plain"},
};
const size_t api_route_count = sizeof api_routes / sizeof *api_routes;

void
api_refuse(struct call *call, int status, const char *code, const char *message)
{
	reply_problem(call->reply, (struct problem){status, code, message});
}

void
api_accept(struct call *call, const char *job)
{
	struct buf where;

	buf_init(&where, 2 * REQUEST_PATH_MAX);
	request_base(call->request, call->path, &where);
	buf_add_str(&where, call->match.route->family->job_path);
	buf_add_str(&where, job);
	call->reply->status = 202;
	reply_header(call->reply, "Location", buf_str(&where));
	reply_retry_after(call->reply, ACCEPT_RETRY_MS);
	buf_release(&where);
}

void
api_queued(struct call *call, const char *job, const char *session)
{
	struct buf *body = &call->reply->body;

	bell_ring(call->bell);
	api_accept(call, job);
	buf_printf(body, "{\"jobId\":\"%s\",", job);
	if (session != NULL) {
		buf_add_str(body, "\"sessionId\":");
		buf_add_json_str(body, session);
		buf_add_char(body, ',');
	}
	buf_printf(body,
	    "\"status\":\"PENDING\",\"retryAfterMs\":%d,\"message\":\"%s\"}",
	    ACCEPT_RETRY_MS, call->match.route->family->message);
}

/* What a function of the campus can refuse, and how that is told. */
static const struct problem api_refusals[] = {
    {404, "course_not_found", "Course not found"},
    {404, "topic_not_found", "Topic not found for this course."},
    {404, "suggestion_not_found", "Suggestion not found for this course."},
    {404, "cohort_not_found", "Cohort not found for this course."},
    {403, "not_tutor", "Tutor access required"},
    {403, "not_assigned", "Tutor is not assigned to this course"},
    {429, "rate_limited",
	"Too many assistant requests. Please wait before trying again."},
};

bool
api_refuse_outcome(struct call *call, const PGresult *row)
{
	const char *outcome = PQfnumber(row, "outcome") >= 0
	    ? pg_str(row, 0, "outcome")
	    : NULL;
	size_t n = sizeof api_refusals / sizeof *api_refusals;

	for (size_t i = 0; outcome != NULL && i < n; i++) {
		if (strcmp(outcome, api_refusals[i].code) != 0)
			continue;
		reply_problem(call->reply, api_refusals[i]);
		if (api_refusals[i].status == 429)
			reply_retry_after(
			    call->reply, pg_int(row, 0, "retry_after_ms"));
		return true;
	}
	return false;
}

void
api_reply_asked(
    struct call *call, enum err e, const PGresult *row, const char *job)
{
	if (e != ERR_OK)
		reply_error(call->reply, e);
	else if (!api_refuse_outcome(call, row))
		api_queued(call, job,
		    PQfnumber(row, "session_id") >= 0
			? pg_str(row, 0, "session_id")
			: NULL);
}

enum err
api_take_arg(const struct call *call, char out[REQUEST_PATH_MAX])
{
	size_t len = call->match.arg_len;

	memcpy(out, call->match.arg, len);
	out[len] = '\0';
	return text_is_utf8(out, len) ? ERR_OK : ERR_BAD_INPUT;
}

enum err
api_take_text(const struct call *call, const char *name, char **out)
{
	const char *text = json_str(call->body, name);
	size_t len = 0;
	char *copy;

	if (text != NULL)
		text = text_trim(text, &len);
	if (len == 0) {
		*out = NULL;
		return ERR_OK;
	}
	copy = try_alloc(len + 1);
	if (copy == NULL)
		return ERR_NOMEM;
	memcpy(copy, text, len);
	*out = copy;
	return ERR_OK;
}
