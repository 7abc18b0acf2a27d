/*
 * One request's way to the web server: FastCGI, plain CGI and the unit tests
 * each have one of these, and nothing above it knows which.
 */
#ifndef FCGI_HTTP_IO_H
#define FCGI_HTTP_IO_H

#include <stddef.h>

#include "common/err.h"

struct http_io {
	char *const *envp; /* "NAME=value" as in CGI, NULL at the end */
	/* At most len bytes of the body; *got is 0 at its end. ERR_NET when the
	 * peer has gone or has stalled. */
	enum err (*read)(void *peer, char *at, size_t len, size_t *got);
	enum err (*write)(void *peer, const char *at, size_t len);
	void *peer;
};

#endif
