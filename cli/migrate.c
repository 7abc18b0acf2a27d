/*
 * `coatcheck migrate`: brings the schema up to this build. A migration is
 * applied once, in a transaction of its own; the functions of a component are
 * replaced as a whole, each time. Waits for locks are short and repeated, so
 * that programs that run are not held up behind one of ours.
 */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/conf.h"
#include "common/mem.h"
#include "common/text.h"

#include "cli/command.h"
#include "cli/db.h"
#include "cli/embedded_sql.h"

#define MIGRATE_TRIES 10 /* of 2 s each, as MIGRATE_BEGIN has it */
#define MIGRATE_PAUSE_MS 200
#define MIGRATE_TIMEOUT_MS (INT64_C(3600) * 1000)

/* The lock is any number that no other program uses: "coatchk" in ASCII. */
#define MIGRATE_BEGIN                                                          \
	"BEGIN; SET LOCAL lock_timeout = '2s'; "                               \
	"SET LOCAL statement_timeout = 0; "                                    \
	"SELECT pg_advisory_xact_lock(x'636f617463686b'::bigint)"

static const char migrate_base_sql[] =
    "CREATE SCHEMA IF NOT EXISTS coatcheck; "
    "CREATE TABLE IF NOT EXISTS coatcheck.schema_version ("
    "component text, version integer, name text NOT NULL, "
    "applied_at timestamptz NOT NULL DEFAULT clock_timestamp(), "
    "PRIMARY KEY (component, version))";

/* What a transaction does about a file, or the component of one; *applied
 * becomes true if it is a migration and was not there yet. */
typedef enum err migrate_body(
    struct pg *c, const struct embedded_sql *at, bool *applied);

static enum err
migrate_file(struct pg *c, const struct embedded_sql *at)
{
	char *message = NULL;
	enum err e = pg_script(c, at->text, MIGRATE_TIMEOUT_MS, &message);

	if (e == ERR_DB) {
		size_t len;
		const char *text = text_trim(message, &len);

		say_error(
		    "%s/%s: %.*s", at->component, at->name, (int)len, text);
	}
	mem_free(message);
	return e;
}

/* The highest version of a component in the database. */
static enum err
migrate_version(struct pg *c, const char *component, int64_t *out)
{
	const char *const values[] = {component};
	PGresult *r = NULL;
	enum err e = pg_query(c,
	    "SELECT max(version) AS version FROM coatcheck.schema_version "
	    "WHERE component = $1",
	    1, values, MIGRATE_TIMEOUT_MS, &r);

	if (e == ERR_OK)
		*out = pg_int(r, 0, "version");
	else if (e == ERR_DB)
		db_say_failed(c, e, "migrate");
	PQclear(r);
	return e;
}

/* An older build would put its older functions over newer ones. */
static enum err
migrate_refuse_newer(struct pg *c, const char *component)
{
	long long newest = (long long)embedded_sql_newest(component);
	int64_t has;
	enum err e = migrate_version(c, component, &has);

	if (e != ERR_OK || has <= newest)
		return e;
	say_error("the database is newer (%s %lld) than this build (%s %lld); "
		  "nothing was changed",
	    component, (long long)has, component, newest);
	return ERR_BAD_INPUT;
}

/* The table of versions, and whether this build may go on. */
static enum err
migrate_base(struct pg *c, const struct embedded_sql *at, bool *applied)
{
	struct embedded_sql file = {0};
	const char *component = "";
	enum err e = migrate_file(c, at);

	(void)applied;
	while (e == ERR_OK && embedded_sql_next(&file)) {
		if (strcmp(file.component, component) == 0)
			continue;
		component = file.component;
		e = migrate_refuse_newer(c, component);
	}
	return e;
}

static enum err
migrate_one(struct pg *c, const struct embedded_sql *at, bool *applied)
{
	int64_t wanted = embedded_sql_version(at), has;
	char version[24];
	const char *const values[] = {at->component, version, at->name};
	PGresult *r = NULL;
	enum err e = migrate_version(c, at->component, &has);

	if (e != ERR_OK || has >= wanted)
		return e;
	e = migrate_file(c, at);
	if (e != ERR_OK)
		return e;
	(void)snprintf(version, sizeof version, "%lld", (long long)wanted);
	e = pg_query(c,
	    "INSERT INTO coatcheck.schema_version (component, version, name) "
	    "VALUES ($1, $2::integer, $3)",
	    3, values, MIGRATE_TIMEOUT_MS, &r);
	*applied = e == ERR_OK;
	if (e == ERR_DB)
		db_say_failed(c, e, at->name);
	PQclear(r);
	return e;
}

/* All files of functions of at's component. */
static enum err
migrate_functions(struct pg *c, const struct embedded_sql *at, bool *applied)
{
	struct embedded_sql file = {0};
	enum err e = ERR_OK;

	(void)applied;
	while (e == ERR_OK && embedded_sql_next(&file)) {
		if (strcmp(file.component, at->component) == 0 &&
		    embedded_sql_version(&file) == 0)
			e = migrate_file(c, &file);
	}
	return e;
}

/* ERR_BUSY when a lock was not to be had. */
static enum err
migrate_try(struct pg *c, migrate_body *body, const struct embedded_sql *at,
    bool *applied)
{
	char *message = NULL;
	enum err e = pg_script(c, MIGRATE_BEGIN, MIGRATE_TIMEOUT_MS, &message);

	if (e == ERR_OK)
		e = body(c, at, applied);
	if (e == ERR_OK)
		e = pg_script(c, "COMMIT", MIGRATE_TIMEOUT_MS, &message);
	if (message != NULL)
		say_error("%s", message);
	mem_free(message);
	if (e == ERR_OK || !pg_is_alive(c))
		return e;
	message = NULL;
	if (pg_script(c, "ROLLBACK", MIGRATE_TIMEOUT_MS, &message) != ERR_OK)
		say_error("cannot roll back: %s", db_reason());
	mem_free(message);
	return e == ERR_DB_RETRY ? ERR_BUSY : e;
}

/* Runs body in a transaction under the lock; has said what went wrong. */
static enum err
migrate_step(struct pg *c, migrate_body *body, const struct embedded_sql *at,
    const char *what, bool *applied)
{
	enum err e = ERR_BUSY;

	for (int tries = 1; tries <= MIGRATE_TRIES; tries++) {
		e = migrate_try(c, body, at, applied);
		if (e != ERR_BUSY)
			break;
		say_error("%s: waiting for a lock of another session, "
			  "try %d of %d",
		    what, tries, MIGRATE_TRIES);
		(void)poll(NULL, 0, MIGRATE_PAUSE_MS);
	}
	if (e == ERR_BUSY)
		say_error(
		    "%s: gave up waiting; nothing of it was applied", what);
	else if (e != ERR_OK && e != ERR_DB && e != ERR_BAD_INPUT)
		db_say_failed(c, e, what);
	return e;
}

static enum err
migrate_migration(struct pg *c, const struct embedded_sql *at)
{
	bool applied = false;
	enum err e = migrate_step(c, migrate_one, at, at->name, &applied);
	int64_t version = embedded_sql_version(at);

	if (e == ERR_OK && applied)
		say("%s: applied %s", at->component, at->name);
	else if (e == ERR_OK && version == embedded_sql_newest(at->component))
		say("%s: up to date (version %lld)", at->component,
		    (long long)version);
	return e;
}

/* Roles that functions/90_roles.sql wanted and could not create. */
static enum err
migrate_warn_of_roles(struct pg *c)
{
	PGresult *r = NULL;
	enum err e = pg_query(c,
	    "SELECT string_agg(role, ', ' ORDER BY n) AS missing FROM unnest("
	    "ARRAY['coatcheck_web', 'coatcheck_worker', 'coatcheck_admin']) "
	    "WITH ORDINALITY u(role, n) WHERE to_regrole(role) IS NULL",
	    0, NULL, MIGRATE_TIMEOUT_MS, &r);

	if (e != ERR_OK)
		db_say_failed(c, e, "roles");
	else if (pg_str(r, 0, "missing") != NULL)
		say_error("warning: roles missing that this user may not "
			  "create: %s. Set [database] url alone and this user "
			  "runs everything, or have them created and migrate "
			  "again",
		    pg_str(r, 0, "missing"));
	PQclear(r);
	return e;
}

static enum err
migrate_all(struct pg *c)
{
	const struct embedded_sql base = {.component = "queue",
	    .name = "schema_version",
	    .text = migrate_base_sql};
	struct embedded_sql at = {0};
	const char *functions = ""; /* component whose functions are done */
	bool applied = false;
	enum err e = migrate_step(
	    c, migrate_base, &base, "schema_version", &applied);

	while (e == ERR_OK && embedded_sql_next(&at)) {
		if (embedded_sql_version(&at) > 0) {
			e = migrate_migration(c, &at);
			continue;
		}
		if (strcmp(at.component, functions) == 0)
			continue;
		functions = at.component;
		e = migrate_step(
		    c, migrate_functions, &at, "functions", &applied);
		if (e == ERR_OK)
			say("%s: functions and rights renewed", at.component);
	}
	return e == ERR_OK ? migrate_warn_of_roles(c) : e;
}

/* One line for each migration; ERR_NOT_FOUND if one is still to come. */
static enum err
migrate_status(struct pg *c)
{
	struct embedded_sql at = {0};
	PGresult *r = NULL;
	bool is_new = true, is_pending = false;
	int64_t has = 0;
	enum err e = pg_query(c,
	    "SELECT to_regclass('coatcheck.schema_version') IS NULL AS new", 0,
	    NULL, MIGRATE_TIMEOUT_MS, &r);

	if (e == ERR_OK)
		is_new = pg_bool(r, 0, "new");
	PQclear(r);
	while (e == ERR_OK && embedded_sql_next(&at)) {
		int64_t wanted = embedded_sql_version(&at);

		if (wanted == 0)
			continue;
		if (!is_new)
			e = migrate_version(c, at.component, &has);
		is_pending |= has < wanted;
		if (e == ERR_OK)
			say("%-10s %-30s %s", at.component, at.name,
			    has < wanted ? "pending" : "applied");
	}
	if (e != ERR_OK && e != ERR_DB)
		db_say_failed(c, e, "migrate --status");
	return e == ERR_OK && is_pending ? ERR_NOT_FOUND : e;
}

static enum exit_code
migrate_run(struct command_line *l)
{
	bool is_status = false;
	struct pg *c = NULL;
	struct conf conf;
	int option;
	enum err e;

	while ((option = command_next(l)) != COMMAND_END) {
		if (option == COMMAND_STOP)
			return l->status;
		is_status = true;
	}
	if (optind < l->argc)
		return command_usage(
		    l, "migrate takes no argument \"%s\"", l->argv[optind]);
	if (command_conf(l, &conf) != ERR_OK)
		return EXIT_CONFIG;
	e = db_open(
	    conf_owner_url(&conf), conf.database.connect_timeout_ms, &c);
	if (e == ERR_OK)
		e = is_status ? migrate_status(c) : migrate_all(c);
	pg_close(c);
	conf_release(&conf);
	return e == ERR_OK ? EXIT_OK : EXIT_FAIL;
}

static const struct option migrate_options[] = {
    {"status", no_argument, NULL, 's'},
    COMMAND_OPTIONS,
};

const struct command command_migrate = {
    .name = "migrate",
    .summary = "create the schema, or bring it up to this build",
    .help =
	"Usage: coatcheck migrate [--status]\n"
	"\n"
	"Applies the migrations that the database lacks, then renews "
	"functions\n"
	"and rights. Connects by [database] owner_url, else admin_url, else\n"
	"url, always as the same user: it owns the schemas. The first time\n"
	"that user needs CREATE on the database, for schemas and for the\n"
	"extensions btree_gin and pg_trgm. With CREATEROLE it also makes the\n"
	"roles coatcheck_web, coatcheck_worker and coatcheck_admin, if\n"
	"missing; without it and them, this one user runs everything. It is\n"
	"safe while programs run, and safe to repeat.\n"
	"\n"
	"  --status       only list migrations; exit code 1 if one is pending\n"
	"  --config FILE  configuration to read\n",
    .options = migrate_options,
    .run = migrate_run,
};
