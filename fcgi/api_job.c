/*
 * GET and DELETE of one job, for every family of routes. Who may see it is
 * decided in SQL by owner and type; a job of somebody else is as unknown here
 * as one that never was.
 */
#include "fcgi/api.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* FNV-1a: changes of the text show, and nobody gains by making them not. */
static uint64_t
hash_text(const char *s, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * UINT64_C(0x100000001b3);
	return h;
}

static void
job_add_str(
    struct buf *b, const PGresult *row, const char *column, const char *name)
{
	const char *value = pg_str(row, 0, column);

	if (value == NULL)
		return;
	buf_printf(b, ",\"%s\":", name);
	buf_add_json_str(b, value);
}

/* For columns whose text is JSON as it is: numbers and jsonb. */
static void
job_add_raw(
    struct buf *b, const PGresult *row, const char *column, const char *name)
{
	const char *value = pg_str(row, 0, column);

	if (value != NULL)
		buf_printf(b, ",\"%s\":%s", name, value);
}

static void
job_describe(struct buf *b, const PGresult *row, const char *status)
{
	if (strcmp(status, "COMPLETED") == 0) {
		assert(pg_str(row, 0, "result") != NULL);
		job_add_raw(b, row, "result", "result");
		job_add_str(b, row, "completed_at", "completedAt");
	} else if (strcmp(status, "FAILED") == 0) {
		job_add_str(b, row, "error", "error");
		job_add_str(b, row, "error_code", "code");
	} else if (strcmp(status, "CANCELLED") != 0) {
		job_add_raw(b, row, "attempts", "attempts");
		job_add_str(b, row, "created_at", "createdAt");
		job_add_raw(b, row, "queue_position", "position");
		job_add_str(b, row, "run_at", "runAt");
		job_add_str(b, row, "stage", "progress");
		job_add_str(b, row, "partial", "partial");
	}
}

static void
job_reply(struct call *call, const PGresult *row, const char *id)
{
	struct reply *r = call->reply;
	const char *retry = pg_str(row, 0, "retry_after_ms");
	char tag[17], etag[24];

	buf_printf(&r->body, "{\"jobId\":\"%s\"", id);
	job_add_str(&r->body, row, "status", "status");
	job_describe(&r->body, row, pg_str(row, 0, "status"));
	/* The tag is of all but the time to wait, which moves on its own. */
	(void)snprintf(tag, sizeof tag, "%016llx",
	    (unsigned long long)hash_text(buf_str(&r->body), r->body.len));
	(void)snprintf(etag, sizeof etag, "W/\"%s\"", tag);
	reply_header(r, "ETag", etag);
	if (retry != NULL) {
		reply_retry_after(r, pg_int(row, 0, "retry_after_ms"));
		job_add_raw(&r->body, row, "retry_after_ms", "retryAfterMs");
	}
	buf_add_char(&r->body, '}');
	if (request_has_etag(call->request, tag) &&
	    buf_status(&r->body) == ERR_OK) {
		r->status = 304;
		buf_clear(&r->body);
	}
}

/* The id in the path, or a refusal. */
static bool
job_id(struct call *call, struct uuid *out)
{
	if (uuid_parse(call->match.arg, call->match.arg_len, out))
		return true;
	api_refuse(call, 400, "invalid_job_id", "Invalid job ID");
	return false;
}

static void
job_refuse(struct call *call, enum err e)
{
	if (e == ERR_NOT_FOUND)
		api_refuse(call, 404, "job_not_found", "Job not found");
	else
		reply_error(call->reply, e);
}

void
api_get_job(struct call *call)
{
	PGresult *row = NULL;
	struct uuid id;
	enum err e;

	if (!job_id(call, &id))
		return;
	e = db_view_job(call->db,
	    &(struct db_job){
		id.text, call->owner, call->match.route->family->job_type},
	    &row);
	if (e == ERR_OK)
		job_reply(call, row, id.text);
	else
		job_refuse(call, e);
	PQclear(row);
}

void
api_cancel_job(struct call *call)
{
	enum db_cancel outcome = DB_CANCEL_FINAL;
	struct uuid id;
	enum err e;

	if (!job_id(call, &id))
		return;
	e = db_cancel_job(call->db,
	    &(struct db_job){
		id.text, call->owner, call->match.route->family->job_type},
	    &outcome);
	if (e != ERR_OK) {
		job_refuse(call, e);
		return;
	}
	if (outcome == DB_CANCEL_FINAL) {
		api_refuse(call, 409, "job_final", "Job has already ended");
		return;
	}
	if (outcome == DB_CANCEL_CUT)
		api_accept(call, id.text);
	buf_printf(&call->reply->body,
	    "{\"jobId\":\"%s\",\"status\":\"CANCELLED\"}", id.text);
}
