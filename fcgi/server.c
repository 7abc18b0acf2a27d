/*
 * Every acceptor thread runs accept, serve, finish. libfcgi needs no lock
 * around accept, but it has no time limits either: the main thread looks once
 * a second whether a thread has waited too long for the web server, and breaks
 * its system call with SIGUSR2, which libfcgi takes for a broken connection.
 * The same signal gets idle threads out of accept() at the end, repeated since
 * it may come just before the call.
 */
#include "fcgi/server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fastcgi.h>
#include <fcgiapp.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"

#define SERVER_BACKLOG 1024
#define SERVER_PEER_MS 20000 /* longest wait for the web server */
#define SERVER_STOP_MS 5000  /* mod_fcgid kills after 8 s */
#define SERVER_GRACE_MS 500  /* for the head of a request to come */
#define SERVER_KICK_MS 5
#define SERVER_TICK_S 1
#define SERVER_IDLE_MS 30000
#define SERVER_FAILURES_MAX 100

enum phase {
	PHASE_ACCEPT, /* idle, or reading the head of a request */
	PHASE_PEER,   /* reading or writing for a request */
	PHASE_WORK,
	PHASE_LEFT
};

struct server;

struct acceptor {
	struct server *server;
	pthread_t thread;
	FCGX_Request fcgx;
	_Atomic enum phase phase;
	_Atomic unsigned turn; /* counts changes of phase */
	/* The watch's own notes: the turn it saw, and since when. */
	unsigned seen_turn;
	int64_t seen_ms;
};

struct server {
	const struct app *app;
	struct acceptor *acceptors;
	int count;
	atomic_bool is_stopping;
};

static void
acceptor_set_phase(struct acceptor *a, enum phase phase)
{
	atomic_store(&a->phase, phase);
	(void)atomic_fetch_add(&a->turn, 1);
}

static enum err
acceptor_read(void *peer, char *at, size_t len, size_t *got)
{
	struct acceptor *a = peer;
	int n;

	acceptor_set_phase(a, PHASE_PEER);
	n = FCGX_GetStr(at, (int)len, a->fcgx.in);
	acceptor_set_phase(a, PHASE_WORK);
	if (n < 0 || FCGX_GetError(a->fcgx.in) != 0)
		return ERR_NET;
	*got = (size_t)n;
	return ERR_OK;
}

static enum err
acceptor_write(void *peer, const char *at, size_t len)
{
	struct acceptor *a = peer;
	int n = 0;

	acceptor_set_phase(a, PHASE_PEER);
	while (len > 0 && n >= 0) {
		int step = len < 1 << 20 ? (int)len : 1 << 20;

		n = FCGX_PutStr(at, step, a->fcgx.out);
		at += step;
		len -= (size_t)step;
	}
	acceptor_set_phase(a, PHASE_WORK);
	return n < 0 || FCGX_GetError(a->fcgx.out) != 0 ? ERR_NET : ERR_OK;
}

/* With one thread there may be many processes: one that has nothing to do for
 * a while gives its connection to the database back. */
static void
acceptor_wait_idle(const struct acceptor *a)
{
	struct pollfd p = {.fd = FCGI_LISTENSOCK_FILENO, .events = POLLIN};

	if (a->server->app->conf->web.threads == 1 &&
	    poll(&p, 1, SERVER_IDLE_MS) == 0)
		pool_close_idle(a->server->app->db.pool);
}

/* False when the listening socket is of no use any more. */
static bool
acceptor_turn(struct acceptor *a, int *failures)
{
	const struct app *app = a->server->app;
	struct http_io io = {
	    .read = acceptor_read, .write = acceptor_write, .peer = a};
	int rc;

	acceptor_wait_idle(a);
	rc = FCGX_Accept_r(&a->fcgx);
	if (rc == -EINTR)
		return true;
	if (rc != 0) {
		/* Out of descriptors, perhaps: not at full speed. */
		log_event(
		    LOG_ERR, "accept_failed", "error", strerror(-rc), NULL);
		(void)poll(NULL, 0, 100);
		return ++*failures < SERVER_FAILURES_MAX;
	}
	*failures = 0;
	acceptor_set_phase(a, PHASE_WORK);
	io.envp = a->fcgx.envp;
	/* One request a connection, whatever the web server asks for: a thread
	 * that waits on a kept one serves nobody else. */
	a->fcgx.keepConnection = 0;
	app_serve(app, &io);
	acceptor_set_phase(a, PHASE_PEER);
	FCGX_Finish_r(&a->fcgx);
	acceptor_set_phase(a, PHASE_WORK);
	bell_flush(app->bell);
	return true;
}

static void *
acceptor_main(void *arg)
{
	struct acceptor *a = arg;
	int failures = 0;
	bool is_usable = true;

	while (is_usable && !atomic_load(&a->server->is_stopping)) {
		acceptor_set_phase(a, PHASE_ACCEPT);
		is_usable = acceptor_turn(a, &failures);
	}
	FCGX_Free(&a->fcgx, 1);
	acceptor_set_phase(a, PHASE_LEFT);
	if (!is_usable)
		(void)kill(getpid(), SIGTERM);
	return NULL;
}

/* Is it in the middle of something, as opposed to idle in accept()? */
static bool
acceptor_has_peer(struct acceptor *a)
{
	enum phase phase = atomic_load(&a->phase);

	if (phase == PHASE_ACCEPT)
		return __atomic_load_n(&a->fcgx.ipcFd, __ATOMIC_RELAXED) >= 0;
	return phase == PHASE_PEER;
}

static void
acceptor_watch(struct acceptor *a, int64_t now_ms)
{
	unsigned turn = atomic_load(&a->turn);

	if (!acceptor_has_peer(a) || turn != a->seen_turn || a->seen_ms == 0) {
		a->seen_turn = turn;
		a->seen_ms = acceptor_has_peer(a) ? now_ms : 0;
		return;
	}
	if (now_ms - a->seen_ms < SERVER_PEER_MS)
		return;
	log_event(LOG_WARN, "peer_stalled", "phase",
	    atomic_load(&a->phase) == PHASE_ACCEPT ? "head" : "body", NULL);
	(void)pthread_kill(a->thread, SIGUSR2);
}

static void
server_watch(struct server *s)
{
	sigset_t set;
	const struct timespec tick = {.tv_sec = SERVER_TICK_S};

	server_stop_signals(&set);
	while (sigtimedwait(&set, NULL, &tick) < 0) {
		for (int i = 0; i < s->count; i++)
			acceptor_watch(&s->acceptors[i], clock_mono_ms());
	}
}

/* Requests that run are let run; a thread that is idle is woken until it has
 * seen that it should leave, as is one whose peer has sent no whole head. */
static enum err
server_stop(struct server *s)
{
	int64_t deadline_ms = clock_mono_ms() + SERVER_STOP_MS;
	int64_t grace_ms = clock_mono_ms() + SERVER_GRACE_MS;
	int left = s->count;

	atomic_store(&s->is_stopping, true);
	while (left > 0 && clock_left_ms(deadline_ms) > 0) {
		left = 0;
		for (int i = 0; i < s->count; i++) {
			struct acceptor *a = &s->acceptors[i];
			enum phase phase = atomic_load(&a->phase);

			left += phase != PHASE_LEFT;
			if (phase == PHASE_ACCEPT &&
			    (!acceptor_has_peer(a) ||
				clock_left_ms(grace_ms) == 0))
				(void)pthread_kill(a->thread, SIGUSR2);
		}
		if (left > 0)
			(void)poll(NULL, 0, SERVER_KICK_MS);
	}
	for (int i = 0; left == 0 && i < s->count; i++)
		(void)pthread_join(s->acceptors[i].thread, NULL);
	return left == 0 ? ERR_OK : ERR_TIMEOUT;
}

static void
server_ignore(int signo)
{
	(void)signo;
}

void
server_stop_signals(sigset_t *out)
{
	(void)sigemptyset(out);
	(void)sigaddset(out, SIGTERM);
	(void)sigaddset(out, SIGINT);
	(void)sigaddset(out, SIGUSR1);
}

enum err
server_listen(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = -1, probe = -1;
	enum err e = ERR_SYS;

	if (strlen(path) >= sizeof at.sun_path) {
		errno = ENAMETOOLONG;
		goto out;
	}
	memcpy(at.sun_path, path, strlen(path));
	probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (probe < 0 || fd < 0)
		goto out;
	if (connect(probe, (const void *)&at, sizeof at) == 0) {
		errno = EADDRINUSE;
		goto out;
	}
	if (errno == ECONNREFUSED)
		(void)unlink(path);
	/* Never open to all, not for a moment. */
	(void)umask(0117);
	if (bind(fd, (const void *)&at, sizeof at) != 0 ||
	    listen(fd, SERVER_BACKLOG) != 0 ||
	    dup2(fd, FCGI_LISTENSOCK_FILENO) < 0)
		goto out;
	e = ERR_OK;
out:
	if (e != ERR_OK)
		log_event(LOG_ERR, "listen_failed", "path", path, "error",
		    strerror(errno), NULL);
	if (probe >= 0)
		(void)close(probe);
	if (fd > FCGI_LISTENSOCK_FILENO)
		(void)close(fd);
	return e;
}

enum err
server_run(const struct app *app)
{
	const struct sigaction wake = {.sa_handler = server_ignore};
	struct server *s = x_alloc(sizeof *s);
	int want = (int)app->conf->web.threads;
	enum err e;

	(void)sigaction(SIGUSR2, &wake, NULL); /* no SA_RESTART */
	s->app = app;
	s->acceptors = x_calloc((size_t)want, sizeof *s->acceptors);
	for (; s->count < want; s->count++) {
		struct acceptor *a = &s->acceptors[s->count];

		a->server = s;
		a->fcgx.ipcFd = -1;
		(void)FCGX_InitRequest(
		    &a->fcgx, FCGI_LISTENSOCK_FILENO, FCGI_FAIL_ACCEPT_ON_INTR);
		if (pthread_create(&a->thread, NULL, acceptor_main, a) != 0)
			break;
	}
	log_event(LOG_INFO, "started", "version", COATCHECK_VERSION, "threads",
	    log_num(s->count), NULL);
	if (s->count == 0)
		e = ERR_SYS;
	else
		server_watch(s);
	if (s->count > 0)
		e = server_stop(s);
	log_event(LOG_INFO, "stopped", NULL);
	if (e == ERR_TIMEOUT)
		return e; /* threads still use it */
	mem_free(s->acceptors);
	mem_free(s);
	return e;
}
