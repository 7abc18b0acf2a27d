/* How a call goes through libcurl: its options, its bounds, and the body as it
 * comes. */
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/clock.h"
#include "worker/transfer_inner.h"

#define FDS_FOR_OTHERS 200 /* database, logs, resolver threads */
#define IN_FLIGHT_MAX 100000
#define IN_FLIGHT_MIN 16
#define CONNECTION_AGE_S 600 /* then a changed DNS entry is followed */
/* For the end of a reply that has said all: with it, the connection can serve
 * again. */
#define LAST_WAIT_MS 1000

/*
 * Debian's libcurl sets a directory of certificates besides the bundle, and
 * with a directory it does not cache what it has parsed: 23 ms on our only
 * thread for each connection, against 2.
 */
const char *
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

int
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

bool
transfer_is_stream(const struct transfer *t)
{
	static const char wanted[] = "text/event-stream";
	const char *type = NULL;
	long status = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
	return t->piece != NULL && status >= 200 && status < 300 &&
	    type != NULL && strncasecmp(type, wanted, sizeof wanted - 1) == 0 &&
	    strchr("; \t", type[sizeof wanted - 1]) != NULL;
}

/* Hands a piece over; false if that is to be the end. */
static bool
transfer_pass_on(struct transfer *t, const char *bytes, size_t len)
{
	enum transfer_more more;

	t->all->is_in_piece = true;
	more = t->piece(t->ctx, bytes, len);
	t->all->is_in_piece = false;
	if (t->done == NULL) /* cancelled by it */
		return false;
	t->is_last = more == TRANSFER_LAST;
	t->is_stopped = more == TRANSFER_STOP;
	if (t->is_last)
		transfer_timer_set(t->timer, LAST_WAIT_MS);
	return !t->is_stopped;
}

/* 0 makes libcurl stop with CURLE_WRITE_ERROR. */
static size_t
transfer_on_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	size_t len = size * n;

	if (t->done == NULL)
		return 0;
	if (t->is_last)
		return len; /* whatever is said after the end */
	if (t->first_byte_at_ms == 0) {
		t->first_byte_at_ms = clock_mono_ms();
		t->is_streamed = transfer_is_stream(t);
	}
	t->received += len;
	if (t->received > t->response_max)
		return 0;
	transfer_timer_set(t->timer, t->stall_timeout_ms);
	if (t->is_streamed)
		return transfer_pass_on(t, bytes, len) ? len : 0;
	buf_add(&t->reply, bytes, len);
	return buf_status(&t->reply) == ERR_OK ? len : 0;
}

/* When a connection that was kept dies without a reply, libcurl sends the
 * request again by itself. The first may have been worked on, and is nobody's
 * to repeat but the queue's. */
static int
transfer_on_request(void *ctx, char *from, char *to, int from_port, int to_port)
{
	const struct transfer *t = ctx;
	long sent = 0;

	(void)from;
	(void)to;
	(void)from_port;
	(void)to_port;
	(void)curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
	return sent > 0 ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

CURLcode
transfer_set_up(struct transfer *t, CURL *h)
{
	const char *ca = t->ca_file != NULL ? t->ca_file : t->all->ca_bundle;
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
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)t->connect_timeout_ms);
	SET(CURLOPT_TIMEOUT_MS, (long)t->timeout_ms);
	SET(CURLOPT_PREREQFUNCTION, transfer_on_request);
	SET(CURLOPT_PREREQDATA, t);
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

void
transfer_start_clock(struct transfer *t, void (*fired)(void *ctx))
{
	t->begun_at_ms = clock_mono_ms();
	t->timer = transfer_timer_new(t->all->loop, fired, t);
	transfer_timer_set(t->timer, t->first_byte_timeout_ms);
}
