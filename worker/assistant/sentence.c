#include "worker/assistant/sentence.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Is the byte part of a letter beyond ASCII? Bytes that lead two-byte symbols
 * (U+0080 to U+00BF) and most punctuation (U+2000 to U+2FFF) are not. */
static size_t
sentence_symbol_len(const char *p)
{
	if ((unsigned char)*p == 0xc2)
		return 2;
	return (unsigned char)*p == 0xe2 ? 3 : 0;
}

bool
sentence_next_word(
    const char **at, const char *end, const char **word, size_t *len)
{
	const char *p = *at, *from = NULL;

	while (p < end) {
		size_t symbol = sentence_symbol_len(p);
		bool is_word = symbol == 0 &&
		    (isalnum((unsigned char)*p) || (unsigned char)*p >= 0x80);

		if (is_word && from == NULL)
			from = p;
		if (!is_word && from != NULL)
			break;
		p += symbol > 1 && symbol <= (size_t)(end - p) ? symbol : 1;
	}
	*at = p;
	if (from == NULL)
		return false;
	*word = from;
	*len = (size_t)(p - from);
	return true;
}

bool
sentence_word_is_in(
    const char *const *list, size_t count, const char *word, size_t len)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(list[i]) == len &&
		    strncasecmp(list[i], word, len) == 0)
			return true;
	}
	return false;
}

/* Does the full stop at dot belong to an abbreviation or an initial? next is
 * the character behind it and its blanks. */
static bool
sentence_is_abbreviation(const char *from, const char *dot, char next)
{
	static const char *const titles[] = {"e.g", "i.e", "cf", "vs", "approx",
	    "mr", "mrs", "ms", "dr", "prof", "st", "resp", "incl"};
	static const char *const numbered[] = {
	    "no", "nr", "fig", "sec", "ch", "vol", "p", "pp", "eq"};
	const char *word = dot;
	size_t len;

	while (word > from &&
	    (isalpha((unsigned char)word[-1]) || word[-1] == '.'))
		word--;
	len = (size_t)(dot - word);
	if (len == 1 && isupper((unsigned char)*word) && word > from)
		return true;
	if (isdigit((unsigned char)next))
		return sentence_word_is_in(
		    numbered, sizeof numbered / sizeof *numbered, word, len);
	return sentence_word_is_in(
	    titles, sizeof titles / sizeof *titles, word, len);
}

/* Behind the quotes and brackets that close at p. */
static const char *
sentence_skip_closers(const char *p, const char *end)
{
	for (;;) {
		if (p < end && strchr("\"')]`*_", *p) != NULL)
			p++;
		else if (end - p >= 3 &&
		    (memcmp(p, "\u201d", 3) == 0 ||
			memcmp(p, "\u2019", 3) == 0))
			p += 3;
		else
			return p;
	}
}

/* Where the sentence that begins at from ends within its line. */
static const char *
sentence_end(const char *from, const char *end)
{
	bool is_code = false;

	for (const char *p = from; p < end; p++) {
		const char *next;

		if (*p == '`')
			is_code = !is_code &&
			    memchr(p + 1, '`', (size_t)(end - p - 1)) != NULL;
		if (is_code || strchr(".!?", *p) == NULL)
			continue;
		next = sentence_skip_closers(p + 1, end);
		if (next == end || *next != ' ')
			continue;
		while (next < end && *next == ' ')
			next++;
		if (next == end || islower((unsigned char)*next) ||
		    (*p == '.' && sentence_is_abbreviation(from, p, *next)))
			continue;
		return sentence_skip_closers(p + 1, end);
	}
	return end;
}

/* Does it read like prose? Code can end in a full stop, too ("1."), so it takes
 * words, and an end that closes a sentence. */
static bool
sentence_is_prose(const char *at, size_t len)
{
	const char *p = at, *end = at + len, *word;
	size_t n = 0, word_len;

	if (len > 1 && (memcmp(at, "--", 2) == 0 || memcmp(at, "//", 2) == 0))
		return false;
	while (n < 3 && sentence_next_word(&p, end, &word, &word_len))
		n++;
	while (end > at && sentence_skip_closers(end - 1, at + len) == at + len)
		end--;
	return n == 3 && end > at && strchr(".!?:", end[-1]) != NULL;
}

static bool
sentence_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

size_t
sentence_split(const char *text, struct sentence *out, size_t max)
{
	size_t n = 0;
	int line = 0;

	for (const char *p = text; *p != '\0' && n < max; line++) {
		const char *end = p + strcspn(p, "\n");

		while (p < end && n < max) {
			const char *stop;

			while (p < end && sentence_is_blank(*p))
				p++;
			stop = sentence_end(p, end);
			while (stop > p && sentence_is_blank(stop[-1]))
				stop--;
			if (stop == p)
				break;
			out[n++] = (struct sentence){.at = p,
			    .len = (size_t)(stop - p),
			    .is_prose = sentence_is_prose(
				p, (size_t)(stop - p)),
			    .is_lead = stop[-1] == ':',
			    .line = line};
			p = stop;
		}
		p = *end == '\n' ? end + 1 : end;
	}
	return n;
}
