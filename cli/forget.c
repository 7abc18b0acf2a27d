/*
 * `coatcheck forget`: deletes what is kept of a person: jobs with their
 * questions and answers, conversations, counts, profile, name and progress.
 */
#include "common/conf.h"
#include "common/uuid.h"

#include <string.h>

#include "cli/command.h"
#include "cli/db.h"

static enum err
forget_run_sql(struct pg *c, const char *sql, const char *user,
    int64_t timeout_ms, int64_t *out)
{
	const char *values[] = {user};
	PGresult *r = NULL;
	enum err e = pg_query(c, sql, 1, values, timeout_ms, &r);

	if (e == ERR_OK)
		*out = pg_int(r, 0, "n");
	else
		db_say_failed(c, e, "forget");
	PQclear(r);
	return e;
}

static enum err
forget_user(struct pg *c, const struct conf *conf, const void *ctx)
{
	int64_t timeout_ms = conf->database.statement_timeout_ms;
	const char *user = ctx;
	static const char sql[] = "SELECT coatcheck.forget($1::uuid) AS n";
	int64_t jobs = 0, more = 0, rows = 0;
	/* As long as a job runs, it may still write; and a question may come
	 * in between. */
	enum err e = forget_run_sql(c, sql, user, timeout_ms, &jobs);

	if (e == ERR_OK)
		e = forget_run_sql(c, "SELECT campus.forget($1::uuid) AS n",
		    user, timeout_ms, &rows);
	if (e == ERR_OK)
		e = forget_run_sql(c, sql, user, timeout_ms, &more);
	jobs += more;
	if (e == ERR_OK)
		say("forgotten: %s job%s and %s row%s of the campus",
		    say_count(jobs), jobs == 1 ? "" : "s", say_count(rows),
		    rows == 1 ? "" : "s");
	return e;
}

static enum exit_code
forget_run(struct command_line *l)
{
	const char *text = "";
	struct uuid user;
	int option;

	while ((option = command_next(l)) >= 0) {
		if (option == 'u')
			text = optarg;
	}
	if (option == COMMAND_STOP)
		return l->status;
	if (!uuid_parse(text, strlen(text), &user) ||
	    strcmp(user.text, uuid_nobody.text) == 0)
		return command_usage(l, "--user needs the UUID of a person");
	return db_command(l, forget_user, user.text);
}

static const struct option forget_options[] = {
    {"user", required_argument, NULL, 'u'},
    COMMAND_OPTIONS,
};

const struct command command_forget = {
    .name = "forget",
    .summary = "delete what is kept of a person",
    .help = "Usage: coatcheck forget --user UUID\n"
	    "\n"
	    "Deletes the jobs of a person with their questions and answers,\n"
	    "the conversations, counts and profiles, and what was written of\n"
	    "them for tutors: name, enrolments, progress, courses taught.\n"
	    "What waits or runs is cancelled. It cannot be undone.\n"
	    "\n"
	    "  --user UUID    the sub of the person's tokens\n"
	    "  --config FILE  configuration to read\n",
    .options = forget_options,
    .run = forget_run,
};
