/*
 * Stands in for a connection in tests that link with
 * --wrap=pgconn_send,--wrap=pgconn_is_up: keeps what is sent, and lets the test
 * answer it.
 */
#ifndef TESTS_UNIT_WORKER_FAKE_PGCONN_H
#define TESTS_UNIT_WORKER_FAKE_PGCONN_H

#include <stdbool.h>
#include <stddef.h>

#include "worker/pgconn.h"

#define FAKE_VALUES_MAX 9

struct fake_statement {
	const char *sql;
	char *values[FAKE_VALUES_MAX]; /* "(null)" for NULL */
	pgquery_fn done;
	void *ctx;
};

void fake_reset(bool is_up);
void fake_set_up(bool is_up);

/* Statements that wait for an answer, the oldest first; NULL if there are no
 * more than i. */
const struct fake_statement *fake_sent(size_t i);
size_t fake_sent_count(void);

/* Answers the oldest one. columns ends with NULL; cells holds rows of them. */
void fake_answer(
    const char *const *columns, const char *const *cells, int rows);
void fake_fail(enum err e);

#endif
