/*
 * The one error idiom: a function that can fail returns enum err and is
 * MUST_CHECK. The function that sees errno, a PGresult or a CURLcode logs it
 * once; its callers only hand the code on. A job that fails is data (a row),
 * never an enum err.
 */
#ifndef COMMON_ERR_H
#define COMMON_ERR_H

enum err {
	ERR_OK = 0,
	ERR_NOMEM,
	ERR_SYS,       /* a system call failed; errno was logged */
	ERR_DB,        /* the database refused, and will again */
	ERR_DB_RETRY,  /* the database is away or asked for another try */
	ERR_DB_UNSURE, /* the connection broke after a statement was sent */
	ERR_NET,
	ERR_TIMEOUT,
	ERR_TOO_BIG,
	ERR_BAD_INPUT,
	ERR_AUTH,
	ERR_NOT_FOUND,
	ERR_BUSY,
	ERR_STOPPED,
};

/* A lower-case word for logs, such as "db_retry". Never NULL. */
const char *err_name(enum err e);

/* Exit codes of every program, from sysexits.h. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_FAIL = 1,
	EXIT_USAGE = 64,
	EXIT_CONFIG = 78,
};

#endif
