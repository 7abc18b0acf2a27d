/*
 * The key of a provider, as it is now: read again when its file has changed,
 * so that a key is renewed without a restart. Also the fingerprint by which
 * workers tell whether they speak of the same provider.
 */
#ifndef HANDLERS_LLM_KEY_H
#define HANDLERS_LLM_KEY_H

#include <sys/stat.h>

#include "common/conf.h"

struct llm_key {
	const struct conf_provider *provider;
	char *text;           /* "" if there is none */
	char fingerprint[40]; /* of URL, model and key; tells none of them */
	struct timespec changed;
	off_t size;
	ino_t inode;
	int64_t logged_ms;
};

/* provider must outlive it. */
void llm_key_init(struct llm_key *k, const struct conf_provider *provider);
void llm_key_release(struct llm_key *k);

/* Looks at the file. One that cannot be read leaves the key as it was, with a
 * line in the log. Borrowed until the next call. */
const char *llm_key_text(struct llm_key *k);

#endif
