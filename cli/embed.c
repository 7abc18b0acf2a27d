/*
 * `coatcheck embed`: queues the work of making vectors of passages; a worker
 * does it.
 */
#include "cli/embed.h"

#include <stdio.h>

#include "cli/command.h"
#include "cli/db.h"

enum err
embed_queue(struct pg *c, const struct conf *conf, const char *course)
{
	char batch[24];
	const char *values[] = {course, conf->embeddings.at.model, batch};
	PGresult *r = NULL;
	int64_t n;
	enum err e;

	if (*conf->embeddings.at.base_url == '\0')
		return ERR_OK;
	(void)snprintf(
	    batch, sizeof batch, "%lld", (long long)conf->embeddings.batch);
	e = pg_query(c,
	    "SELECT campus.embed_missing($1::uuid, $2, $3::integer) AS n", 3,
	    values, conf->database.statement_timeout_ms, &r);
	if (e == ERR_OK) {
		n = pg_int(r, 0, "n");
		say("%s passage%s to embed with %s", say_count(n),
		    n == 1 ? "" : "s", conf->embeddings.at.model);
	} else {
		db_say_failed(c, e, "embed");
	}
	PQclear(r);
	return e;
}

static enum err
embed_all(struct pg *c, const struct conf *conf, const void *ctx)
{
	(void)ctx;
	if (*conf->embeddings.at.base_url != '\0')
		return embed_queue(c, conf, NULL);
	say_error("no [embeddings] base_url is configured");
	return ERR_BAD_INPUT;
}

static enum exit_code
embed_run(struct command_line *l)
{
	if (command_next(l) == COMMAND_STOP)
		return l->status;
	return db_command(l, embed_all, NULL);
}

static const struct option embed_options[] = {
    COMMAND_OPTIONS,
};

const struct command command_embed = {
    .name = "embed",
    .summary = "queue the making of vectors that are missing",
    .help = "Usage: coatcheck embed\n"
	    "\n"
	    "Queues jobs for all passages that have no vector of the model\n"
	    "in [embeddings]. Ingesting does so for what it has stored; this\n"
	    "is for material that was there before, and for another model.\n"
	    "\n"
	    "  --config FILE  configuration to read\n",
    .options = embed_options,
    .run = embed_run,
};
