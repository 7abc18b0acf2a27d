/* One request as a plain CGI program: variables from the environment, the body
 * on stdin, the reply to stdout. */
#ifndef FCGI_CGI_H
#define FCGI_CGI_H

#include <stdbool.h>

#include "fcgi/app.h"

/* Was this process started by a web server? */
bool cgi_is_request(char *const *envp);

void cgi_serve(const struct app *app, char *const *envp);

#endif
