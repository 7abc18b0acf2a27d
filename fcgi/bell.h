/*
 * Tells workers that there is work: NOTIFY job_ready, after the commit and
 * never in its transaction. With a thread, rings gather for a few milliseconds
 * and go over a connection of their own, so no request waits for them.
 * Without, they wait for bell_flush(), which runs when the reply is out. A ring
 * that is lost costs a worker's next poll, no more.
 */
#ifndef FCGI_BELL_H
#define FCGI_BELL_H

#include <stdbool.h>

#include "common/attrs.h"
#include "fcgi/db.h"

struct bell;

/* Rings a last time if that is due, and ends the thread. NULL is allowed. */
void bell_free(struct bell *b);
struct bell *bell_new(const struct db *db, bool has_thread)
    MALLOC_OF(bell_free);

void bell_ring(struct bell *b);  /* never waits for the database */
void bell_flush(struct bell *b); /* nothing to do if there is a thread */

#endif
