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
	    "they", "their", "such", "both", "then", "otherwise", "therefore"};
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
	const char *at = s->at, *end = at + s->len, *word;
	size_t len;

	while (sentence_next_word(&at, end, &word, &len)) {
		if (passages_word(p, word, len, end) == 0)
			return false;
	}
	return true;
}

bool
cue_is_instruction(const struct sentence *s)
{
	static const char *const signs[] = {
	    "can", "use", "using", "put", "write", "run", "set", "by"};
	const char *at = s->at, *end = at + s->len, *word;
	size_t len;

	while (sentence_next_word(&at, end, &word, &len)) {
		if (sentence_word_is_in(
			signs, sizeof signs / sizeof *signs, word, len))
			return true;
	}
	return false;
}
