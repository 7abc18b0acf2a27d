/*
 * The configuration all three programs share: one INI file and environment
 * variables over it. conf_rows.c holds tables with a row a key: they drive the
 * parser, --help, `coatcheck check` and docs/configuration.md. An unknown
 * section or key, or a bad value, stops the start and names file and line.
 *
 * A comment is a whole line that starts with # or ;. Behind a value, both are
 * part of it. A relative path in a key starts where the file lies.
 *
 * The file is the first of: --config, $COATCHECK_CONFIG, coatcheck.conf beside
 * the program, /etc/coatcheck/coatcheck.conf. Variables are named by section
 * and key: COATCHECK_DATABASE_URL is [database] url, COATCHECK_LLM_BACKUP_MODEL
 * is [llm backup] model, once the file has such a section. Those that
 * lighttpd.conf reads (COATCHECK_PORT and the like) and COATCHECK_TEST_* are
 * left alone; any other is an unknown key.
 */
#ifndef COMMON_CONF_H
#define COMMON_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attrs.h"
#include "common/conf_provider.h"
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
		char *metrics_token;
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
		int64_t retention_ms; /* of finished jobs; 0 = for ever */
		bool listen;
	} worker;
	/* In the order in which they are asked; provider_count may be 0. */
	struct conf_provider providers[CONF_PROVIDERS_MAX];
	size_t provider_count;
	struct {
		struct conf_provider at; /* its base_url is empty if unused */
		int64_t dimensions;      /* asked for, 0 = the model's own */
		int64_t batch;           /* texts a request */
		char *threshold;         /* least cosine, a decimal */
	} embeddings;
	struct { /* a day, in tokens and in millionths of money */
		int64_t tokens, cost, tenant_tokens, tenant_cost;
	} budget;
	struct {
		int64_t passages;
		char *threshold; /* least relevance, a decimal from 0 to 1 */
		char *brand, *prompts; /* name of who answers; folder */
		int64_t history; /* messages of a conversation in a prompt */
		int64_t summary_after;
		int64_t questions_per_module, requests_per_minute;
		char *cohort_link, *workshop_link, *on_demand_link;
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
