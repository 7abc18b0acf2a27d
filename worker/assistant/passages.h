/*
 * What retrieval found for a question: passages, and the words in them that
 * match it. Read from the object that campus.course_passages() and
 * campus.landing_passages() return; sql/assistant/functions/20_retrieve.sql
 * says what is in it. Owns no database access.
 */
#ifndef ASSISTANT_PASSAGES_H
#define ASSISTANT_PASSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attrs.h"
#include "common/err.h"
#include "common/json.h"

#define PASSAGES_MAX 20 /* the most that [assistant] passages allows */
#define STEMS_MAX 32    /* more than a question has in SQL */

struct passage {
	const char *title;
	const char *url; /* "" if none */
	const char *content;
	double relevance; /* 0 to 1: how much of the question it covers */
};

/* A form of a word of the question, as it stands in a passage. Forms of the
 * same word share the number of their stem. */
struct term {
	const char *word;
	size_t len;
	int stem; /* 0 to STEMS_MAX - 1 */
};

struct passages {
	json_object *json;                 /* owns every text here */
	const char *course;                /* its name, "" if there is none */
	bool is_found;                     /* does the course exist? */
	struct passage list[PASSAGES_MAX]; /* best first */
	size_t count;
	struct term *terms;
	size_t term_count;
	double weights[STEMS_MAX]; /* of stems */
	double total;              /* of all weights */
};

/* Keeps the passages that are relevant enough. ERR_BAD_INPUT if the text is
 * not what the functions return; *out needs no release then. */
MUST_CHECK enum err passages_read(
    const char *text, double threshold, struct passages *out);
void passages_release(struct passages *p);

/* The stem of a word that matches the question, -1 for any other. Letters of
 * ASCII match in either case. */
int passages_stem(const struct passages *p, const char *word, size_t len);

/* The set of stems of a word of a text that goes to end, and of the compound
 * that begins with it (many-to-many); and of all words. */
uint32_t passages_word(
    const struct passages *p, const char *word, size_t len, const char *end);
uint32_t passages_stems(const struct passages *p, const char *at, size_t len);

/* The share of the question's weight that a set of stems covers. */
double passages_cover(const struct passages *p, uint32_t stems);

/* [{"title","url"?}, …] of the passages whose bit is set, each once. */
json_object *passages_sources(const struct passages *p, uint32_t used);

#endif
