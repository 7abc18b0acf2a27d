/* Formats replies. What every reply carries stands here once. */
#include "fcgi/reply.h"

#include <string.h>

#define REPLY_HEADERS_MAX 4096
#define REPLY_RETRY_MS 2000

static const char reply_always[] = "Cache-Control: no-store\r\n"
				   "X-Content-Type-Options: nosniff\r\n"
				   "Referrer-Policy: no-referrer\r\n"
				   "Content-Security-Policy: default-src "
				   "'none'; frame-ancestors 'none'\r\n";

static const char *
reply_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
	    {200, "OK"},
	    {202, "Accepted"},
	    {204, "No Content"},
	    {304, "Not Modified"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {406, "Not Acceptable"},
	    {409, "Conflict"},
	    {411, "Length Required"},
	    {413, "Content Too Large"},
	    {415, "Unsupported Media Type"},
	    {429, "Too Many Requests"},
	    {503, "Service Unavailable"},
	};

	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return "Internal Server Error";
}

void
reply_init(struct reply *r, const char *request_id)
{
	*r = (struct reply){.status = 200, .request_id = request_id};
	buf_init(&r->headers, REPLY_HEADERS_MAX);
	buf_init(&r->body, REPLY_BODY_MAX);
}

void
reply_release(struct reply *r)
{
	buf_release(&r->headers);
	buf_release(&r->body);
}

void
reply_header(struct reply *r, const char *name, const char *value)
{
	for (const char *c = value; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return;
	}
	buf_printf(&r->headers, "%s: %s\r\n", name, value);
}

void
reply_retry_after(struct reply *r, int64_t ms)
{
	buf_printf(&r->headers, "Retry-After: %lld\r\n",
	    ms > 1000 ? (long long)((ms + 999) / 1000) : 1LL);
}

void
reply_problem(struct reply *r, struct problem why)
{
	struct buf *b = &r->body;

	r->status = why.status;
	r->is_problem = true;
	buf_clear(b);
	buf_add_str(b, "{\"type\":\"about:blank\",\"title\":");
	buf_add_json_str(b, reply_reason(why.status));
	buf_printf(b, ",\"status\":%d,\"detail\":", why.status);
	buf_add_json_str(b, why.message);
	buf_add_str(b, ",\"code\":");
	buf_add_json_str(b, why.code);
	buf_add_str(b, ",\"requestId\":");
	buf_add_json_str(b, r->request_id);
	buf_add_str(b, ",\"message\":");
	buf_add_json_str(b, why.message);
	buf_add_char(b, '}');
}

void
reply_error(struct reply *r, enum err e)
{
	buf_clear(&r->headers);
	if (e == ERR_DB || e == ERR_TOO_BIG) {
		reply_problem(r,
		    (struct problem){500, "internal_error",
			"Something went wrong. Please try again later."});
		return;
	}
	reply_retry_after(r, REPLY_RETRY_MS);
	reply_problem(r,
	    (struct problem){503, "unavailable",
		"The service is not available right now. Please try again in "
		"a moment."});
}

static const char *
reply_content_type(const struct reply *r)
{
	if (r->is_problem)
		return "application/problem+json";
	return r->content_type != NULL ? r->content_type : "application/json";
}

void
reply_head(struct reply *r, struct buf *out)
{
	enum err e = buf_status(&r->body);

	if (e == ERR_OK)
		e = buf_status(&r->headers);
	if (e != ERR_OK)
		reply_error(r, e);
	buf_printf(
	    out, "Status: %d %s\r\n", r->status, reply_reason(r->status));
	if (r->body.len > 0)
		buf_printf(out,
		    "Content-Type: %s\r\n"
		    "Content-Length: %zu\r\n",
		    reply_content_type(r), r->body.len);
	buf_add_str(out, reply_always);
	buf_printf(out, "X-Request-Id: %s\r\n", r->request_id);
	buf_add_str(out, buf_str(&r->headers));
	buf_add_str(out, "\r\n");
}

enum err
reply_send(struct reply *r, bool is_head, const struct http_io *io)
{
	struct buf head;
	enum err e;

	buf_init(&head, 2 * REPLY_HEADERS_MAX);
	reply_head(r, &head);
	e = buf_status(&head);
	if (e == ERR_OK)
		e = io->write(io->peer, buf_str(&head), head.len);
	if (e == ERR_OK && !is_head && r->body.len > 0)
		e = io->write(io->peer, buf_str(&r->body), r->body.len);
	buf_release(&head);
	return e;
}
