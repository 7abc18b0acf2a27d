/*
 * Servers differ in what they put into the variables (an absent length is
 * absent or empty, paths are decoded or not), so each is read here once and in
 * one way.
 */
#include "fcgi/request.h"

#include <string.h>
#include <strings.h>

#include "common/text.h"
#include "common/uuid.h"
#include "fcgi/query.h"

#define REQUEST_BODY_STEP 8192
#define PATH_CHARS                                                             \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._~-"
#define ID_CHARS                                                               \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

/* The next value of a variable from *at on, NULL if there is none. */
static const char *
request_next(char *const **at, const char *name)
{
	size_t len = strlen(name);

	for (; **at != NULL; (*at)++) {
		if (strncmp(**at, name, len) == 0 && (**at)[len] == '=')
			return *(*at)++ + len + 1;
	}
	return NULL;
}

/* The value of a variable; NULL if it is absent or empty. */
static const char *
request_variable(const struct http_io *io, const char *name)
{
	char *const *at = io->envp;
	const char *value = request_next(&at, name);

	return value != NULL && *value != '\0' ? value : NULL;
}

/* Decodes a path up to '?'; "" if it is malformed, too long or relative. */
static void
request_decode_path(const char *s, char out[REQUEST_PATH_MAX])
{
	size_t n = 0;

	out[0] = '\0';
	if (*s != '/')
		return;
	for (; *s != '\0' && *s != '?'; s++) {
		char c = *s;

		if (c == '%') {
			int byte = query_percent(s);

			if (byte <= 0)
				goto bad;
			c = (char)(unsigned char)byte;
			s += 2;
		}
		if (n == REQUEST_PATH_MAX - 1)
			goto bad;
		out[n++] = c;
	}
	out[n] = '\0';
	return;
bad:
	out[0] = '\0';
}

static void
request_cut_prefix(
    const char *path, const char *prefix, char out[REQUEST_PATH_MAX])
{
	size_t cut = strlen(prefix), len;

	if (strncmp(path, prefix, cut) != 0 ||
	    (path[cut] != '/' && path[cut] != '\0'))
		cut = 0;
	len = strlen(path + cut);
	if (len >= REQUEST_PATH_MAX)
		len = 0;
	memcpy(out, path + cut, len);
	out[len] = '\0';
}

static void
request_take_id(const struct http_io *io, char out[REQUEST_ID_MAX + 1])
{
	const char *id = request_variable(io, "HTTP_X_REQUEST_ID");
	size_t len = id != NULL ? strlen(id) : 0;
	struct uuid minted;

	if (len == 0 || len > REQUEST_ID_MAX || strspn(id, ID_CHARS) != len) {
		uuid_mint(&minted);
		id = minted.text;
		len = UUID_TEXT_LEN;
	}
	memcpy(out, id, len);
	out[len] = '\0';
}

void
request_read_head(
    const struct http_io *io, const char *prefix, struct request *out)
{
	const char *method = request_variable(io, "REQUEST_METHOD");
	const char *path = request_variable(io, "PATH_INFO");
	const char *uri = request_variable(io, "REQUEST_URI");

	out->method = method_parse(method != NULL ? method : "");
	request_take_id(io, out->id);
	request_decode_path(uri != NULL ? uri : "", out->uri);
	request_cut_prefix(path != NULL ? path : "", prefix, out->paths[0]);
	request_cut_prefix(out->uri, prefix, out->paths[1]);
	out->query = request_variable(io, "QUERY_STRING");
	if (out->query == NULL)
		out->query = "";
	out->authorization = request_variable(io, "HTTP_AUTHORIZATION");
	out->remote_addr = request_variable(io, "REMOTE_ADDR");
	out->forwarded_for = request_variable(io, "HTTP_X_FORWARDED_FOR");
	out->accept = request_variable(io, "HTTP_ACCEPT");
	out->content_type = request_variable(io, "CONTENT_TYPE");
	out->if_none_match = request_variable(io, "HTTP_IF_NONE_MATCH");
}

/* *out stays -1 if there is none. Two that differ are refused: who forwarded
 * the request and we might not agree where it ends. */
static enum err
request_content_length(const struct http_io *io, int64_t *out)
{
	char *const *at = io->envp;
	const char *value;

	*out = -1;
	while ((value = request_next(&at, "CONTENT_LENGTH")) != NULL) {
		int64_t n;

		if (*value == '\0')
			continue;
		if (text_to_int(value, 0, INT64_MAX, &n) != ERR_OK ||
		    *value == '-' || (*out >= 0 && *out != n))
			return ERR_BAD_INPUT;
		*out = n;
	}
	return ERR_OK;
}

/* Is s the media type, whatever parameters follow? */
static bool
media_type_is(const char *s, size_t len, const char *type)
{
	size_t n = strlen(type);

	return len >= n && strncasecmp(s, type, n) == 0 &&
	    strspn(s + n, " \t") + n >= strcspn(s, ";,");
}

static enum err
request_check_body(const struct http_io *io, const struct request *r,
    size_t max, size_t *len, struct problem *why)
{
	const char *type = r->content_type;
	int64_t n;

	if (request_content_length(io, &n) != ERR_OK)
		*why = (struct problem){
		    400, "bad_length", "Content-Length is not valid"};
	else if (n < 0)
		*why = (struct problem){
		    411, "length_required", "Content-Length is required"};
	else if ((uint64_t)n > max)
		*why = (struct problem){
		    413, "too_large", "Request body is too large"};
	else if (type != NULL &&
	    !media_type_is(type, strlen(type), "application/json"))
		*why = (struct problem){415, "unsupported_media_type",
		    "Content-Type must be application/json"};
	else {
		*len = (size_t)n;
		return ERR_OK;
	}
	return ERR_BAD_INPUT;
}

enum err
request_read_body(const struct http_io *io, const struct request *r, size_t max,
    struct buf *body, struct problem *why)
{
	char step[REQUEST_BODY_STEP];
	size_t left, got;
	enum err e = request_check_body(io, r, max, &left, why);

	if (e != ERR_OK)
		return e;
	for (; left > 0; left -= got) {
		e = io->read(io->peer, step,
		    left < sizeof step ? left : sizeof step, &got);
		if (e != ERR_OK || got == 0) {
			*why = (struct problem){400, "incomplete_body",
			    "Request body is shorter than announced"};
			return ERR_BAD_INPUT;
		}
		buf_add(body, step, got);
	}
	return buf_status(body);
}

/* Does the item, from its first ';' on, say q=0? */
static bool
accept_is_refused(const char *s, size_t len)
{
	const char *q = memchr(s, ';', len), *end = s + len;

	for (; q != NULL; q = memchr(q, ';', (size_t)(end - q))) {
		q++;
		q += strspn(q, " \t");
		if (end - q >= 3 && (*q == 'q' || *q == 'Q') && q[1] == '=' &&
		    q[2] == '0')
			return q + 3 + strspn(q + 3, ".0 \t") >= end;
	}
	return false;
}

/* Is s the range of all types like this one, such as application and a star? */
static bool
media_range_has(const char *s, size_t len, const char *media)
{
	size_t n = strcspn(media, "/") + 1;

	return len > n && strncasecmp(s, media, n) == 0 &&
	    media_type_is(s + n, len - n, "*");
}

bool
request_accepts(const struct request *r, const char *media)
{
	const char *s = r->accept;

	if (s == NULL)
		return true;
	while (*s != '\0') {
		size_t len;

		s += strspn(s, " \t,");
		len = strcspn(s, ",");
		if ((media_type_is(s, len, "*/*") ||
			media_range_has(s, len, media) ||
			media_type_is(s, len, media)) &&
		    !accept_is_refused(s, len))
			return true;
		s += len;
	}
	return false;
}

bool
request_has_etag(const struct request *r, const char *tag)
{
	const char *s = r->if_none_match;
	size_t len = strlen(tag);

	if (s == NULL)
		return false;
	if (strcmp(s, "*") == 0)
		return true;
	while ((s = strchr(s, '"')) != NULL) {
		const char *end = strchr(++s, '"');

		if (end == NULL)
			return false;
		if ((size_t)(end - s) == len && memcmp(s, tag, len) == 0)
			return true;
		s = end + 1;
	}
	return false;
}

void
request_base(const struct request *r, const char *path, struct buf *out)
{
	size_t all = strlen(r->uri), len = strlen(path);

	if (all < len || strcmp(r->uri + all - len, path) != 0)
		return;
	all -= len;
	/* "//host" would lead a client elsewhere. */
	if (strspn(r->uri, PATH_CHARS) < all || strncmp(r->uri, "//", 2) == 0)
		return;
	buf_add(out, r->uri, all);
}
