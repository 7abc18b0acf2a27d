/*
 * The state of one conf_load(), shared by common/conf.c, which reads, and
 * common/conf_check.c, which looks at how the values fit together.
 */
#ifndef COMMON_CONF_READ_H
#define COMMON_CONF_READ_H

#include <stdio.h>

#include "common/attrs.h"
#include "common/conf_rows.h"

#define CONF_ROWS_MAX 64

struct conf_reader {
	struct conf *conf;
	FILE *file;
	int line;                /* the last one read; 0 outside the file */
	const char *variable;    /* the one being read; NULL outside them */
	int seen[CONF_ROWS_MAX]; /* line that set a row, 0 if none did */
	int problems;
};

/* One line to stderr, headed by file and line or by the variable. */
void conf_problem(struct conf_reader *r, const char *fmt, ...) PRINTF(2, 3);

/* Wipes and frees the old text; the new one is taken. */
void conf_replace(char **field, char *taken);

/* May libpq be given this to connect? A word alone names a database. */
bool conf_is_conninfo(const char *value);

/* Reads the files that hold secrets, then checks what no single row can. */
void conf_check(struct conf_reader *r);

/* Warns if everybody can read a secret in the file that is open. */
void conf_warn_if_readable(const struct conf_reader *r);

#endif
