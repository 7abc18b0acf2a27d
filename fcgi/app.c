/* The order of the checks: cheap ones first, the body last. */
#include "fcgi/app.h"

#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "fcgi/api.h"
#include "fcgi/identity.h"

/* The first of the request's paths that names a route, with its method. */
static enum err
app_find_route(struct call *call, unsigned *allowed)
{
	const struct request *q = call->request;
	enum err e = ERR_NOT_FOUND;

	for (size_t i = 0; i < 2 && e == ERR_NOT_FOUND; i++) {
		call->path = q->paths[i];
		e = route_find(api_routes, api_route_count, q->method,
		    call->path, &call->match, allowed);
	}
	return e;
}

/* False when the reply is complete already. */
static bool
app_route(struct call *call)
{
	unsigned allowed;
	enum err e = app_find_route(call, &allowed);
	const char *media;
	struct buf allow;

	if (e == ERR_NOT_FOUND) {
		api_refuse(call, 404, "not_found", "There is nothing here");
		return false;
	}
	if (e == ERR_OK) {
		media = call->match.route->media;
		if (request_accepts(call->request,
			media != NULL ? media : "application/json"))
			return true;
		api_refuse(call, 406, "not_acceptable",
		    media != NULL ? "Only text/plain is available"
				  : "Only application/json is available");
		return false;
	}
	buf_init(&allow, 128);
	route_allow(allowed, &allow);
	reply_header(call->reply, "Allow", buf_str(&allow));
	buf_release(&allow);
	if (call->request->method == METHOD_OPTIONS)
		call->reply->status = 204;
	else
		api_refuse(call, 405, "method_not_allowed",
		    "This method is not available here");
	return false;
}

/* Sets whose jobs the route handles. */
static bool
app_identify(const struct conf *conf, struct call *call, struct identity *who)
{
	const struct family *family = call->match.route->family;
	struct problem why;

	call->owner = uuid_nobody.text;
	call->role = "";
	if (family == NULL || family->is_public)
		return true;
	if (identity_read(conf, call->request->authorization, who, &why) !=
	    ERR_OK) {
		reply_header(call->reply, "WWW-Authenticate", "Bearer");
		reply_problem(call->reply, why);
		return false;
	}
	call->owner = who->user.text;
	call->role = who->role;
	return true;
}

/* Before the body is looked at. The database asks again, where it matters. */
static bool
app_check_role(struct call *call)
{
	const char *role = call->match.route->role;

	if (role == NULL || strcmp(call->role, role) == 0)
		return true;
	api_refuse(call, 403, "not_tutor", "Tutor access required");
	return false;
}

static bool
app_read_body(const struct conf *conf, const struct http_io *io,
    struct call *call, json_object **out)
{
	size_t max = (size_t)conf->web.body_max;
	struct problem why = {400, "bad_json", NULL};
	struct buf text;
	enum err e;

	if (call->request->method != METHOD_POST)
		return true;
	buf_init(&text, max);
	e = request_read_body(io, call->request, max, &text, &why);
	if (e == ERR_OK)
		e = json_parse_object(
		    buf_str(&text), text.len, out, &why.message);
	buf_release(&text);
	if (e == ERR_BAD_INPUT)
		reply_problem(call->reply, why);
	else if (e != ERR_OK)
		reply_error(call->reply, e);
	return e == ERR_OK;
}

void
app_serve(const struct app *app, const struct http_io *io)
{
	int64_t started_ms = clock_mono_ms();
	json_object *body = NULL;
	struct identity who;
	struct request q;
	struct reply r;
	struct call call = {.conf = app->conf,
	    .db = &app->db,
	    .bell = app->bell,
	    .request = &q,
	    .reply = &r};
	const char *route = "-";
	enum err e;

	request_read_head(io, app->conf->web.prefix, &q);
	reply_init(&r, q.id);
	if (app_route(&call) && app_identify(app->conf, &call, &who) &&
	    app_check_role(&call) &&
	    app_read_body(app->conf, io, &call, &body)) {
		call.body = body;
		call.match.route->handle(&call);
	}
	json_object_put(body);
	e = reply_send(&r, q.method == METHOD_HEAD, io);
	if (call.match.route != NULL)
		route = call.match.route->pattern;
	log_event(LOG_DEBUG, "request", "route", route, "status",
	    log_num(r.status), "ms", log_num(clock_mono_ms() - started_ms),
	    "request", q.id, "sent", e == ERR_OK ? "yes" : err_name(e), NULL);
	reply_release(&r);
}
