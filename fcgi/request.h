/*
 * What a client sent, from the CGI variables and the body, checked and
 * bounded. Knows nothing of routes or databases.
 */
#ifndef FCGI_REQUEST_H
#define FCGI_REQUEST_H

#include "common/attrs.h"
#include "common/buf.h"
#include "common/err.h"
#include "fcgi/http_io.h"
#include "fcgi/reply.h"
#include "fcgi/route.h"

#define REQUEST_PATH_MAX 512
#define REQUEST_ID_MAX 64

struct request {
	enum method method;
	char id[REQUEST_ID_MAX + 1]; /* the client's own, or minted */
	/*
	 * Where the route may stand, the configured prefix cut off: PATH_INFO,
	 * and the path of REQUEST_URI, for servers that split a bare path such
	 * as /assistant/query in the wrong place. Empty if absent, too long or
	 * malformed.
	 */
	char paths[2][REQUEST_PATH_MAX];
	char uri[REQUEST_PATH_MAX]; /* path of REQUEST_URI, decoded */
	/* Header values borrowed from the environment, NULL if absent. */
	const char *authorization, *accept, *content_type, *if_none_match;
	const char *remote_addr, *forwarded_for;
	const char *query; /* QUERY_STRING, for query_get(); "" if none */
};

/* Fills in all but the body. Never fails: what is unusable is as if absent. */
void request_read_head(
    const struct http_io *io, const char *prefix, struct request *out);

/*
 * Reads the body, exactly as long as CONTENT_LENGTH says, at most max bytes.
 * ERR_BAD_INPUT with the answer in *why: 400, 411, 413 or 415.
 */
MUST_CHECK enum err request_read_body(const struct http_io *io,
    const struct request *r, size_t max, struct buf *body, struct problem *why);

/* Does the Accept header admit this media type? */
bool request_accepts(const struct request *r, const char *media);

/* Does If-None-Match hold this tag (without quotes), or "*"? */
bool request_has_etag(const struct request *r, const char *tag);

/* What the client put before path, such as "/api": for links in replies.
 * Empty if it holds anything but plain path characters. */
void request_base(const struct request *r, const char *path, struct buf *out);

#endif
