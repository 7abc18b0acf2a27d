/*
 * `coatcheck catalog`: prints what can be asked about, the list that a page
 * shows to its learners. Changes nothing.
 */
#include "common/conf.h"

#include "cli/command.h"
#include "cli/db.h"

static enum err
catalog_print(struct pg *c, const struct conf *conf, const void *ctx)
{
	PGresult *r = NULL;
	enum err e = pg_query(c, "SELECT campus.catalog() AS catalog", 0, NULL,
	    conf->database.statement_timeout_ms, &r);

	(void)ctx;
	if (e == ERR_OK)
		say("%s", pg_str(r, 0, "catalog"));
	else
		db_say_failed(c, e, "catalog");
	PQclear(r);
	return e;
}

static enum exit_code
catalog_run(struct command_line *l)
{
	if (command_next(l) == COMMAND_STOP)
		return l->status;
	return db_command(l, catalog_print, NULL);
}

static const struct option catalog_options[] = {
    COMMAND_OPTIONS,
};

const struct command command_catalog = {
    .name = "catalog",
    .summary = "print the courses, topics and suggestions as JSON",
    .help = "Usage: coatcheck catalog\n"
	    "\n"
	    "Prints what can be asked about as one JSON document. The page in\n"
	    "client/demo reads it as campus.json beside it:\n"
	    "\n"
	    "  coatcheck catalog > campus.json\n"
	    "\n"
	    "Run it again when courses, topics or suggestions have changed.\n"
	    "\n"
	    "  --config FILE  configuration to read\n",
    .options = catalog_options,
    .run = catalog_run,
};
