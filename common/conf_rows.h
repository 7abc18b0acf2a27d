/*
 * The table behind conf.h, for common/conf.c and common/conf_rows.c only: a
 * row says where a key lives in struct conf, what it may hold and what it is
 * for.
 */
#ifndef COMMON_CONF_ROWS_H
#define COMMON_CONF_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"

enum conf_type {
	CONF_TEXT,
	CONF_CHOICE,   /* text, one of choices */
	CONF_DECIMAL,  /* text, a decimal fraction from 0 to 1 */
	CONF_CONNINFO, /* text, how libpq is told where to connect */
	CONF_INT,
	CONF_SIZE,     /* bytes */
	CONF_DURATION, /* milliseconds */
	CONF_MONEY,    /* a decimal; kept in millionths */
	CONF_BOOL
};

struct conf_row {
	const char *section, *key;
	enum conf_type type;
	size_t offset; /* of a char *, an int64_t or a bool, in struct conf or
			  for [llm] in struct conf_provider */
	const char *fallback; /* as it would be written in the file */
	int64_t min, max;     /* of the kinds of number */
	const char *choices;  /* of CONF_CHOICE, separated by commas */
	bool is_secret;       /* never printed; wiped on release */
	const char *help;
};

#define CONF_ROWS_MAX 96
#define CONF_MAIN "main" /* name of the provider of [llm] */

extern const struct conf_row conf_rows[];
extern const size_t conf_row_count;

/* Those of [llm] and of each [llm NAME]. */
extern const struct conf_row conf_provider_rows[];
extern const size_t conf_provider_row_count;

/* Is the value at the row's offset a char *? */
bool conf_row_is_text(const struct conf_row *row);
/* base is what the offset counts from. */
void *conf_row_at(const struct conf_row *row, void *base);
const void *conf_row_peek(const struct conf_row *row, const void *base);

#endif
