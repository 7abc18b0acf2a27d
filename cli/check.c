/*
 * `coatcheck check`: looks at everything an installation needs and says, a
 * line each, what is well, what is doubtful and what is broken. Changes
 * nothing.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/conf.h"
#include "common/schema.h"
#include "common/text.h"

#include "cli/command.h"
#include "cli/db.h"
#include "cli/embedded_sql.h"

#define CHECK_POSTGRES_LEAST 150000 /* as server_version_num has it */
#define CHECK_WORKER_LATE_S 30      /* workers say every 5 s that they live */

struct check {
	const struct conf *conf;
	/* Of lines printed so far. */
	bool has_failed, has_schema, has_worker, has_models;
};

static void check_line(struct check *k, const char *verdict, const char *what,
    const char *fmt, ...) PRINTF(4, 5);

static void
check_line(struct check *k, const char *verdict, const char *what,
    const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	k->has_failed |= strcmp(verdict, "FAIL") == 0;
	say("%-4s  %-16s  %s", verdict, what, text);
}

static void
check_file(struct check *k)
{
	const char *path = k->conf->path;
	struct stat st;

	if (*path == '\0') {
		check_line(k, "warn", "configuration",
		    "no file found; defaults and environment only");
		return;
	}
	if (stat(path, &st) != 0)
		check_line(k, "FAIL", "configuration", "%s is gone", path);
	else if ((st.st_mode & S_IWOTH) != 0)
		check_line(k, "FAIL", "configuration",
		    "%s can be written by everybody: chmod 640", path);
	else if (k->conf->is_exposed)
		check_line(k, "warn", "configuration",
		    "%s holds a secret that everybody can read: chmod 640",
		    path);
	else
		check_line(k, "ok", "configuration", "%s (mode %03o)", path,
		    (unsigned)st.st_mode & 0777U);
}

static void
check_secret(struct check *k)
{
	if (*k->conf->auth.jwt_secret != '\0')
		check_line(k, "ok", "[auth] secret", "set, %zu bytes",
		    strlen(k->conf->auth.jwt_secret));
	else
		check_line(k, "warn", "[auth] secret",
		    "not set; only the landing routes work: set jwt_secret "
		    "or jwt_secret_file");
}

/* Who we are there, and what the server is; false if no use going on. */
static bool
check_identity(struct check *k, struct pg *c, const char *what, bool is_owner)
{
	PGresult *r = NULL;
	bool is_good = false;

	if (pg_query(c,
		"SELECT current_user::text AS role, rolsuper AS super, "
		"current_setting('server_version') AS version, "
		"current_setting('server_version_num') AS number "
		"FROM pg_catalog.pg_roles WHERE rolname = current_user",
		0, NULL, k->conf->database.statement_timeout_ms,
		&r) != ERR_OK ||
	    PQntuples(r) != 1)
		check_line(k, "FAIL", what, "does not answer: %s", db_reason());
	else if (pg_int(r, 0, "number") < CHECK_POSTGRES_LEAST)
		check_line(k, "FAIL", what,
		    "PostgreSQL %s; 15 is the oldest "
		    "that will do",
		    pg_str(r, 0, "version"));
	else
		is_good = true;
	if (is_good && !is_owner && pg_bool(r, 0, "super"))
		check_line(k, "warn", what,
		    "as %s, a superuser; give it a role of its own",
		    pg_str(r, 0, "role"));
	else if (is_good)
		check_line(k, "ok", what, "as %s, PostgreSQL %s",
		    pg_str(r, 0, "role"), pg_str(r, 0, "version"));
	PQclear(r);
	return is_good;
}

static void
check_component(struct check *k, const char *component, int64_t has)
{
	int64_t wanted = embedded_sql_newest(component);
	char what[32];

	(void)snprintf(what, sizeof what, "schema %s", component);
	if (has < wanted)
		check_line(k, "FAIL", what,
		    "version %lld, this build needs %lld: run coatcheck "
		    "migrate",
		    (long long)has, (long long)wanted);
	else if (has > wanted)
		check_line(k, "warn", what,
		    "version %lld, newer than this build (%lld): upgrade",
		    (long long)has, (long long)wanted);
	else
		check_line(k, "ok", what, "version %lld", (long long)has);
}

static int64_t
check_version_of(const PGresult *r, const char *component)
{
	for (int row = 0; row < PQntuples(r); row++) {
		if (strcmp(pg_str(r, row, "component"), component) == 0)
			return pg_int(r, row, "version");
	}
	return 0;
}

/* Each role may ask for the versions, so this shows missing rights too. */
static void
check_schema(struct check *k, struct pg *c, const char *what)
{
	struct embedded_sql at = {0};
	const char *component = "";
	PGresult *r = NULL;
	enum err e = pg_query(
	    c, SCHEMA_SQL, 0, NULL, k->conf->database.statement_timeout_ms, &r);

	if (e == ERR_DB && strcmp(pg_sqlstate(c), "42501") == 0)
		check_line(k, "FAIL", what,
		    "may not use the schema: run coatcheck migrate, or give "
		    "another user");
	else if (e != ERR_OK && !k->has_schema)
		check_line(k, "FAIL", "schema", "%s: run coatcheck migrate",
		    e == ERR_DB ? pg_message(c) : db_reason());
	while (e == ERR_OK && !k->has_schema && embedded_sql_next(&at)) {
		if (strcmp(at.component, component) == 0)
			continue;
		component = at.component;
		check_component(k, component, check_version_of(r, component));
	}
	k->has_schema |= e != ERR_DB || strcmp(pg_sqlstate(c), "42501") != 0;
	PQclear(r);
}

static void
check_worker(struct check *k, struct pg *c)
{
	PGresult *r = NULL;
	int64_t age;

	if (k->has_worker ||
	    pg_query(c, "SELECT round(coatcheck.worker_age())::bigint AS age",
		0, NULL, k->conf->database.statement_timeout_ms, &r) != ERR_OK)
		return;
	k->has_worker = true;
	age = pg_int(r, 0, "age");
	if (pg_str(r, 0, "age") == NULL)
		check_line(k, "warn", "worker",
		    "none is running: start coatcheck-worker");
	else if (age > CHECK_WORKER_LATE_S)
		check_line(k, "warn", "worker",
		    "last seen %lld s ago: is coatcheck-worker running?",
		    (long long)age);
	else
		check_line(
		    k, "ok", "worker", "seen %lld s ago", (long long)age);
	PQclear(r);
}

/* What the workers have met with a provider; r may have no row of it yet. */
static void
check_provider(
    struct check *k, const PGresult *r, const struct conf_provider *p)
{
	bool is_main = strcmp(p->name, "main") == 0;
	bool has_more = !is_main && p != &k->conf->embeddings.at;
	const char *reason = NULL;
	bool was_asked = false;
	char what[96];

	(void)snprintf(what, sizeof what, "[%s%s]", has_more ? "llm " : "",
	    is_main ? "llm" : p->name);
	for (int row = 0; row < PQntuples(r); row++) {
		if (strcmp(pg_str(r, row, "provider"), p->name) == 0 &&
		    strcmp(pg_str(r, row, "model"), p->model) == 0) {
			reason = pg_str(r, row, "reason");
			was_asked = pg_int(r, row, "calls") > 0;
		}
	}
	if (reason == NULL)
		check_line(k, "ok", what, "%s%s", p->model,
		    was_asked ? "" : ", not asked yet");
	else if (strcmp(reason, "auth") == 0)
		check_line(k, "warn", what, "%s: the key is refused", p->model);
	else if (strcmp(reason, "quota") == 0)
		check_line(k, "warn", what, "%s: no quota left", p->model);
	else
		check_line(k, "warn", what,
		    "%s: calls fail; the worker's log says why", p->model);
}

static void
check_models(struct check *k, struct pg *c)
{
	const struct conf *conf = k->conf;
	PGresult *r = NULL;

	if (k->has_models ||
	    pg_query(c,
		"SELECT provider, model, reason, calls FROM llm.providers()", 0,
		NULL, conf->database.statement_timeout_ms, &r) != ERR_OK)
		return;
	k->has_models = true;
	if (conf->provider_count == 0)
		check_line(k, "ok", "[llm]", "none: answers are quoted");
	for (size_t i = 0; i < conf->provider_count; i++)
		check_provider(k, r, &conf->providers[i]);
	if (*conf->embeddings.at.base_url != '\0')
		check_provider(k, r, &conf->embeddings.at);
	PQclear(r);
}

static void
check_databases(struct check *k)
{
	const struct conf *conf = k->conf;
	const struct {
		const char *what, *url;
		bool may_see_workers, is_owner;
	} roles[] = {
	    {"database web", conf_web_url(conf), true, false},
	    {"database worker", conf_worker_url(conf), false, false},
	    {"database listen", conf_listen_url(conf), false, false},
	    {"database admin", conf_admin_url(conf), true, false},
	    {"database owner", conf_owner_url(conf), false, true},
	};

	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
		struct pg *c = NULL;
		size_t same = 0;

		while (strcmp(roles[same].url, roles[i].url) != 0)
			same++;
		if (same < i)
			continue; /* one line for each connection */
		if (db_try_open(roles[i].url, conf->database.connect_timeout_ms,
			&c) != ERR_OK) {
			check_line(k, "FAIL", roles[i].what,
			    "cannot connect: %s", db_reason());
			continue;
		}
		if (check_identity(k, c, roles[i].what, roles[i].is_owner)) {
			check_schema(k, c, roles[i].what);
			if (roles[i].may_see_workers) {
				check_worker(k, c);
				check_models(k, c);
			}
		}
		pg_close(c);
	}
}

static enum exit_code
check_run(struct command_line *l)
{
	bool is_printing = false;
	struct conf conf;
	struct check k = {.conf = &conf};
	int option;

	while ((option = command_next(l)) != COMMAND_END) {
		if (option == COMMAND_STOP)
			return l->status;
		if (option == 'k') {
			conf_print_keys();
			return EXIT_OK;
		}
		is_printing = true;
	}
	if (optind < l->argc)
		return command_usage(
		    l, "check takes no argument \"%s\"", l->argv[optind]);
	if (command_conf(l, &conf) != ERR_OK)
		return EXIT_CONFIG;
	if (is_printing) {
		conf_print(&conf);
	} else {
		check_file(&k);
		check_secret(&k);
		check_databases(&k);
	}
	conf_release(&conf);
	return k.has_failed ? EXIT_FAIL : EXIT_OK;
}

static const struct option check_options[] = {
    {"print-config", no_argument, NULL, 'p'},
    {"keys", no_argument, NULL, 'k'},
    COMMAND_OPTIONS,
};

const struct command command_check = {
    .name = "check",
    .summary = "say what an installation lacks",
    .help =
	"Usage: coatcheck check [--print-config | --keys]\n"
	"\n"
	"Looks at configuration, secrets, database, schema, workers and what\n"
	"they have met with language models, and prints a line for each: ok,\n"
	"warn or FAIL, with what to do. It asks no model; prompts are looked\n"
	"at by coatcheck-worker --check.\n"
	"Exit code 1 if one is FAIL, 78 if the configuration is wrong.\n"
	"\n"
	"  --print-config  print the values in force instead, without secrets\n"
	"  --keys          print every key of the configuration instead\n"
	"  --config FILE   configuration to read\n",
    .options = check_options,
    .run = check_run,
};
