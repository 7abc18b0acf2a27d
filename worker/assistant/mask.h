/*
 * Pseudonyms for learners: real names and addresses become "Learner 3" and
 * "learner3@example.invalid" before text leaves for a language model, and
 * become themselves again in what it answers. Lives as long as one job. Pure.
 */
#ifndef ASSISTANT_MASK_H
#define ASSISTANT_MASK_H

#include <stddef.h>

#include "common/attrs.h"
#include "common/buf.h"

struct mask;

void mask_free(struct mask *m); /* NULL is allowed */
struct mask *mask_new(void) MALLOC_OF(mask_free);

/* Gives a person the next pseudonym, or the one it has: who has the same
 * address, or the same name and no address, is the same. NULL is "". */
void mask_add_person(struct mask *m, const char *name, const char *email);
/* How many pseudonyms there are: they count from 1. */
size_t mask_count(const struct mask *m);

/*
 * Copies text with pseudonyms for addresses, full names (also as "last,
 * first"), and parts of names that only one person has, as whole words in
 * either case. Parts of one or two letters, and those that are also ordinary
 * words ("Will", "May"), count only when they begin with a capital; those that
 * every text has ("the", "module") never do.
 */
void mask_write(const struct mask *m, const char *text, struct buf *out);

/* And back, in whatever case a pseudonym is written. */
void mask_restore(const struct mask *m, const char *text, struct buf *out);

#endif
