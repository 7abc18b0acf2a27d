/*
 * FastCGI: the threads that accept requests, the watch over them, and an end
 * that really ends. Everything else about a request is app.h's.
 */
#ifndef FCGI_SERVER_H
#define FCGI_SERVER_H

#include <signal.h>

#include "common/attrs.h"
#include "common/err.h"
#include "fcgi/app.h"

/* The signals that end the program. They must be blocked in every thread
 * before server_run(), which waits for them. */
void server_stop_signals(sigset_t *out);

/* Listens on a Unix socket and puts it where FastCGI programs find theirs, on
 * descriptor 0. A socket file that nobody listens to any more is replaced. */
MUST_CHECK enum err server_listen(const char *path);

/* Serves requests from descriptor 0 until a signal comes. ERR_TIMEOUT: some
 * request would not end, and its thread is still there. */
MUST_CHECK enum err server_run(const struct app *app);

#endif
