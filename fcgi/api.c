/* The table of routes, and what their handlers have in common. */
#include "fcgi/api.h"

#include <string.h>

#include "common/mem.h"
#include "common/text.h"

/* When a client should look for the first time: most answers that quote the
 * material are there by then, and a wait of a whole second would be the
 * longest part of such an answer. */
#define ACCEPT_RETRY_MS 250

static const struct family assistant = {
    .job_type = "AI_QUERY", .job_path = "/assistant/job/"};
static const struct family landing = {.job_type = "LANDING_QUERY",
    .job_path = "/landing-assistant/job/",
    .is_public = true};

const struct route api_routes[] = {
    {METHOD_POST, "/landing-assistant/query", api_ask_landing, &landing},
    {METHOD_GET, "/landing-assistant/job/{}", api_get_job, &landing},
    {METHOD_DELETE, "/landing-assistant/job/{}", api_cancel_job, &landing},
    {METHOD_POST, "/assistant/query", api_ask_course, &assistant},
    {METHOD_GET, "/assistant/job/{}", api_get_job, &assistant},
    {METHOD_DELETE, "/assistant/job/{}", api_cancel_job, &assistant},
    {METHOD_GET, "/health", api_health, NULL},
    {METHOD_GET, "/healthz", api_healthz, NULL},
    {METHOD_GET, "/readyz", api_readyz, NULL},
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
	    "\"status\":\"PENDING\",\"retryAfterMs\":%d,"
	    "\"message\":\"Your question has been queued for processing.\"}",
	    ACCEPT_RETRY_MS);
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
