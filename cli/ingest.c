/*
 * `coatcheck ingest`: reads course material into passages and stores them, a
 * document a transaction. What was stored under the same name is replaced, so
 * a run that broke off is simply repeated.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/conf.h"
#include "common/mem.h"

#include "cli/chunk.h"
#include "cli/command.h"
#include "cli/db.h"
#include "cli/document.h"
#include "cli/embed.h"
#include "cli/files.h"
#include "cli/progress.h"

#define INGEST_JSON_MAX (256 * 1024 * 1024)
#define INGEST_TIMEOUT_MS (INT64_C(60) * 1000)
#define INGEST_FINISH_TIMEOUT_MS (INT64_C(600) * 1000)
#define INGEST_TRIES 3 /* of a statement that met a deadlock or the like */
#define URL_MAX 8192

struct ingest {
	const char *slug, *name, *base_url; /* name, base_url: NULL if none */
	bool is_pruning;
	struct files files;
	struct pg *pg;
	char *course; /* its id */
	struct progress progress;
	int64_t documents, chunks, failed, dropped;
};

static enum err
ingest_query(struct ingest *in, const char *sql, int n,
    const char *const *values, int64_t timeout_ms, PGresult **out)
{
	enum err e = ERR_DB_RETRY;

	for (int i = 0; i < INGEST_TRIES && e == ERR_DB_RETRY; i++)
		e = pg_query(in->pg, sql, n, values, timeout_ms, out);
	return e;
}

static enum err
ingest_find_course(struct ingest *in)
{
	const char *const values[] = {in->slug, in->name};
	PGresult *r = NULL;
	enum err e = ingest_query(in,
	    "SELECT campus.ingest_course($1, $2) AS id", 2, values,
	    INGEST_TIMEOUT_MS, &r);
	const char *id = e == ERR_OK ? pg_str(r, 0, "id") : NULL;

	if (e == ERR_DB && strcmp(pg_sqlstate(in->pg), "23505") == 0) {
		say_error(
		    "the name \"%s\" belongs to another course", in->name);
	} else if (e != ERR_OK) {
		db_say_failed(in->pg, e, "ingest");
	} else if (id == NULL) {
		say_error("there is no course \"%s\"; add --create NAME to "
			  "make it",
		    in->slug);
		e = ERR_NOT_FOUND;
	} else {
		in->course = x_strdup(id);
	}
	PQclear(r);
	return e;
}

static void
ingest_add_chunk(void *arg, const char *title, const char *text, size_t len)
{
	struct buf *json = arg;
	char *content = x_strndup(text, len);

	buf_add_str(json, json->len > 1 ? ",{\"title\":" : "{\"title\":");
	buf_add_json_str(json, title);
	buf_add_str(json, ",\"content\":");
	buf_add_json_str(json, content);
	buf_add_char(json, '}');
	mem_free(content);
}

/* The front matter's address, or one below --base-url for a page. */
static void
ingest_add_url(const struct ingest *in, const struct file *f,
    const struct document *d, struct buf *out)
{
	size_t base;

	if (*d->url != '\0') {
		buf_add_str(out, d->url);
		return;
	}
	if (in->base_url == NULL || f->format != DOCUMENT_HTML)
		return;
	base = strlen(in->base_url);
	buf_add(out, in->base_url, base);
	if (base > 0 && in->base_url[base - 1] != '/')
		buf_add_char(out, '/');
	for (const char *p = f->name; *p != '\0'; p++) {
		if (isalnum((unsigned char)*p) || strchr("-._~/", *p) != NULL)
			buf_add_char(out, *p);
		else
			buf_printf(out, "%%%02X", (unsigned)(unsigned char)*p);
	}
}

static void
ingest_add_topic(const struct document *d, struct buf *out)
{
	buf_printf(out,
	    "{\"topicId\":\"%s\",\"module\":%lld,\"position\":%lld,"
	    "\"title\":",
	    d->topic.text, (long long)d->module_no, (long long)d->position);
	buf_add_json_str(out, d->title);
	buf_add_char(out, '}');
}

/* Stores one document; *why says what the database had against it. */
static enum err
ingest_store(struct ingest *in, const struct file *f, const struct document *d,
    const char **why)
{
	struct buf chunks, topic, url;
	PGresult *r = NULL;
	enum err e;

	buf_init(&chunks, INGEST_JSON_MAX);
	buf_init(&topic, INGEST_JSON_MAX);
	buf_init(&url, URL_MAX);
	buf_add_char(&chunks, '[');
	chunk_split(d->title, &d->blocks, ingest_add_chunk, &chunks);
	buf_add_char(&chunks, ']');
	ingest_add_topic(d, &topic);
	ingest_add_url(in, f, d, &url);
	const char *const values[] = {in->course, f->name, d->title,
	    url.len > 0 ? buf_str(&url) : NULL,
	    *d->topic.text != '\0' ? buf_str(&topic) : NULL, buf_str(&chunks)};

	e = buf_status(&chunks);
	if (e == ERR_OK)
		e = buf_status(&url);
	if (e == ERR_OK)
		e = ingest_query(in,
		    "SELECT campus.ingest_document($1, $2, $3, $4, $5, $6) "
		    "AS chunks",
		    6, values, INGEST_TIMEOUT_MS, &r);
	else
		*why = "is too big";
	if (e == ERR_OK)
		in->chunks += pg_int(r, 0, "chunks");
	else if (e == ERR_DB)
		*why = pg_message(in->pg);
	PQclear(r);
	buf_release(&chunks);
	buf_release(&topic);
	buf_release(&url);
	return e;
}

/* Reads and stores one file; only a lost database is an error. A file that is
 * at fault is named and passed over. */
static enum err
ingest_file(struct ingest *in, const struct file *f)
{
	const char *why = NULL;
	struct document d;
	struct buf bytes;
	enum err e;

	buf_init(&bytes, DOCUMENT_BYTES_MAX);
	e = files_read(f->path, &bytes, &why);
	if (e == ERR_OK)
		e = document_read(
		    f->format, f->name, buf_str(&bytes), bytes.len, &d, &why);
	if (e == ERR_OK) {
		e = ingest_store(in, f, &d, &why);
		document_release(&d);
	}
	buf_release(&bytes);
	if (e == ERR_OK) {
		in->documents++;
		return ERR_OK;
	}
	progress_clear(&in->progress);
	if (e == ERR_DB_RETRY || e == ERR_DB_UNSURE || e == ERR_TIMEOUT) {
		db_say_failed(in->pg, e, f->path);
		return e;
	}
	say_error("%s: %s", f->path, why != NULL ? why : err_name(e));
	in->failed++;
	return ERR_OK;
}

static enum err
ingest_finish(struct ingest *in)
{
	const char **names = x_calloc(in->files.count + 1, sizeof *names);
	struct buf paths;
	PGresult *r = NULL;
	enum err e;

	for (size_t i = 0; i < in->files.count; i++)
		names[i] = in->files.list[i].name;
	buf_init(&paths, INGEST_JSON_MAX);
	pg_array(&paths, names, in->files.count);
	const char *const values[] = {
	    in->course, in->is_pruning ? buf_str(&paths) : NULL};

	e = buf_status(&paths);
	if (e == ERR_OK)
		e = ingest_query(in,
		    "SELECT campus.ingest_finish($1, $2) AS dropped", 2, values,
		    INGEST_FINISH_TIMEOUT_MS, &r);
	if (e == ERR_OK)
		in->dropped = pg_int(r, 0, "dropped");
	else
		db_say_failed(in->pg, e, "ingest");
	PQclear(r);
	buf_release(&paths);
	mem_free(names);
	return e;
}

static const char *
ingest_plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

static enum err
ingest_all(struct ingest *in)
{
	int64_t began_ms = clock_mono_ms();
	enum err e = ingest_find_course(in);

	if (e != ERR_OK)
		return e;
	progress_start(&in->progress, in->files.count);
	for (size_t i = 0; i < in->files.count && e == ERR_OK; i++) {
		e = ingest_file(in, &in->files.list[i]);
		progress_step(&in->progress, in->files.list[i].name);
	}
	progress_clear(&in->progress);
	if (e == ERR_OK)
		e = ingest_finish(in);
	if (e != ERR_OK)
		return e;
	say("%s document%s, %s chunk%s in %.1f s", say_count(in->documents),
	    ingest_plural(in->documents), say_count(in->chunks),
	    ingest_plural(in->chunks),
	    (double)(clock_mono_ms() - began_ms) / 1000.0);
	if (in->is_pruning)
		say("%s old document%s dropped", say_count(in->dropped),
		    ingest_plural(in->dropped));
	if (in->failed == 0)
		return ERR_OK;
	say_error("%s of %s file%s not stored", say_count(in->failed),
	    say_count((int64_t)in->files.count),
	    ingest_plural((int64_t)in->files.count));
	return ERR_BAD_INPUT;
}

/* As the table of courses wants it: words of a-z and 0-9 joined by "-". */
static bool
ingest_is_slug(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && s[0] != '-' && s[len - 1] != '-' &&
	    strstr(s, "--") == NULL &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

/* ERR_STOPPED when the command ends here, as l->status says. */
static enum err
ingest_read_options(struct command_line *l, struct ingest *in)
{
	int option;

	while ((option = command_next(l)) != COMMAND_END) {
		switch (option) {
		case COMMAND_STOP:
			return ERR_STOPPED;
		case 's':
			in->slug = optarg;
			break;
		case 'n':
			in->name = optarg;
			break;
		case 'b':
			in->base_url = optarg;
			break;
		default:
			in->is_pruning = true;
		}
	}
	l->status = EXIT_USAGE;
	if (in->slug == NULL)
		(void)command_usage(l, "ingest needs --course SLUG");
	else if (!ingest_is_slug(in->slug))
		(void)command_usage(l,
		    "\"%s\" is no slug: use a-z, 0-9 and single hyphens",
		    in->slug);
	else if (in->name != NULL && *in->name == '\0')
		(void)command_usage(l, "--create needs the name of a course");
	else if (optind >= l->argc)
		(void)command_usage(l, "ingest needs a file or a directory");
	else
		l->status = EXIT_OK;
	return l->status == EXIT_OK ? ERR_OK : ERR_STOPPED;
}

static enum exit_code
ingest_run(struct command_line *l)
{
	struct ingest in = {0};
	struct conf conf;
	enum err e = ERR_OK;

	if (ingest_read_options(l, &in) != ERR_OK)
		return l->status;
	if (command_conf(l, &conf) != ERR_OK)
		return EXIT_CONFIG;
	for (int i = optind; i < l->argc && e == ERR_OK; i++)
		e = files_add(&in.files, l->argv[i]);
	if (e == ERR_OK)
		e = files_sort(&in.files);
	if (e == ERR_OK)
		e = db_open(conf_admin_url(&conf),
		    conf.database.connect_timeout_ms, &in.pg);
	if (e == ERR_OK)
		e = ingest_all(&in);
	if (in.course != NULL && (e == ERR_OK || e == ERR_BAD_INPUT) &&
	    embed_queue(in.pg, &conf, in.course) != ERR_OK)
		e = ERR_DB;
	pg_close(in.pg);
	files_release(&in.files);
	mem_free(in.course);
	conf_release(&conf);
	return e == ERR_OK ? EXIT_OK : EXIT_FAIL;
}

static const struct option ingest_options[] = {
    {"course", required_argument, NULL, 's'},
    {"create", required_argument, NULL, 'n'},
    {"base-url", required_argument, NULL, 'b'},
    {"prune", no_argument, NULL, 'p'},
    COMMAND_OPTIONS,
};

const struct command command_ingest = {
    .name = "ingest",
    .summary = "read course material into passages to answer from",
    .help =
	"Usage: coatcheck ingest --course SLUG [--create NAME]\n"
	"                        [--base-url URL] [--prune] PATH...\n"
	"\n"
	"Reads Markdown, HTML and plain text (.md .markdown .html .htm .txt,\n"
	"all in UTF-8) from files and directories. A document is known by its\n"
	"path below the directory that was named, and replaces what was "
	"stored\n"
	"under that path before. A file that cannot be stored is named and\n"
	"passed over, and the exit code is 1.\n"
	"\n"
	"  --course SLUG   course that the material belongs to\n"
	"  --create NAME   make the course, under this name, if it is missing\n"
	"  --base-url URL  where HTML pages can be read; an answer links "
	"there\n"
	"  --prune         drop documents of the course that are not in PATH\n"
	"  --config FILE   configuration to read\n",
    .options = ingest_options,
    .run = ingest_run,
};
