/* GET /metrics: the text that Prometheus reads. */
#include "fcgi/api.h"

#include <string.h>

#include "common/text.h"
#include "fcgi/identity.h"

/* A request that something has forwarded says nothing by its address. */
static bool
metrics_is_local(const struct request *q)
{
	return q->remote_addr != NULL && q->forwarded_for == NULL &&
	    text_list_has("127.0.0.1,::1", q->remote_addr);
}

static bool
metrics_may_see(const struct call *call)
{
	const char *token = call->conf->web.metrics_token;

	return metrics_is_local(call->request) ||
	    (*token != '\0' &&
		identity_is_bearer(call->request->authorization, token));
}

void
api_metrics(struct call *call)
{
	PGresult *row = NULL;
	enum err e;

	if (!metrics_may_see(call)) {
		reply_header(call->reply, "WWW-Authenticate", "Bearer");
		api_refuse(call, 401, "metrics_token_needed",
		    "The bearer token of [web] metrics_token is needed");
		return;
	}
	e = db_view_metrics(call->db, &row);
	if (e == ERR_OK) {
		call->reply
		    ->content_type = "text/plain; version=0.0.4; charset=utf-8";
		buf_add_str(&call->reply->body, pg_str(row, 0, "metrics"));
	} else {
		reply_error(call->reply, e);
	}
	PQclear(row);
}
