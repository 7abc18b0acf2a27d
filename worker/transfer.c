/*
 * Calls wait in a queue of our own until there is a file descriptor to spare,
 * since libcurl reports EMFILE as a server that cannot be reached, and are put
 * on the wire from a turn of the loop. What libcurl wants watched is in
 * transfer_loop.c.
 */
#include "worker/transfer.h"

#include <assert.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <unistd.h>

#include <curl/curl.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "worker/retry_after.h"
#include "worker/transfer_loop.h"
#include "worker/turn.h"

#define FDS_FOR_OTHERS 200 /* database, logs, resolver threads */
#define IN_FLIGHT_MAX 100000
#define IN_FLIGHT_MIN 16
#define SPARE_MAX 256         /* easy handles kept for the next calls */
#define IDLE_CONNECTIONS 1000 /* unpinned, libcurl drops them in a lull */
#define CONNECTION_AGE_S 600  /* then a changed DNS entry is followed */

TAILQ_HEAD(transfer_list, transfer);

struct transfers {
	CURLM *multi;
	struct transfer_loop *watch;
	struct turn turn;
	struct transfer_list waiting, active;
	int active_n, active_max;
	CURL *spare[SPARE_MAX];
	int spare_n;
	const char *ca_bundle; /* NULL leaves libcurl's defaults */
};

struct transfer {
	TAILQ_ENTRY(transfer) link;
	struct transfers *all;
	CURL *easy; /* NULL while it waits */
	char *url, *body;
	size_t body_len;
	struct curl_slist *headers;
	struct buf reply;
	long connect_timeout_ms, timeout_ms;
	transfer_fn done;
	void *ctx;
};

/*
 * Debian's libcurl sets a directory of certificates besides the bundle, and
 * with a directory it does not cache what it has parsed: 23 ms on our only
 * thread for each connection, against 2.
 */
static const char *
transfer_ca_bundle(void)
{
	static const char *const paths[] = {
	    "/etc/ssl/certs/ca-certificates.crt", /* Debian, Alpine, Arch */
	    "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora */
	    "/etc/ssl/ca-bundle.pem",             /* SUSE */
	};

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (access(paths[i], R_OK) == 0)
			return paths[i];
	return NULL;
}

static int
transfer_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return IN_FLIGHT_MIN;
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) != 0)
		(void)getrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur > IN_FLIGHT_MAX + FDS_FOR_OTHERS)
		return IN_FLIGHT_MAX;
	if (files.rlim_cur < IN_FLIGHT_MIN + FDS_FOR_OTHERS)
		return IN_FLIGHT_MIN;
	return (int)files.rlim_cur - FDS_FOR_OTHERS;
}

/* 0 makes libcurl stop with CURLE_WRITE_ERROR. */
static size_t
transfer_on_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;

	buf_add(&t->reply, bytes, size * n);
	return buf_status(&t->reply) == ERR_OK ? size * n : 0;
}

static CURLcode
transfer_set_up(struct transfer *t, CURL *h)
{
	const char *ca = t->all->ca_bundle;
	CURLcode bad = CURLE_OK;

#define SET(option, value) bad = bad ? bad : curl_easy_setopt(h, option, value)
	SET(CURLOPT_PRIVATE, t);
	SET(CURLOPT_URL, t->url);
	SET(CURLOPT_HTTPHEADER, t->headers);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NOSIGNAL, 1L);
	/* Else the end of a call waits for its name lookup. */
	SET(CURLOPT_QUICK_EXIT, 1L);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	/* Over TLS a new connection soon tells whether it multiplexes; without,
	 * all calls would wait for the reply to the first. */
	SET(CURLOPT_PIPEWAIT, strncasecmp(t->url, "https:", 6) == 0 ? 1L : 0L);
	SET(CURLOPT_MAXLIFETIME_CONN, (long)CONNECTION_AGE_S);
	SET(CURLOPT_CONNECTTIMEOUT_MS, t->connect_timeout_ms);
	SET(CURLOPT_TIMEOUT_MS, t->timeout_ms);
	SET(CURLOPT_WRITEFUNCTION, transfer_on_body);
	SET(CURLOPT_WRITEDATA, t);
	if (ca != NULL) {
		SET(CURLOPT_CAINFO, ca);
		SET(CURLOPT_CAPATH, NULL);
	}
	if (t->body != NULL) {
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body_len);
		SET(CURLOPT_POSTFIELDS, t->body);
	}
#undef SET
	return bad;
}

static void
transfer_free(struct transfer *t)
{
	struct transfers *all = t->all;

	TAILQ_REMOVE(t->easy != NULL ? &all->active : &all->waiting, t, link);
	if (t->easy != NULL) {
		all->active_n--;
		(void)curl_multi_remove_handle(all->multi, t->easy);
		curl_easy_reset(t->easy);
		if (all->spare_n < SPARE_MAX)
			all->spare[all->spare_n++] = t->easy;
		else
			curl_easy_cleanup(t->easy);
	}
	curl_slist_free_all(t->headers);
	buf_release(&t->reply);
	mem_free(t->url);
	mem_free(t->body);
	mem_free(t);
}

static const char *
transfer_header(CURL *h, const char *name)
{
	struct curl_header *header;

	return curl_easy_header(h, name, 0, CURLH_HEADER, -1, &header) ==
		CURLHE_OK
	    ? header->value
	    : NULL;
}

/* Which part of the call took too long. */
static const char *
transfer_phase(CURL *h)
{
	curl_off_t resolved = 0, connected = 0, first_byte = 0;

	(void)curl_easy_getinfo(h, CURLINFO_NAMELOOKUP_TIME_T, &resolved);
	(void)curl_easy_getinfo(h, CURLINFO_PRETRANSFER_TIME_T, &connected);
	(void)curl_easy_getinfo(h, CURLINFO_STARTTRANSFER_TIME_T, &first_byte);
	if (resolved == 0)
		return "timeout: name lookup";
	if (connected == 0)
		return "timeout: connect or TLS";
	return first_byte == 0 ? "timeout: waiting for the answer"
			       : "timeout: in the middle of the answer";
}

static enum err
transfer_judge(const struct transfer *t, CURLcode code, const char **problem)
{
	*problem = NULL;
	if (code == CURLE_OK)
		return ERR_OK;
	if (buf_status(&t->reply) != ERR_OK) {
		*problem = "the answer is too long";
		return ERR_TOO_BIG;
	}
	if (code == CURLE_OPERATION_TIMEDOUT) {
		*problem = transfer_phase(t->easy);
		return ERR_TIMEOUT;
	}
	*problem = curl_easy_strerror(code);
	return ERR_NET;
}

static const char *
transfer_or_empty(const char *s)
{
	return s != NULL ? s : "";
}

/* The transfer may be cancelled from its own callback, so it goes first but
 * for what the reply borrows. */
static void
transfer_end(struct transfer *t, CURLcode code)
{
	struct transfer_reply reply = {
	    .content_type = "",
	    .retry_after_ms = -1,
	    .request_id = "",
	};
	const char *type = NULL;
	transfer_fn done = t->done;
	long status = 0;

	reply.e = transfer_judge(t, code, &reply.problem);
	if (reply.e == ERR_OK) {
		(void)curl_easy_getinfo(
		    t->easy, CURLINFO_RESPONSE_CODE, &status);
		(void)curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
		reply.status = (int)status;
		reply.content_type = transfer_or_empty(type);
		reply.retry_after_ms = retry_after_ms(
		    transfer_header(t->easy, "retry-after-ms"),
		    transfer_header(t->easy, "retry-after"), clock_wall_ms());
		reply.request_id = transfer_or_empty(
		    transfer_header(t->easy, "x-request-id"));
	}
	reply.body = buf_str(&t->reply);
	reply.body_len = t->reply.len;
	t->done = NULL;
	done(t->ctx, &reply);
	transfer_free(t);
}

static void
transfer_on_done(void *ctx, CURL *easy, CURLcode code)
{
	struct transfers *all = ctx;
	struct transfer *t = NULL;

	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
	transfer_end(t, code);
	if (!TAILQ_EMPTY(&all->waiting))
		turn_ask(&all->turn);
}

/* Puts one on the wire; one that cannot be is ended. */
static void
transfer_begin(struct transfer *t)
{
	struct transfers *all = t->all;
	CURLcode bad = CURLE_OUT_OF_MEMORY;
	CURL *easy = all->spare_n > 0 ? all->spare[--all->spare_n]
				      : curl_easy_init();

	if (easy != NULL)
		bad = transfer_set_up(t, easy);
	if (bad == CURLE_OK &&
	    curl_multi_add_handle(all->multi, easy) == CURLM_OK) {
		TAILQ_REMOVE(&all->waiting, t, link);
		TAILQ_INSERT_TAIL(&all->active, t, link);
		t->easy = easy;
		all->active_n++;
		return;
	}
	if (easy != NULL)
		curl_easy_cleanup(easy);
	transfer_end(t, bad == CURLE_OK ? CURLE_FAILED_INIT : bad);
}

static void
transfers_turn(void *ctx)
{
	struct transfers *all = ctx;
	struct transfer *t;
	int n = all->active_max - all->active_n;

	/* Counted, since an ended one may be started anew by its callback. */
	while (n-- > 0 && (t = TAILQ_FIRST(&all->waiting)) != NULL)
		transfer_begin(t);
}

struct transfers *
transfers_new(uv_loop_t *loop)
{
	struct transfers *all = x_alloc(sizeof *all);

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (all->multi = curl_multi_init()) == NULL) {
		log_event(LOG_ERR, "curl_init_failed", NULL);
		mem_free(all);
		return NULL;
	}
	(void)curl_multi_setopt(
	    all->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
	(void)curl_multi_setopt(
	    all->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS);
	TAILQ_INIT(&all->waiting);
	TAILQ_INIT(&all->active);
	all->active_max = transfer_limit();
	all->ca_bundle = transfer_ca_bundle();
	all->watch = transfer_loop_new(loop, all->multi, transfer_on_done, all);
	turn_init(&all->turn, loop, transfers_turn, all);
	return all;
}

static void
transfers_free(uv_handle_t *h)
{
	mem_free(h->data);
}

void
transfers_close(struct transfers *all)
{
	struct transfer *t;

	if (all == NULL)
		return;
	while ((t = TAILQ_FIRST(&all->active)) != NULL)
		transfer_free(t);
	while ((t = TAILQ_FIRST(&all->waiting)) != NULL)
		transfer_free(t);
	while (all->spare_n > 0)
		curl_easy_cleanup(all->spare[--all->spare_n]);
	(void)curl_multi_cleanup(all->multi);
	transfer_loop_close(all->watch);
	turn_close(&all->turn, transfers_free);
	curl_global_cleanup();
}

struct transfer *
transfer_start(struct transfers *all, const struct transfer_request *request,
    transfer_fn done, void *ctx)
{
	struct transfer *t = x_alloc(sizeof *t);

	assert(done != NULL && request->timeout_ms > 0);
	t->all = all;
	t->url = x_strdup(request->url);
	if (request->body != NULL) {
		t->body = x_strndup(request->body, request->body_len);
		t->body_len = request->body_len;
	}
	/* An empty value drops a header that libcurl adds by itself. */
	t->headers = curl_slist_append(NULL, "Expect:");
	for (size_t i = 0; request->headers != NULL && request->headers[i]; i++)
		t->headers = curl_slist_append(t->headers, request->headers[i]);
	buf_init(&t->reply, request->response_max);
	t->connect_timeout_ms = (long)request->connect_timeout_ms;
	t->timeout_ms = (long)request->timeout_ms;
	t->done = done;
	t->ctx = ctx;
	TAILQ_INSERT_TAIL(&all->waiting, t, link);
	turn_ask(&all->turn);
	return t;
}

void
transfer_cancel(struct transfer *t)
{
	if (t->done != NULL) /* else its callback is running */
		transfer_free(t);
}
