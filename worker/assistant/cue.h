/*
 * What the words of a sentence say of how it would stand as an answer. Pure,
 * and of English. It chooses nothing.
 */
#ifndef ASSISTANT_CUE_H
#define ASSISTANT_CUE_H

#include <stdbool.h>

#include "worker/assistant/passages.h"
#include "worker/assistant/sentence.h"

/* How much of a definition the sentence is: all its words of the question stand
 * in front of a verb that defines, near the beginning, and best with an article
 * behind it ("A key is a column" rather than "A key is useful"). */
double cue_definition(const struct passages *p, const struct sentence *s);

/* Has it no word but those of the question, and small ones? */
bool cue_is_echo(const struct passages *p, const struct sentence *s);

/* How many words of the question, from 0 to 2, follow each other in it as they
 * do there ("query plan" rather than "plan queries"). */
int cue_phrases(
    const struct passages *p, const char *question, const struct sentence *s);

/* Does it set one thing against another? */
bool cue_contrasts(const struct sentence *s);

/* How much it says what to do: most if it begins with what for ("To stop it,
 * press …"). */
double cue_instruction(const struct sentence *s);

/* Does it lean on what stands before it? */
bool cue_is_dangling(const struct sentence *s);

/* The stems that it begins with, but for an article: what it is about. */
uint32_t cue_subject(const struct passages *p, const struct sentence *s);

#endif
