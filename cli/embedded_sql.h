/*
 * The SQL files of this build, so that the program needs none beside it.
 * scripts/embed-sql.sh puts them in, in the order in which they are applied:
 * by component, numbered migrations first, then functions.
 */
#ifndef CLI_EMBEDDED_SQL_H
#define CLI_EMBEDDED_SQL_H

#include <stdbool.h>
#include <stdint.h>

struct embedded_sql {
	const char *component; /* "queue"; NULL before the first file */
	const char *name;      /* "001_storage.sql", "functions/10_ask.sql" */
	const char *text;
};

/* Steps to the next file; start with a zeroed one. false behind the last. */
bool embedded_sql_next(struct embedded_sql *at);

/* The number of a migration, 0 for a file of functions. */
int64_t embedded_sql_version(const struct embedded_sql *at);

/* The highest number of a component, 0 if it has no migrations. */
int64_t embedded_sql_newest(const char *component);

#endif
