/*
 * The kinds of learners the tutor adapts its manner to: personas.ini, built in
 * from prompts/ or from the operator's folder. Also chooses one by keywords,
 * for when there is no model to do it.
 */
#ifndef ASSISTANT_PERSONAS_H
#define ASSISTANT_PERSONAS_H

#include <stddef.h>

#include "common/attrs.h"
#include "common/buf.h"
#include "common/err.h"

#define PERSONA_DEFAULT "default" /* there always is one of this key */

struct persona {
	const char *key;
	const char *name;
	const char *description; /* for who chooses one */
	const char *manner;      /* for the tutor; "" if nothing special */
};

struct personas;

/* As prompts_new(). */
MUST_CHECK enum err personas_new(const char *folder, struct personas **out);
void personas_free(struct personas *p); /* NULL is allowed */

size_t personas_count(const struct personas *p);
/* In the order of the file. */
const struct persona *personas_at(const struct personas *p, size_t i);
/* NULL if there is no such key; key may be NULL. */
const struct persona *personas_find(const struct personas *p, const char *key);

/* A line "key: name. description" for each, for the prompt's {{personas}}. */
void personas_write(const struct personas *p, struct buf *out);

/* The key whose keywords weigh most in n texts, the first of equals, or
 * PERSONA_DEFAULT if none occurs. A keyword counts once for each text in which
 * a word begins with it, in either case of ASCII. */
const char *personas_score(
    const struct personas *p, const char *const *texts, size_t n);

#endif
