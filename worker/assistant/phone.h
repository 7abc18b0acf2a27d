/*
 * What a telephone number looks like: digits in groups. Knows shapes from many
 * countries, and what else is written with as many digits: dates, ranges,
 * amounts, addresses of computers, sizes. Pure; looks at no more of a text than
 * the longest number takes.
 */
#ifndef ASSISTANT_PHONE_H
#define ASSISTANT_PHONE_H

#include <stdbool.h>
#include <stddef.h>

#define PHONE_GROUPS_MAX 8
#define PHONE_DIGITS_MAX 15 /* ITU-T E.164 */

struct phone {
	struct {
		size_t len;      /* digits */
		const char *end; /* behind it, and behind its bracket */
		char gap;        /* before it: ' ', '-', '.', '/', or 0 */
		bool is_bracketed;
	} group[PHONE_GROUPS_MAX];
	size_t count;
	char digits[PHONE_DIGITS_MAX + 1]; /* of all groups */
	bool has_plus;
};

/* As many groups of digits as there are at p, which may be 0. */
void phone_read(const char *p, struct phone *out);

/* Do the first count of the groups (at least one) make a telephone number? */
bool phone_is_likely(const struct phone *read, size_t count);

/* The bytes of a blank of any width, a dash, '.' or '/' at p, 0 if none of them
 * is there; *out becomes the one of ASCII. */
size_t phone_gap(const char *p, char *out);

#endif
