/*
 * Words of names in text of any script: where they begin and end, and the same
 * in small letters. Knows the capitals of Latin, Greek, Cyrillic and Armenian
 * letters; each sign of Chinese, Japanese and Korean is a word of its own, as
 * nothing stands between them. Pure; bytes that are no UTF-8 are in no word.
 */
#ifndef ASSISTANT_WORDS_H
#define ASSISTANT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct word {
	size_t len;      /* bytes; 0 if there is none */
	size_t letters;  /* characters */
	bool is_capital; /* begins with one, or with a letter that has none */
	bool is_number;  /* begins with a digit */
};

/* The word that begins at p. Its small form has the same length and goes to
 * small with a NUL, or "" if there is no room for both. */
struct word word_read(const char *p, char *small, size_t room);

/* The bytes of what may stand between two words of a name at p: blanks,
 * hyphens, apostrophes, full stops and one comma, three characters at most. */
size_t word_gap(const char *p, bool *has_comma);

/* Is it also an ordinary word, as "will" is, or too short to tell? */
bool word_is_ordinary(const char *small, const struct word *w);
/* Is it a word that every text has, such as "the", "learner" or "module"? Who
 * has such a name would else make every text unreadable. */
bool word_is_frequent(const char *small);

#endif
