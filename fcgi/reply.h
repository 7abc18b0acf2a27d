/*
 * One HTTP reply: collected by a handler, formatted and written once. Errors
 * are application/problem+json (RFC 9457) with a code for programs, the id of
 * the request, and the sentence again as "message" for older clients.
 */
#ifndef FCGI_REPLY_H
#define FCGI_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/attrs.h"
#include "common/buf.h"
#include "common/err.h"
#include "fcgi/http_io.h"

#define REPLY_BODY_MAX ((size_t)64 << 20)

/* Why a request is refused. Both texts are static and shown to the client. */
struct problem {
	int status;
	const char *code, *message;
};

struct reply {
	int status;
	bool is_problem;
	const char *content_type; /* of the body, if it is not JSON */
	const char *request_id;   /* borrowed; goes out as X-Request-Id */
	struct buf headers;       /* "Name: value\r\n" each */
	struct buf body;          /* JSON, other text, or empty */
};

void reply_init(struct reply *r, const char *request_id);
void reply_release(struct reply *r);

/* A value with a control character in it is left out with its header. */
void reply_header(struct reply *r, const char *name, const char *value);

/* Retry-After in whole seconds, rounded up, at least one. */
void reply_retry_after(struct reply *r, int64_t ms);

/* Drops the body there is and answers with the problem. */
void reply_problem(struct reply *r, struct problem why);

/* 503 with Retry-After when the database is away, busy or not migrated; 500
 * for what should not happen. */
void reply_error(struct reply *r, enum err e);

/* Status line and headers, the blank line included. Pure. A body that
 * outgrew its buffer becomes a 500 here. */
void reply_head(struct reply *r, struct buf *out);

/* ERR_NET when the peer has gone. */
MUST_CHECK enum err reply_send(
    struct reply *r, bool is_head, const struct http_io *io);

#endif
