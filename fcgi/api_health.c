/* Three questions about health. No details that help an intruder. */
#include "fcgi/api.h"

#define READY_WORKER_AGE 30.0 /* seconds */

void
api_healthz(struct call *call)
{
	buf_add_str(&call->reply->body, "{\"status\":\"ok\"}");
}

void
api_health(struct call *call)
{
	enum err e = db_ping(call->db);

	/* A database that waits for its migration is there all the same. */
	if (e == ERR_OK || e == ERR_BAD_INPUT) {
		buf_add_str(&call->reply->body,
		    "{\"status\":\"ok\",\"database\":\"connected\"}");
		return;
	}
	call->reply->status = 503;
	buf_add_str(&call->reply->body,
	    "{\"status\":\"degraded\",\"database\":\"unavailable\"}");
}

void
api_readyz(struct call *call)
{
	const char *reason = NULL;
	double age = -1;
	enum err e = db_worker_age(call->db, &age);

	if (e == ERR_BAD_INPUT)
		reason = "the database needs a migration";
	else if (e != ERR_OK)
		reason = "the database is unavailable";
	else if (age < 0)
		reason = "no worker is running";
	else if (age >= READY_WORKER_AGE)
		reason = "no worker was seen in the last 30 seconds";
	if (reason == NULL) {
		buf_add_str(&call->reply->body,
		    "{\"status\":\"ready\",\"database\":\"connected\","
		    "\"schema\":\"current\",\"worker\":\"alive\"}");
		return;
	}
	call->reply->status = 503;
	buf_add_str(
	    &call->reply->body, "{\"status\":\"unavailable\",\"reasons\":[");
	buf_add_json_str(&call->reply->body, reason);
	buf_add_str(&call->reply->body, "]}");
}
