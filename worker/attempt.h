/*
 * The attempts in flight: found by job, and in the order of their deadlines,
 * which is the order they were claimed in, as all get the same time.
 */
#ifndef WORKER_ATTEMPT_H
#define WORKER_ATTEMPT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/uuid.h"
#include "worker/handler.h"

struct flight;

struct attempt {
	struct job job; /* the first member */
	struct flight *flight;
	const struct handler *handler; /* NULL: it was not started */
	int64_t started_ms;
	unsigned beat; /* number of the last heartbeat that renewed its lease */
	TAILQ_ENTRY(attempt) link;
	struct attempt *chain; /* of its hash */
	struct uuid id, user_id, session_id;
	char type[]; /* NUL-terminated */
};
TAILQ_HEAD(attempt_list, attempt);

struct attempts {
	struct attempt_list list; /* earliest deadline first */
	size_t n;
	struct attempt **slots;
	size_t slots_mask;
};

/* expected: how many there will be at most, more or less. */
void attempts_init(struct attempts *all, size_t expected);
void attempts_release(struct attempts *all); /* frees what is still there */

/* A new one without a payload; job.id and the like point into it. */
struct attempt *attempts_add(struct attempts *all, const struct uuid *id,
    const struct uuid *user_id, const struct uuid *session_id,
    const char *type);
struct attempt *attempts_find(const struct attempts *all, const char *id);
void attempts_remove(struct attempts *all, struct attempt *a); /* frees it */

#endif
