/*
 * Reads the configuration: file, then environment, then conf_check(). It
 * reports every problem before it gives up, and never the value of a secret.
 * The only file that looks at the environment.
 */
#include "common/conf.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ini.h>

#include "common/buf.h"
#include "common/conf_read.h"
#include "common/mem.h"
#include "common/text.h"

#define CONF_FILE "coatcheck.conf"
#define CONF_ENV "COATCHECK_"
#define CONF_LINE_MAX 8192

void
conf_problem(struct conf_reader *r, const char *fmt, ...)
{
	const char *path = r->conf->path;
	struct buf b;
	va_list ap;

	buf_init(&b, CONF_LINE_MAX);
	if (r->variable != NULL)
		buf_add_str(&b, r->variable);
	else
		buf_add_str(&b, *path != '\0' ? path : "configuration");
	if (r->line > 0)
		buf_printf(&b, ":%d", r->line);
	buf_add_str(&b, ": ");
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "%s\n", buf_str(&b));
	buf_release(&b);
	r->problems++;
}

void
conf_replace(char **field, char *taken)
{
	if (*field != NULL)
		explicit_bzero(*field, strlen(*field));
	mem_free(*field);
	*field = taken;
}

static void
conf_set_defaults(struct conf_reader *r)
{
	assert(conf_row_count <= CONF_ROWS_MAX);
	r->conf->path = x_strdup("");
	r->conf->embeddings.at.name = x_strdup("embeddings");
	for (size_t i = 0; i < conf_row_count; i++)
		conf_set(r, &conf_rows[i], conf_rows[i].section, r->conf,
		    conf_rows[i].fallback);
	conf_provider_set_defaults(r, 0, x_strdup(CONF_MAIN));
	assert(r->problems == 0);
}

/* fgets for inih, which tells its handler no line numbers. */
static char *
conf_read_line(char *line, int size, void *reader)
{
	struct conf_reader *r = reader;
	size_t len;
	int c;

	if (fgets(line, size, r->file) == NULL)
		return NULL;
	r->line++;
	len = strlen(line);
	if ((len > 0 && line[len - 1] == '\n') || feof(r->file))
		return line;
	conf_problem(r, "the line is too long, or holds a NUL");
	while ((c = getc(r->file)) != EOF && c != '\n')
		continue;
	line[0] = '\0';
	return line;
}

static int
conf_take_line(
    void *reader, const char *section, const char *key, const char *value)
{
	struct conf_reader *r = reader;

	for (size_t i = 0; i < conf_row_count; i++) {
		const struct conf_row *row = &conf_rows[i];

		if (strcmp(row->section, section) != 0 ||
		    strcmp(row->key, key) != 0)
			continue;
		if (r->seen[i] > 0)
			conf_problem(r, "[%s] %s: stands in line %d already",
			    section, key, r->seen[i]);
		r->seen[i] = r->line;
		conf_set(r, row, section, r->conf, value);
		return 1;
	}
	if (!conf_provider_take_line(r, section, key, value))
		conf_problem(r, "[%s] %s: there is no such key", section, key);
	return 1;
}

bool
conf_is_capital(const char *variable, const char *name)
{
	for (; *name != '\0'; name++, variable++) {
		char c = *name == '-' ? '_' : *name;

		if (*variable != (c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c))
			return false;
	}
	return true;
}

/* variable lacks the prefix of all. */
static const struct conf_row *
conf_find_variable(const char *variable)
{
	for (size_t i = 0; i < conf_row_count; i++) {
		const struct conf_row *row = &conf_rows[i];
		size_t len = strlen(row->section);

		if (strlen(variable) == len + 1 + strlen(row->key) &&
		    conf_is_capital(variable, row->section) &&
		    variable[len] == '_' &&
		    conf_is_capital(variable + len + 1, row->key))
			return row;
	}
	return NULL;
}

/* Is it the place of the file, or for lighttpd.conf or the tests? */
static bool
conf_is_foreign(const char *name)
{
	static const char others[] = "CONFIG,DOCROOT,PORT,PROGRAM,RUN,STATE";

	return text_list_has(others, name + strlen(CONF_ENV)) ||
	    strncmp(name, CONF_ENV "TEST_", strlen(CONF_ENV "TEST_")) == 0;
}

static void
conf_read_environment(struct conf_reader *r)
{
	for (char **at = environ; at != NULL && *at != NULL; at++) {
		const char *value = strchr(*at, '=');
		const struct conf_row *row;
		char *name;

		if (value == NULL ||
		    strncmp(*at, CONF_ENV, strlen(CONF_ENV)) != 0)
			continue;
		name = x_strndup(*at, (size_t)(value - *at));
		r->variable = name;
		row = conf_find_variable(name + strlen(CONF_ENV));
		if (row != NULL)
			conf_set(r, row, row->section, r->conf, value + 1);
		else if (!conf_is_foreign(name) &&
		    !conf_provider_take_variable(
			r, name + strlen(CONF_ENV), value + 1))
			conf_problem(r, "there is no such key");
		r->variable = NULL;
		mem_free(name);
	}
}

/* Opens path as the configuration; false if it is not there. */
static bool
conf_try_file(struct conf_reader *r, const char *path, bool must_exist)
{
	r->file = fopen(path, "re");
	if (r->file == NULL && !must_exist &&
	    (errno == ENOENT || errno == ENOTDIR))
		return false;
	conf_replace(&r->conf->path, x_strdup(path));
	if (r->file == NULL)
		conf_problem(r, "cannot be opened: %s", strerror(errno));
	return true;
}

static void
conf_open_file(struct conf_reader *r, const char *path, const char *argv0)
{
	const char *variable = getenv(CONF_ENV "CONFIG");
	char beside[PATH_MAX + sizeof "/" CONF_FILE];
	ssize_t len = readlink("/proc/self/exe", beside, PATH_MAX);
	char *slash;

	if (path != NULL || (variable != NULL && *variable != '\0')) {
		(void)conf_try_file(r, path != NULL ? path : variable, true);
		return;
	}
	if (len < 0)
		len = snprintf(beside, PATH_MAX, "%s", argv0);
	beside[len < PATH_MAX ? len : PATH_MAX - 1] = '\0';
	slash = strrchr(beside, '/');
	if (slash != NULL) {
		memcpy(slash, "/" CONF_FILE, sizeof "/" CONF_FILE);
		if (conf_try_file(r, beside, false))
			return;
	}
	(void)conf_try_file(r, "/etc/coatcheck/" CONF_FILE, false);
}

static void
conf_read_file(struct conf_reader *r)
{
	int syntax;

	ini_allow_multiline = false;
	ini_allow_inline_comments = false; /* a URL may hold ';' and '#' */
	ini_use_stack = false; /* the stack's buffer has 200 bytes, fixed */
	ini_initial_alloc = ini_max_line = CONF_LINE_MAX;
	syntax = ini_parse_stream(conf_read_line, r, conf_take_line, r);
	r->line = syntax > 0 ? syntax : 0;
	if (syntax > 0)
		conf_problem(r, "neither [section] nor key = value");
	else if (syntax < 0 || ferror(r->file) != 0)
		conf_problem(r, "cannot be read");
	r->line = 0;
	conf_warn_if_readable(r);
}

enum err
conf_load(const char *path, const char *argv0, struct conf *out)
{
	struct conf c = {0};
	struct conf_reader r = {.conf = &c};

	conf_set_defaults(&r);
	conf_open_file(&r, path, argv0);
	if (r.file != NULL) {
		conf_read_file(&r);
		(void)fclose(r.file);
	}
	conf_read_environment(&r);
	conf_check(&r);
	if (r.problems > 0) {
		conf_release(&c);
		return ERR_BAD_INPUT;
	}
	*out = c;
	return ERR_OK;
}

void
conf_release(struct conf *c)
{
	for (size_t i = 0; i < conf_row_count; i++) {
		if (conf_row_is_text(&conf_rows[i]))
			conf_replace(conf_row_at(&conf_rows[i], c), NULL);
	}
	for (size_t i = 0; i < CONF_PROVIDERS_MAX; i++)
		conf_provider_release(&c->providers[i]);
	conf_replace(&c->embeddings.at.name, NULL);
	conf_replace(&c->path, NULL);
}

const char *
conf_web_url(const struct conf *c)
{
	return *c->database.web_url != '\0' ? c->database.web_url
					    : c->database.url;
}

const char *
conf_worker_url(const struct conf *c)
{
	return *c->database.worker_url != '\0' ? c->database.worker_url
					       : c->database.url;
}

const char *
conf_listen_url(const struct conf *c)
{
	return *c->database.listen_url != '\0' ? c->database.listen_url
					       : conf_worker_url(c);
}

const char *
conf_admin_url(const struct conf *c)
{
	return *c->database.admin_url != '\0' ? c->database.admin_url
					      : c->database.url;
}

const char *
conf_owner_url(const struct conf *c)
{
	return *c->database.owner_url != '\0' ? c->database.owner_url
					      : conf_admin_url(c);
}
