/*
 * Heads of requests: whatever a client puts into path and headers, the program
 * finds a route or none, and what it would put into a reply is one clean line.
 * Input: method, PATH_INFO, REQUEST_URI, Accept, If-None-Match, X-Request-Id
 * and CONTENT_LENGTH, one a line.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "fcgi/api.h"
#include "fcgi/query.h"

#define VARIABLES 8

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
check_head(const struct http_io *io)
{
	struct route_match m;
	struct request r;
	unsigned allowed;
	struct buf b;

	request_read_head(io, "/api", &r);
	assert(strlen(r.id) > 0 && strlen(r.id) <= REQUEST_ID_MAX);
	(void)request_accepts(&r, "text/plain");
	(void)request_has_etag(&r, "0123456789abcdef");
	for (int i = 0; i < 2; i++) {
		enum err e = route_find(api_routes, api_route_count, r.method,
		    r.paths[i], &m, &allowed);

		assert((e == ERR_NOT_FOUND) == (allowed == 0));
		if (e == ERR_OK && m.arg != NULL)
			assert(m.arg_len > 0 && m.arg > r.paths[i] &&
			    strlen(m.arg) >= m.arg_len);
		buf_init(&b, 2 * REQUEST_PATH_MAX);
		request_base(&r, r.paths[i], &b);
		assert(strpbrk(buf_str(&b), "\r\n\t \"<>") == NULL);
		assert(strncmp(buf_str(&b), "//", 2) != 0);
		buf_release(&b);
	}
}

/* Whatever comes out fits and is text. */
static void
check_query(const struct http_io *io)
{
	struct request r;
	char value[32];

	request_read_head(io, "", &r);
	if (query_get(r.query, "a", value, sizeof value) == ERR_OK)
		assert(text_is_utf8(value, strlen(value)));
}

static enum err
read_nothing(void *peer, char *at, size_t len, size_t *got)
{
	(void)peer;
	(void)at;
	(void)len;
	*got = 0;
	return ERR_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const names[VARIABLES] = {"REQUEST_METHOD=",
	    "PATH_INFO=", "REQUEST_URI=", "HTTP_ACCEPT=", "HTTP_IF_NONE_MATCH=",
	    "HTTP_X_REQUEST_ID=", "CONTENT_LENGTH=", "QUERY_STRING="};
	char *env[VARIABLES + 1] = {NULL}, *text, *at;
	struct http_io io = {.envp = env, .read = read_nothing};
	struct request r;
	struct problem why;
	struct buf b;

	if (size > 8192)
		return 0;
	text = at = x_strndup((const char *)bytes, size);
	for (int i = 0; i < VARIABLES; i++) {
		size_t len = strcspn(at, "\n");

		buf_init(&b, 16384);
		buf_add_str(&b, names[i]);
		buf_add(&b, at, len);
		env[i] = buf_take(&b);
		at += len + (at[len] == '\n');
	}
	check_head(&io);
	check_query(&io);
	request_read_head(&io, "", &r);
	buf_init(&b, 1024);
	if (request_read_body(&io, &r, 1024, &b, &why) == ERR_OK)
		assert(b.len == 0);
	buf_release(&b);
	for (int i = 0; i < VARIABLES; i++)
		mem_free(env[i]);
	mem_free(text);
	return 0;
}
