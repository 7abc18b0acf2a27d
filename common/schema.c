/* Compares the versions in the database with the ones of this build. */
#include "common/schema.h"

#include <string.h>

#include "common/log.h"
#include "common/pg.h"
#include "common/text.h"

#define SCHEMA_ADVICE "run: coatcheck migrate"

static const struct {
	const char *component;
	int64_t version;
} schema_needs[] = {
    {"queue", SCHEMA_QUEUE},
    {"llm", SCHEMA_LLM},
    {"assistant", SCHEMA_ASSISTANT},
};

static int64_t
schema_version(const PGresult *r, const char *component)
{
	for (int row = 0; row < PQntuples(r); row++) {
		const char *name = pg_str(r, row, "component");

		if (name != NULL && strcmp(name, component) == 0)
			return pg_int(r, row, "version");
	}
	return 0;
}

/* Without the schema, its function or its table: not migrated at all. */
static bool
schema_is_missing(const char *sqlstate)
{
	if (!text_list_has("3F000,42883,42P01", sqlstate))
		return false;
	log_event(LOG_ERR, "schema_missing", "sqlstate", sqlstate, "advice",
	    SCHEMA_ADVICE, NULL);
	return true;
}

enum err
schema_judge(const PGresult *r)
{
	const char *sqlstate = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		return sqlstate != NULL && schema_is_missing(sqlstate)
		    ? ERR_BAD_INPUT
		    : ERR_DB;
	for (size_t i = 0; i < sizeof schema_needs / sizeof *schema_needs;
	     i++) {
		const char *component = schema_needs[i].component;
		int64_t has = schema_version(r, component);

		if (has >= schema_needs[i].version)
			continue;
		log_event(LOG_ERR, "schema_too_old", "component", component,
		    "has", log_num(has), "needs",
		    log_num(schema_needs[i].version), "advice", SCHEMA_ADVICE,
		    NULL);
		return ERR_BAD_INPUT;
	}
	return ERR_OK;
}

enum err
schema_check(struct pg *c, int64_t timeout_ms)
{
	PGresult *r = NULL;
	enum err e = pg_query(c, SCHEMA_SQL, 0, NULL, timeout_ms, &r);

	if (e == ERR_OK)
		e = schema_judge(r);
	else if (e == ERR_DB && schema_is_missing(pg_sqlstate(c)))
		e = ERR_BAD_INPUT;
	PQclear(r);
	return e;
}
