#include "worker/assistant/passages.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/mem.h"
#include "worker/assistant/sentence.h"

#define TERMS_MAX 2000

static const char *
passages_text(const json_object *obj, const char *key)
{
	const char *s = json_str(obj, key);

	return s != NULL ? s : "";
}

/* The elements of a member, 0 if it is no array. */
static size_t
passages_length(const json_object *list)
{
	return json_object_is_type(list, json_type_array)
	    ? json_object_array_length(list)
	    : 0;
}

static void
passages_read_list(
    const json_object *list, double threshold, struct passages *out)
{
	size_t n = passages_length(list);

	for (size_t i = 0; i < n && out->count < PASSAGES_MAX; i++) {
		const json_object *at = json_object_array_get_idx(list, i);
		struct passage p = {.title = passages_text(at, "title"),
		    .url = passages_text(at, "url"),
		    .content = passages_text(at, "content"),
		    .relevance = json_object_get_double(
			json_get(at, "relevance"))};

		if (p.relevance >= threshold)
			out->list[out->count++] = p;
	}
}

/* The number of a stem, a new one if it is seen for the first time; -1 if there
 * are too many. */
static int
passages_number(struct passages *out, const char *stems[STEMS_MAX], int *count,
    const char *stem, double weight)
{
	int i = 0;

	while (i < *count && strcmp(stems[i], stem) != 0)
		i++;
	if (i == STEMS_MAX)
		return -1;
	if (i == *count) {
		stems[(*count)++] = stem;
		out->weights[i] = weight;
		out->total += weight;
	}
	return i;
}

static void
passages_read_terms(const json_object *list, struct passages *out)
{
	const char *stems[STEMS_MAX];
	int stem_count = 0;
	size_t n = passages_length(list);

	if (n > TERMS_MAX)
		n = TERMS_MAX;
	out->terms = x_calloc(n + 1, sizeof *out->terms);
	for (size_t i = 0; i < n; i++) {
		const json_object *at = json_object_array_get_idx(list, i);
		struct term *t = &out->terms[out->term_count];

		t->word = passages_text(at, "word");
		t->len = strlen(t->word);
		t->stem = passages_number(out, stems, &stem_count,
		    passages_text(at, "stem"),
		    json_object_get_double(json_get(at, "weight")));
		if (t->stem >= 0)
			out->term_count++;
	}
}

enum err
passages_read(const char *text, double threshold, struct passages *out)
{
	struct passages p = {0};
	const char *why;
	enum err e = json_parse_object(text, strlen(text), &p.json, &why);

	if (e != ERR_OK)
		return e;
	p.course = passages_text(p.json, "courseName");
	p.is_found = json_object_get_boolean(json_get(p.json, "found"));
	passages_read_list(json_get(p.json, "passages"), threshold, &p);
	passages_read_terms(json_get(p.json, "terms"), &p);
	*out = p;
	return ERR_OK;
}

void
passages_release(struct passages *p)
{
	mem_free(p->terms);
	json_object_put(p->json);
	memset(p, 0, sizeof *p);
}

int
passages_stem(const struct passages *p, const char *word, size_t len)
{
	for (size_t i = 0; i < p->term_count; i++) {
		const struct term *t = &p->terms[i];

		if (t->len == len && strncasecmp(t->word, word, len) == 0)
			return t->stem;
	}
	return -1;
}

static uint32_t
passages_bit(const struct passages *p, const char *word, size_t len)
{
	int stem = passages_stem(p, word, len);

	return stem >= 0 ? UINT32_C(1) << stem : 0;
}

uint32_t
passages_word(
    const struct passages *p, const char *word, size_t len, const char *end)
{
	const char *stop = word + len;

	while (
	    end - stop > 1 && *stop == '-' && isalnum((unsigned char)stop[1])) {
		do
			stop++;
		while (stop < end && isalnum((unsigned char)*stop));
	}
	return passages_bit(p, word, len) |
	    passages_bit(p, word, (size_t)(stop - word));
}

uint32_t
passages_stems(const struct passages *p, const char *at, size_t len)
{
	const char *end = at + len, *word;
	uint32_t stems = 0;
	size_t word_len;

	while (sentence_next_word(&at, end, &word, &word_len))
		stems |= passages_word(p, word, word_len, end);
	return stems;
}

double
passages_cover(const struct passages *p, uint32_t stems)
{
	double sum = 0;

	for (int i = 0; i < STEMS_MAX; i++) {
		if ((stems >> i & 1) != 0)
			sum += p->weights[i];
	}
	return p->total > 0 ? sum / p->total : 0;
}

/* Is the source of passage i already among those before it? */
static bool
passages_is_repeated(const struct passages *p, uint32_t used, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if ((used >> j & 1) != 0 &&
		    strcmp(p->list[i].title, p->list[j].title) == 0 &&
		    strcmp(p->list[i].url, p->list[j].url) == 0)
			return true;
	}
	return false;
}

json_object *
passages_sources(const struct passages *p, uint32_t used)
{
	json_object *sources = json_object_new_array();

	for (size_t i = 0; i < p->count; i++) {
		json_object *one;

		if ((used >> i & 1) == 0 || passages_is_repeated(p, used, i))
			continue;
		one = json_object_new_object();
		json_add_str(one, "title", p->list[i].title);
		if (*p->list[i].url != '\0')
			json_add_str(one, "url", p->list[i].url);
		json_object_array_add(sources, one);
	}
	return sources;
}
