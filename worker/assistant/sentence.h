/*
 * Cuts text into sentences, and sentences into words. Pure, and of English as
 * far as abbreviations go.
 *
 * A line end always ends a sentence: stored passages have one paragraph, list
 * item, heading or line of code a line.
 */
#ifndef ASSISTANT_SENTENCE_H
#define ASSISTANT_SENTENCE_H

#include <stdbool.h>
#include <stddef.h>

struct sentence {
	const char *at; /* in the text; not NUL-terminated */
	size_t len;
	bool is_prose; /* ends like a sentence; else code, a heading, an item */
	bool is_lead;  /* ends with a colon: what follows belongs to it */
	int line;      /* of the text, from 0 */
};

/* Writes at most max sentences and returns how many. */
size_t sentence_split(const char *text, struct sentence *out, size_t max);

/* The next word at or behind *at, before end: letters and digits. Moves *at
 * behind it; false at the end. */
bool sentence_next_word(
    const char **at, const char *end, const char **word, size_t *len);

/* Is the word one of the list, in either case? */
bool sentence_word_is_in(
    const char *const *list, size_t count, const char *word, size_t len);

#endif
