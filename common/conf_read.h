/*
 * The state of one conf_load(), shared by common/conf.c, which reads, and
 * common/conf_check.c, which looks at how the values fit together.
 */
#ifndef COMMON_CONF_READ_H
#define COMMON_CONF_READ_H

#include <stdio.h>

#include "common/attrs.h"
#include "common/conf_rows.h"

struct conf_reader {
	struct conf *conf;
	FILE *file;
	int line;                /* the last one read; 0 outside the file */
	const char *variable;    /* the one being read; NULL outside them */
	int seen[CONF_ROWS_MAX]; /* line that set a row, 0 if none did */
	int provider_seen[CONF_PROVIDERS_MAX][CONF_ROWS_MAX];
	int problems;
};

/* One line to stderr, headed by file and line or by the variable. */
void conf_problem(struct conf_reader *r, const char *fmt, ...) PRINTF(2, 3);

/* Sets the value of a row; base is what the offset counts from, section how the
 * section is headed in the file. */
void conf_set(struct conf_reader *r, const struct conf_row *row,
    const char *section, void *base, const char *value);

/* The rows of [llm] and [llm NAME], with which conf_provider.c does what conf.c
 * does with the others. */
void conf_provider_set_defaults(struct conf_reader *r, size_t i, char *name);
/* False if the section is none of these. */
bool conf_provider_take_line(struct conf_reader *r, const char *section,
    const char *key, const char *value);
/* variable is COATCHECK_LLM_…; false if there is no such key. */
bool conf_provider_take_variable(
    struct conf_reader *r, const char *variable, const char *value);
void conf_provider_check(struct conf_reader *r);
void conf_provider_release(struct conf_provider *p);

/* Does a name in lower case stand at the start of variable in capitals? - there
 * is _ here. */
bool conf_is_capital(const char *variable, const char *name);

/* What may be checked of both kinds of provider. */
void conf_check_provider(
    struct conf_reader *r, const char *section, struct conf_provider *p);

/* Wipes and frees the old text; the new one is taken. */
void conf_replace(char **field, char *taken);

/* May libpq be given this to connect? A word alone names a database. */
bool conf_is_conninfo(const char *value);

/* Reads the files that hold secrets, then checks what no single row can. */
void conf_check(struct conf_reader *r);

/* Warns if everybody can read a secret in the file that is open. */
void conf_warn_if_readable(const struct conf_reader *r);

#endif
