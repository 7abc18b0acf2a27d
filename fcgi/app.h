/* The way of one request through the program, from variables to reply. */
#ifndef FCGI_APP_H
#define FCGI_APP_H

#include "common/conf.h"
#include "fcgi/bell.h"
#include "fcgi/db.h"
#include "fcgi/http_io.h"

/* What all requests share. */
struct app {
	const struct conf *conf;
	struct db db;
	struct bell *bell;
};

/* Answers one request, whatever comes. Any number of threads may be in here.
 * The caller closes the connection, then calls bell_flush(). */
void app_serve(const struct app *app, const struct http_io *io);

#endif
