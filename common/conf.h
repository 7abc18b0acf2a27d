/*
 * The configuration all three programs share: one INI file and environment
 * variables over it. conf_rows.c holds one table with a row a key: it drives
 * the parser, --help, `coatcheck check` and docs/configuration.md. An unknown
 * section or key, or a bad value, stops the start and names file and line.
 *
 * A comment is a whole line that starts with # or ;. Behind a value, both are
 * part of it. A relative path in a key starts where the file lies.
 *
 * The file is the first of: --config, $COATCHECK_CONFIG, coatcheck.conf beside
 * the program, /etc/coatcheck/coatcheck.conf. Variables are named by section
 * and key: COATCHECK_DATABASE_URL is [database] url. Those that lighttpd.conf
 * reads (COATCHECK_PORT and the like) and COATCHECK_TEST_* are left alone; any
 * other is an unknown key.
 */
#ifndef COMMON_CONF_H
#define COMMON_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "common/attrs.h"
#include "common/err.h"

/*
 * Strings are never NULL, only empty. Durations are in milliseconds. A field is
 * named as its key, but for the _ms of durations; the keys with their defaults
 * and bounds stand in common/conf_rows.c.
 */
struct conf {
	char *path;      /* file that was read, "" if none */
	bool is_exposed; /* everybody can read the file, and it has secrets */
	struct {
		char *url;
		char *web_url;    /* the front end's, else url */
		char *worker_url; /* the worker's, else url */
		char *listen_url; /* for LISTEN, else the worker's */
		char *admin_url;  /* the command line's, else url */
		char *owner_url;  /* for migrate, else admin_url */
		int64_t connect_timeout_ms;
		int64_t statement_timeout_ms;
	} database;
	struct {
		int64_t threads; /* acceptors; 1 = single */
		int64_t connections;
		int64_t body_max; /* bytes of a request */
		char *prefix;     /* cut off the path before routing */
		bool notify;      /* ring job_ready after a commit */
	} web;
	struct {
		char *algorithm;
		char *jwt_secret; /* also when it came from the file */
		char *jwt_secret_file;
		char *issuer;   /* exact iss, if set */
		char *audience; /* exact aud, if set */
		int64_t leeway_ms;
	} auth;
	struct {
		int64_t in_flight_max;
		char *types; /* "*", or a list to restrict */
		int64_t poll_ms;
		int64_t lease_ms;
		int64_t heartbeat_ms; /* less than half of lease_ms */
		int64_t sweep_ms;
		int64_t deadline_ms; /* hard end of an attempt */
		int64_t drain_ms;
		bool listen;
	} worker;
	struct {
		/* Without a slash at its end; empty = extractive. */
		char *base_url;
		char *api_key; /* also when it came from the file */
		char *api_key_file;
		char *model;
		char *token_param;
		int64_t max_tokens; /* of an answer */
		int64_t connect_timeout_ms;
		int64_t timeout_ms;   /* of a whole call */
		int64_t response_max; /* bytes of a reply */
	} llm;
	struct {
		int64_t passages;
		char *threshold; /* least relevance, a decimal from 0 to 1 */
		char *brand;     /* name in prompts and answers */
	} assistant;
	char *log_level; /* [log] level: error, warn, info, debug */
};

/*
 * Reads file and environment. path is --config's argument or NULL; argv0 is
 * for "beside the program". Prints what is wrong to stderr and returns
 * ERR_BAD_INPUT; the caller exits with EXIT_CONFIG. Reads *_file keys.
 */
MUST_CHECK enum err conf_load(
    const char *path, const char *argv0, struct conf *out);
void conf_release(struct conf *c); /* wipes secrets */

/* The URL for a role: the particular one, else url. */
const char *conf_web_url(const struct conf *c);
const char *conf_worker_url(const struct conf *c);
const char *conf_listen_url(const struct conf *c);
const char *conf_admin_url(const struct conf *c);
const char *conf_owner_url(const struct conf *c);

/* One line a key for --help and the documentation: name, default, meaning. */
void conf_print_keys(void);
/* The values in force, secrets as "(set)" or "(not set)", passwords in URLs as
 * "***". */
void conf_print(const struct conf *c);

#endif
