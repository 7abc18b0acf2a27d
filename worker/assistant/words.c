#include "worker/assistant/words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

/* English words that are names as well, sorted. */
static const char *const ordinary_words[] = {"amber", "angel", "april", "art",
    "august", "autumn", "baker", "basil", "berry", "bill", "bishop", "black",
    "bloom", "brook", "brown", "butler", "carol", "case", "chance", "chase",
    "christian", "clay", "cliff", "cole", "cook", "cooper", "crystal", "dawn",
    "day", "dean", "dew", "don", "drew", "duke", "earl", "eve", "faith",
    "fisher", "flora", "forest", "fox", "frank", "gene", "ginger", "glen",
    "gold", "grace", "grant", "gray", "green", "guy", "hall", "harmony",
    "harper", "hazel", "heath", "henna", "hill", "holly", "hope", "hunter",
    "iris", "ivory", "ivy", "jack", "jade", "jasmine", "jean", "jewel", "joy",
    "june", "justice", "key", "king", "knight", "lane", "large", "law", "lily",
    "little", "long", "love", "major", "mark", "marsh", "mason", "may",
    "melody", "mercy", "mike", "miles", "miller", "moon", "nick", "noble",
    "olive", "page", "park", "pat", "patience", "pearl", "penny", "pepper",
    "per", "pierce", "pope", "porter", "potter", "price", "prince", "quest",
    "ray", "read", "reed", "reese", "rich", "river", "rob", "robin", "rock",
    "rod", "rose", "ruby", "rusty", "sage", "sandy", "savage", "shepherd",
    "short", "sky", "small", "smith", "star", "stone", "storm", "strong", "sue",
    "summer", "sun", "sunny", "taylor", "terry", "trinity", "turner", "van",
    "victor", "violet", "von", "wade", "walker", "ward", "web", "west", "white",
    "will", "winter", "wise", "wood", "woods", "young"};

/* The most frequent ones, and those that texts about learners are made of,
 * sorted. */
static const char *const frequent_words[] = {"about", "active", "after",
    "again", "all", "and", "answer", "answers", "any", "are", "attempts",
    "average", "because", "been", "between", "but", "can", "cohort", "cohorts",
    "come", "could", "course", "courses", "data", "day", "days", "did", "each",
    "email", "enrolled", "every", "example", "failed", "false", "first", "for",
    "from", "get", "good", "had", "has", "have", "her", "here", "his", "how",
    "inactive", "into", "invalid", "its", "just", "know", "last", "learner",
    "learners", "least", "let", "like", "make", "many", "module", "modules",
    "more", "most", "much", "name", "new", "not", "now", "null", "old", "one",
    "only", "other", "our", "out", "over", "passed", "percent", "progress",
    "put", "question", "questions", "risk", "say", "score", "scores", "see",
    "she", "should", "some", "student", "students", "such", "take", "than",
    "that", "the", "their", "them", "then", "there", "these", "they", "this",
    "those", "time", "too", "true", "tutor", "two", "use", "very", "want",
    "was", "way", "week", "weeks", "what", "when", "where", "which", "while",
    "who", "with", "would", "you"};

/* The character at p and its bytes, 0 bytes at the end or if it is broken. */
static size_t
word_char(const char *p, uint32_t *out)
{
	const unsigned char *s = (const unsigned char *)p;
	size_t n = *s < 0x80 ? *s != 0 : *s < 0xE0 ? 2 : *s < 0xF0 ? 3 : 4;

	if (strnlen(p, n) < n || !text_is_utf8(p, n))
		return 0;
	*out = n < 2 ? *s : *s & (0xFFU >> (n + 1));
	for (size_t i = 1; i < n; i++)
		*out = *out << 6 | (s[i] & 0x3FU);
	return n;
}

static bool
word_is_between(uint32_t c, uint32_t low, uint32_t high)
{
	return c >= low && c <= high;
}

static bool
word_has_char(uint32_t c)
{
	static const uint32_t others[][2] = {{0, '0' - 1}, {'9' + 1, 'A' - 1},
	    {'Z' + 1, 'a' - 1}, {'z' + 1, 0xA9}, {0xAB, 0xB4}, {0xB6, 0xB9},
	    {0xBB, 0xBF}, {0xD7, 0xD7}, {0xF7, 0xF7}, {0x60C, 0x60C},
	    {0x61B, 0x61F}, {0x6D4, 0x6D4}, {0x964, 0x965}, {0x2000, 0x2BFF},
	    {0x3000, 0x303F}, {0xFE00, 0xFE6F}, {0xFF00, 0xFF0F},
	    {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65},
	    {0xFFF0, 0xFFFF}, {0x1F000, 0x1FBFF}};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		if (word_is_between(c, others[i][0], others[i][1]))
			return false;
	}
	return true;
}

/* Is it a word of its own? */
static bool
word_is_sign(uint32_t c)
{
	return word_is_between(c, 0x3040, 0x30FF) ||
	    word_is_between(c, 0x3400, 0x9FFF) ||
	    word_is_between(c, 0xAC00, 0xD7A3) ||
	    word_is_between(c, 0x20000, 0x3FFFF);
}

/* The small letter of a capital, which has as many bytes. */
static uint32_t
word_small(uint32_t c)
{
	if (word_is_between(c, 'A', 'Z') || word_is_between(c, 0xC0, 0xDE) ||
	    word_is_between(c, 0x391, 0x3A9) ||
	    word_is_between(c, 0x410, 0x42F))
		return c + 0x20;
	if (word_is_between(c, 0x139, 0x148) ||
	    word_is_between(c, 0x179, 0x17E))
		return c + (c & 1);
	if (c == 0x178)
		return 0xFF;
	if (c == 0x130 || c == 0x131 || c == 0x138 || c == 0x149 || c == 0x17F)
		return c;
	if (word_is_between(c, 0x100, 0x177) ||
	    word_is_between(c, 0x218, 0x21B) ||
	    word_is_between(c, 0x460, 0x481) ||
	    word_is_between(c, 0x48A, 0x4BF) ||
	    word_is_between(c, 0x4D0, 0x52F) ||
	    word_is_between(c, 0x1E00, 0x1E95) ||
	    word_is_between(c, 0x1EA0, 0x1EFF))
		return c | 1;
	if (c == 0x386)
		return 0x3AC;
	if (word_is_between(c, 0x388, 0x38A))
		return c + 0x25;
	if (c == 0x38C)
		return 0x3CC;
	if (c == 0x38E || c == 0x38F)
		return c + 0x3F;
	if (word_is_between(c, 0x400, 0x40F))
		return c + 0x50;
	return word_is_between(c, 0x531, 0x556) ? c + 0x30 : c;
}

static bool
word_is_capital(uint32_t c)
{
	bool has_case = c < 0x590 || word_is_between(c, 0x1E00, 0x1EFF);

	return !has_case || word_small(c) != c;
}

/* n bytes. */
static void
word_put(char *out, uint32_t c, size_t n)
{
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3F));
	*out = (char)(n < 2 ? c : (0xFF00U >> n & 0xFF) | c);
}

struct word
word_read(const char *p, char *small, size_t room)
{
	struct word w = {0};
	uint32_t c = 0;
	size_t n;

	while ((n = word_char(p + w.len, &c)) > 0 && word_has_char(c) &&
	    (w.len == 0 || !word_is_sign(c))) {
		if (w.len == 0) {
			w.is_capital = word_is_capital(c);
			w.is_number = word_is_between(c, '0', '9');
		}
		if (w.len + n < room)
			word_put(small + w.len, word_small(c), n);
		w.len += n;
		w.letters++;
		if (word_is_sign(c))
			break;
	}
	if (room > 0)
		small[w.len < room ? w.len : 0] = '\0';
	return w;
}

size_t
word_gap(const char *p, bool *has_comma)
{
	size_t len = 0, n;
	uint32_t c = 0;

	*has_comma = false;
	for (int i = 0; i < 3 && (n = word_char(p + len, &c)) > 0; i++) {
		if (c == ',' && *has_comma)
			break;
		if (!(c < 0x80 && strchr(" \t-'._,", (int)c) != NULL) &&
		    c != 0xA0 && c != 0x202F && c != 0x2010 && c != 0x2011 &&
		    c != 0x2019)
			break;
		*has_comma |= c == ',';
		len += n;
	}
	return len;
}

static int
word_compare(const void *word, const void *at)
{
	return strcmp(word, *(const char *const *)at);
}

bool
word_is_ordinary(const char *small, const struct word *w)
{
	return w->letters <= 2 ||
	    bsearch(small, ordinary_words,
		sizeof ordinary_words / sizeof *ordinary_words,
		sizeof *ordinary_words, word_compare) != NULL;
}

bool
word_is_frequent(const char *small)
{
	return bsearch(small, frequent_words,
		   sizeof frequent_words / sizeof *frequent_words,
		   sizeof *frequent_words, word_compare) != NULL;
}
