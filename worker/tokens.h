/*
 * Attempts as the database knows them: two arrays of one length, of job ids and
 * of tokens, which heartbeat and release begin with.
 */
#ifndef WORKER_TOKENS_H
#define WORKER_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/uuid.h"

struct tokens {
	struct buf jobs, tokens;
};

void tokens_init(struct tokens *t);
void tokens_add(struct tokens *t, const struct uuid *job_id, int64_t token);
/* Ends the arrays and borrows them as parameters. false: there are none. */
bool tokens_end(struct tokens *t, const char *values[2]);
void tokens_release(struct tokens *t);

#endif
