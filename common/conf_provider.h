/*
 * What the configuration says of one server of language models: [llm] is
 * "main", each [llm NAME] is one more. Also of the one that makes vectors,
 * [embeddings], which has fewer keys.
 */
#ifndef COMMON_CONF_PROVIDER_H
#define COMMON_CONF_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>

#define CONF_PROVIDERS_MAX 8

struct conf_provider {
	char *name;
	char *base_url;     /* without a slash at its end */
	char *api_key;      /* also when it came from the file */
	char *api_key_file; /* resolved */
	char *api_key_header;
	char *query;   /* behind the path, such as api-version=2024-10-21 */
	char *ca_file; /* resolved; empty = the system's */
	char *model;
	char *token_param;
	char *json; /* schema, object or prompt */
	bool stream;
	int64_t max_tokens; /* of an answer */
	int64_t context;    /* tokens that model reads and writes, 0 unknown */
	int64_t rpm, tpm;   /* requests, tokens a minute; 0 = as it says */
	/* Millionths of a unit of money for a million tokens. */
	int64_t price_in, price_cached, price_out;
	int64_t connect_timeout_ms;
	int64_t first_byte_timeout_ms; /* of a stream */
	int64_t stall_timeout_ms;      /* between two pieces of a stream */
	int64_t timeout_ms;            /* of a whole call */
	int64_t response_max;          /* bytes of a reply */
};

#endif
