/* The checks of a configuration that go beyond a single value. */
#include "common/conf_read.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/secret.h"

#define PATH_LEN_MAX 65536
#define JWT_SECRET_MIN 32 /* RFC 7518 §3.2: as long as the hash */
/* What an attempt needs beside the call to fall back to the course text. */
#define LLM_MARGIN_MS 5000
#define CONF_HEADER                                                            \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

/* An unescaped / or @ in a password makes libpq take a piece of it for a port
 * or a host, and say so in what it reports when it connects. */
static bool
conf_is_option(const PQconninfoOption *o)
{
	if (o->val == NULL || *o->val == '\0')
		return true;
	if (strcmp(o->keyword, "port") == 0)
		return o->val[strspn(o->val, "0123456789,")] == '\0';
	/* At its start it marks an abstract socket. */
	return strcmp(o->keyword, "host") != 0 ||
	    strchr(o->val + 1, '@') == NULL;
}

bool
conf_is_conninfo(const char *value)
{
	PQconninfoOption *options;
	bool is_good;

	if (strchr(value, '=') == NULL && strstr(value, "://") == NULL)
		return true;
	/* Its own message may quote the password. */
	options = PQconninfoParse(value, NULL);
	is_good = options != NULL;
	for (size_t i = 0; is_good && options[i].keyword != NULL; i++)
		is_good = conf_is_option(&options[i]);
	PQconninfoFree(options);
	return is_good;
}

/* Would somebody who reads this value of a secret row have a password? */
static bool
conf_has_password(const struct conf_row *row, const char *value)
{
	const char *host, *at;

	if (!row->is_secret || *value == '\0')
		return false;
	if (strcmp(row->section, "database") != 0 ||
	    strstr(value, "password") != NULL)
		return true;
	host = strstr(value, "://");
	at = host != NULL ? strchr(host, '@') : NULL;
	return at != NULL && memchr(host + 1, ':', (size_t)(at - host - 1));
}

/* Warns of the first of the rows that holds a secret. */
static bool
conf_shows(const struct conf_reader *r, const struct conf_row *rows,
    size_t count, const int *seen, const void *base)
{
	for (size_t i = 0; i < count; i++) {
		const struct conf_row *row = &rows[i];
		char *const *value = conf_row_peek(row, base);

		if (seen[i] == 0 || !conf_row_is_text(row) ||
		    !conf_has_password(row, *value))
			continue;
		r->conf->is_exposed = true;
		log_event(LOG_WARN, "conf_readable_by_all", "file",
		    r->conf->path, "holds", row->key, "advice", "chmod 640",
		    NULL);
		return true;
	}
	return false;
}

/* A warning only: on shared hosting a file is often 0644 beside the program,
 * and the web server's rules keep it from being served. */
void
conf_warn_if_readable(const struct conf_reader *r)
{
	struct stat st;

	if (fstat(fileno(r->file), &st) != 0 || (st.st_mode & S_IROTH) == 0)
		return;
	if (conf_shows(r, conf_rows, conf_row_count, r->seen, r->conf))
		return;
	for (size_t i = 0; i < CONF_PROVIDERS_MAX; i++) {
		if (conf_shows(r, conf_provider_rows, conf_provider_row_count,
			r->provider_seen[i], &r->conf->providers[i]))
			return;
	}
}

/* A relative path starts where the configuration file lies. */
static void
conf_resolve(const struct conf_reader *r, const char *path, struct buf *out)
{
	const char *slash = strrchr(r->conf->path, '/');

	if (*path != '/' && slash != NULL)
		buf_add(
		    out, r->conf->path, (size_t)(slash + 1 - r->conf->path));
	buf_add_str(out, path);
}

/* A relative path in a key becomes one that can be used. */
static void
conf_resolve_key(const struct conf_reader *r, char **field)
{
	struct buf full;

	if (**field == '\0')
		return;
	buf_init(&full, PATH_LEN_MAX);
	conf_resolve(r, *field, &full);
	conf_replace(field, x_strdup(buf_str(&full)));
	buf_release(&full);
}

static void
conf_take_file(struct conf_reader *r, const char *section, const char *key,
    char **path, char **field)
{
	const char *why;
	char *text;

	if (**path == '\0')
		return;
	if (**field != '\0') {
		conf_problem(
		    r, "[%s] %s and %s_file are both set", section, key, key);
		return;
	}
	conf_resolve_key(r, path);
	text = secret_read(*path, &why);
	if (text != NULL)
		conf_replace(field, text);
	else
		conf_problem(
		    r, "[%s] %s_file: %s: %s", section, key, *path, why);
}

static bool
conf_is_http(const char *url)
{
	return strncmp(url, "https://", 8) == 0 ||
	    strncmp(url, "http://", 7) == 0;
}

void
conf_check_provider(
    struct conf_reader *r, const char *section, struct conf_provider *p)
{
	size_t base = strlen(p->base_url);

	conf_take_file(r, section, "api_key", &p->api_key_file, &p->api_key);
	conf_resolve_key(r, &p->ca_file);
	if (base == 0)
		return;
	if (p->timeout_ms + LLM_MARGIN_MS >= r->conf->worker.deadline_ms)
		conf_problem(r,
		    "[%s] timeout: must be less than [worker] deadline by "
		    "more than %d s",
		    section, LLM_MARGIN_MS / 1000);
	if (!conf_is_http(p->base_url))
		conf_problem(r, "[%s] base_url: \"%s\" is no http(s) URL",
		    section, p->base_url);
	if (*p->api_key_header == '\0' ||
	    p->api_key_header[strspn(p->api_key_header, CONF_HEADER)] != '\0')
		conf_problem(r, "[%s] api_key_header: \"%s\" is no header name",
		    section, p->api_key_header);
	if (*p->ca_file != '\0' && access(p->ca_file, R_OK) != 0)
		conf_problem(r, "[%s] ca_file: %s: %s", section, p->ca_file,
		    strerror(errno));
	while (base > 0 && p->base_url[base - 1] == '/')
		p->base_url[--base] = '\0';
}

static void
conf_check_assistant(struct conf_reader *r)
{
	struct conf *c = r->conf;

	conf_provider_check(r);
	conf_check_provider(r, "embeddings", &c->embeddings.at);
	conf_resolve_key(r, &c->assistant.prompts);
	if (c->assistant.summary_after <= c->assistant.history)
		conf_problem(
		    r, "[assistant] summary_after: must be more than history");
}

void
conf_check(struct conf_reader *r)
{
	struct conf *c = r->conf;
	size_t secret, prefix = strlen(c->web.prefix);

	conf_take_file(r, "auth", "jwt_secret", &c->auth.jwt_secret_file,
	    &c->auth.jwt_secret);
	secret = strlen(c->auth.jwt_secret);
	if (secret > 0 && secret < JWT_SECRET_MIN)
		conf_problem(r,
		    "[auth] jwt_secret: has %zu bytes; %s needs %d or more",
		    secret, c->auth.algorithm, JWT_SECRET_MIN);
	if (prefix > 0 &&
	    (*c->web.prefix != '/' || c->web.prefix[prefix - 1] == '/'))
		conf_problem(r,
		    "[web] prefix: \"%s\" must start with / and not end with /",
		    c->web.prefix);
	if (*c->worker.types == '\0')
		conf_problem(r, "[worker] types: * or at least one job type");
	if (c->worker.heartbeat_ms >= c->worker.lease_ms / 2)
		conf_problem(
		    r, "[worker] heartbeat: must be less than half of lease");
	/* The statement that was sent before a heartbeat may hold it up. */
	if (c->worker.heartbeat_ms + c->database.statement_timeout_ms >=
	    c->worker.lease_ms)
		conf_problem(r,
		    "[worker] lease: must be more than heartbeat and "
		    "[database] statement_timeout together");
	conf_check_assistant(r);
}
