/*
 * `coatcheck catalog`: prints what can be asked about, the list that a page
 * shows to its learners. Changes nothing.
 */
#include "common/conf.h"

#include "cli/command.h"
#include "cli/db.h"

static enum err
catalog_print(struct pg *c, int64_t timeout_ms)
{
	PGresult *r = NULL;
	enum err e = pg_query(
	    c, "SELECT campus.catalog() AS catalog", 0, NULL, timeout_ms, &r);

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
	struct pg *c = NULL;
	struct conf conf;
	enum err e;

	if (command_next(l) == COMMAND_STOP)
		return l->status;
	if (optind < l->argc)
		return command_usage(
		    l, "catalog takes no argument \"%s\"", l->argv[optind]);
	if (command_conf(l, &conf) != ERR_OK)
		return EXIT_CONFIG;
	e = db_open(
	    conf_admin_url(&conf), conf.database.connect_timeout_ms, &c);
	if (e == ERR_OK)
		e = catalog_print(c, conf.database.statement_timeout_ms);
	pg_close(c);
	conf_release(&conf);
	return e == ERR_OK ? EXIT_OK : EXIT_FAIL;
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
