/* Both ends are pipes or sockets of the web server; neither may hold us for
 * ever. */
#include "fcgi/cgi.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

#define CGI_PEER_MS 20000

/* Waits for an end that is ready. ERR_NET when it is not in time. */
static enum err
cgi_wait(int fd, short events)
{
	int64_t deadline_ms = clock_mono_ms() + CGI_PEER_MS;
	struct pollfd p = {.fd = fd, .events = events};
	int n;

	do
		n = poll(&p, 1, clock_left_ms(deadline_ms));
	while (n < 0 && errno == EINTR);
	return n > 0 ? ERR_OK : ERR_NET;
}

static enum err
cgi_read(void *peer, char *at, size_t len, size_t *got)
{
	enum err e = cgi_wait(STDIN_FILENO, POLLIN);
	ssize_t n;

	(void)peer;
	if (e != ERR_OK)
		return e;
	n = read(STDIN_FILENO, at, len);
	if (n < 0)
		return ERR_NET;
	*got = (size_t)n;
	return ERR_OK;
}

static enum err
cgi_write(void *peer, const char *at, size_t len)
{
	(void)peer;
	while (len > 0) {
		ssize_t n = -1;

		if (cgi_wait(STDOUT_FILENO, POLLOUT) == ERR_OK)
			n = write(STDOUT_FILENO, at, len);
		if (n < 0)
			return ERR_NET;
		at += n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

bool
cgi_is_request(char *const *envp)
{
	for (; envp != NULL && *envp != NULL; envp++) {
		if (strncmp(*envp, "REQUEST_METHOD=", 15) == 0)
			return true;
	}
	return false;
}

void
cgi_serve(const struct app *app, char *const *envp)
{
	struct http_io io = {
	    .envp = envp, .read = cgi_read, .write = cgi_write};

	app_serve(app, &io);
	(void)close(STDOUT_FILENO); /* the reply is complete */
	bell_flush(app->bell);
}
