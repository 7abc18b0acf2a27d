/*
 * Method and path to handler, over a table. Pure. A pattern is a path in which
 * the segment "{}" stands for one segment of any text, the argument.
 */
#ifndef FCGI_ROUTE_H
#define FCGI_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/attrs.h"
#include "common/buf.h"
#include "common/err.h"

/* One bit each, so that a set of them is an unsigned. */
enum method {
	METHOD_OTHER = 0,
	METHOD_GET = 1,
	METHOD_HEAD = 2,
	METHOD_POST = 4,
	METHOD_DELETE = 8,
	METHOD_OPTIONS = 16
};

enum method method_parse(const char *name);

struct call; /* fcgi/api.h */

/* What a family of routes has in common: whose jobs, and of which type. */
struct family {
	const char *job_type;
	const char *job_path; /* what stands before the id of a job */
	const char *message;  /* of a 202 */
	/* Nobody signs in; jobs belong to the user of all zeros. */
	bool is_public;
};

struct route {
	enum method method;
	const char *pattern;
	void (*handle)(struct call *call);
	const struct family *family; /* NULL: neither identity nor jobs */
	const char *role;            /* that the token must name, or NULL */
	const char *media;           /* of its replies; NULL: JSON */
};

struct route_match {
	const struct route *route;
	const char *arg; /* into path; not terminated */
	size_t arg_len;
};

/*
 * The route of a path; HEAD finds that of GET, and one slash at the end is
 * ignored. ERR_NOT_FOUND: no route has the path. ERR_BAD_INPUT: none has the
 * method for it. In both cases *allowed is the set of methods there are.
 */
MUST_CHECK enum err route_find(const struct route *table, size_t count,
    enum method method, const char *path, struct route_match *out,
    unsigned *allowed);

/* "GET, HEAD, OPTIONS" for the header Allow. */
void route_allow(unsigned allowed, struct buf *out);

#endif
