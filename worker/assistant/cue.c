#include "worker/assistant/cue.h"

#include <string.h>

double
cue_definition(const struct passages *p, const struct sentence *s)
{
	static const char *const verbs[] = {
	    "is", "are", "means", "says", "stands", "refers"};
	static const char *const articles[] = {"a", "an", "the", "any", "what"};
	const char *at = s->at, *end = at + s->len, *word;
	uint32_t before = 0;
	size_t len;

	for (int n = 0; n < 9 && sentence_next_word(&at, end, &word, &len);
	     n++) {
		before |= passages_word(p, word, len, end);
		if (!sentence_word_is_in(
			verbs, sizeof verbs / sizeof *verbs, word, len))
			continue;
		if (passages_cover(p, before) <
		    0.8 * passages_cover(p, passages_stems(p, s->at, s->len)))
			return 0;
		return sentence_next_word(&at, end, &word, &len) &&
			sentence_word_is_in(articles,
			    sizeof articles / sizeof *articles, word, len)
		    ? 0.3
		    : 0.15;
	}
	return 0;
}

bool
cue_is_dangling(const struct sentence *s)
{
	static const char *const openers[] = {"it", "its", "this", "these",
	    "they", "their", "such", "both", "then", "otherwise", "therefore",
	    "so", "thus", "however", "but", "also", "hence"};
	const char *at = s->at, *word;
	size_t len;

	return sentence_next_word(&at, s->at + s->len, &word, &len) &&
	    sentence_word_is_in(
		openers, sizeof openers / sizeof *openers, word, len);
}

uint32_t
cue_subject(const struct passages *p, const struct sentence *s)
{
	static const char *const articles[] = {"a", "an", "the"};
	const char *at = s->at, *end = at + s->len, *word;
	uint32_t subject = 0, stems;
	size_t len;

	for (int n = 0; sentence_next_word(&at, end, &word, &len); n++) {
		stems = passages_word(p, word, len, end);
		if (stems == 0 &&
		    !(n == 0 &&
			sentence_word_is_in(articles,
			    sizeof articles / sizeof *articles, word, len)))
			break;
		subject |= stems;
	}
	return subject;
}

bool
cue_is_echo(const struct passages *p, const struct sentence *s)
{
	static const char *const small[] = {
	    "a", "an", "the", "of", "to", "for", "in", "on", "and", "is"};
	const char *at = s->at, *end = at + s->len, *word;
	size_t len;

	while (sentence_next_word(&at, end, &word, &len)) {
		if (passages_word(p, word, len, end) == 0 &&
		    !sentence_word_is_in(
			small, sizeof small / sizeof *small, word, len))
			return false;
	}
	return true;
}

int
cue_phrases(
    const struct passages *p, const char *question, const struct sentence *s)
{
	const char *asked = question, *asked_end = question + strlen(question);
	const char *word;
	uint32_t a = 0, b;
	size_t len;
	int found = 0;

	while (
	    found < 2 && sentence_next_word(&asked, asked_end, &word, &len)) {
		const char *at = s->at, *end = at + s->len;
		uint32_t before = 0, here;

		b = passages_word(p, word, len, asked_end);
		while (a != 0 && b != 0 && a != b &&
		    sentence_next_word(&at, end, &word, &len)) {
			here = passages_word(p, word, len, end);
			if ((before & a) != 0 && (here & b) != 0) {
				found++;
				break;
			}
			before = here;
		}
		a = b;
	}
	return found;
}

/* Is a word of the sentence one of the list? */
static bool
cue_has(const struct sentence *s, const char *const *list, size_t count)
{
	const char *at = s->at, *end = at + s->len, *word;
	size_t len;

	while (sentence_next_word(&at, end, &word, &len)) {
		if (sentence_word_is_in(list, count, word, len))
			return true;
	}
	return false;
}

bool
cue_contrasts(const struct sentence *s)
{
	static const char *const signs[] = {
	    "while", "whereas", "unlike", "difference", "differs", "differ"};

	return cue_has(s, signs, sizeof signs / sizeof *signs);
}

double
cue_instruction(const struct sentence *s)
{
	static const char *const signs[] = {
	    "can", "use", "using", "put", "write", "run", "set", "by"};
	static const char *const purpose[] = {"to"};
	const char *at = s->at, *word;
	size_t len;

	if (sentence_next_word(&at, s->at + s->len, &word, &len) &&
	    sentence_word_is_in(purpose, 1, word, len))
		return 0.2;
	return cue_has(s, signs, sizeof signs / sizeof *signs) ? 0.08 : 0;
}
