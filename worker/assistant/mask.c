/*
 * A table from keys to persons. A key is a run of words in small letters (see
 * words.h) with a blank between two, or ", " where there is a comma; or an
 * address, which has an "@". What is looked for in a text is never longer than
 * the longest key, so that a text takes time in proportion to its length.
 */
#include "worker/assistant/mask.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/mem.h"
#include "worker/assistant/words.h"

#define KEY_MAX 512
#define WORDS_MAX 32
#define DOMAIN "@example.invalid"

struct person {
	char *name, *email;
};

struct key {
	char *text; /* NULL: free */
	size_t person;
	enum { KEY_PART, KEY_WHOLE } kind;
	bool is_shared; /* a part that several persons have */
};

struct mask {
	struct person *persons;
	size_t count;
	struct key *keys;
	size_t used, size; /* of keys; size is a power of two */
	size_t longest;    /* key, in bytes */
};

struct mask *
mask_new(void)
{
	struct mask *m = x_alloc(sizeof *m);

	m->size = 64;
	m->keys = x_calloc(m->size, sizeof *m->keys);
	return m;
}

void
mask_free(struct mask *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->count; i++) {
		mem_free(m->persons[i].name);
		mem_free(m->persons[i].email);
	}
	for (size_t i = 0; i < m->size; i++)
		mem_free(m->keys[i].text);
	mem_free(m->persons);
	mem_free(m->keys);
	mem_free(m);
}

size_t
mask_count(const struct mask *m)
{
	return m->count;
}

/* The place of a key, or the free one where it belongs. */
static struct key *
mask_place(const struct mask *m, const char *text)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
	size_t i;

	for (const char *p = text; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
	for (i = hash & (m->size - 1);
	     m->keys[i].text != NULL && strcmp(m->keys[i].text, text) != 0;
	     i = (i + 1) & (m->size - 1))
		continue;
	return &m->keys[i];
}

static void
mask_grow(struct mask *m)
{
	struct mask old = *m;

	m->size *= 2;
	m->keys = x_calloc(m->size, sizeof *m->keys);
	for (size_t i = 0; i < old.size; i++) {
		if (old.keys[i].text != NULL)
			*mask_place(m, old.keys[i].text) = old.keys[i];
	}
	mem_free(old.keys);
}

/* A whole name goes before a part of another, and the first before others. */
static void
mask_add_key(struct mask *m, const char *text, size_t person, bool is_whole)
{
	struct key *k = mask_place(m, text);

	if (k->text == NULL) {
		*k = (struct key){.text = x_strdup(text),
		    .person = person,
		    .kind = is_whole ? KEY_WHOLE : KEY_PART};
		if (strlen(text) > m->longest)
			m->longest = strlen(text);
		if (++m->used * 2 > m->size)
			mask_grow(m);
	} else if (is_whole && k->kind == KEY_PART) {
		k->kind = KEY_WHOLE;
		k->person = person;
		k->is_shared = false;
	} else if (!is_whole && k->kind == KEY_PART && k->person != person) {
		k->is_shared = true;
	}
}

static const struct key *
mask_find(const struct mask *m, const char *text)
{
	const struct key *k = mask_place(m, text);

	return k->text != NULL && !k->is_shared ? k : NULL;
}

/* The address that begins at p in small letters of ASCII; *end is behind what
 * could be one, even if key is "" as there is none. */
static void
mask_read_address(const char *p, const char **end, char key[KEY_MAX])
{
	size_t local = 0, len;

	while (isalnum((unsigned char)p[local]) ||
	    (unsigned char)p[local] > 127 ||
	    (p[local] != '\0' && strchr(".+-%_'&", p[local]) != NULL))
		local++;
	len = local + (p[local] == '@');
	while (len > local &&
	    (isalnum((unsigned char)p[len]) || (unsigned char)p[len] > 127 ||
		p[len] == '.' || p[len] == '-'))
		len++;
	*end = p + len;
	while (len > local && (p[len - 1] == '.' || p[len - 1] == '-'))
		len--;
	key[0] = '\0';
	if (local == 0 || len <= local + 1 || len >= KEY_MAX)
		return;
	for (size_t i = 0; i < len; i++)
		key[i] = (char)tolower((unsigned char)p[i]);
	key[len] = '\0';
}

/* Its words in a row, as a key; where each begins. Returns how many. */
static size_t
mask_read_name(const char *name, char key[KEY_MAX], size_t starts[WORDS_MAX],
    struct word words[WORDS_MAX])
{
	size_t n = 0, len = 0;

	key[0] = '\0';
	while (*name != '\0' && n < WORDS_MAX && len + 2 < KEY_MAX) {
		size_t start = n > 0 ? len + 1 : 0;
		struct word w = word_read(name, key + start, KEY_MAX - start);

		if (w.len > 0 && key[start] == '\0')
			break; /* too long */
		if (w.len > 0) {
			if (start > 0)
				key[start - 1] = ' ';
			starts[n] = start;
			words[n++] = w;
			len = start + w.len;
		}
		name += w.len > 0 ? w.len : 1;
	}
	key[len] = '\0';
	return n;
}

/* Parts stand for a person unless they are numbers, words of every text, or
 * small words of a name that has capitals ("van"). */
static void
mask_add_parts(struct mask *m, const char *key, const size_t *starts,
    const struct word *words, size_t n, size_t person)
{
	bool has_capital = false;

	for (size_t i = 0; i < n; i++)
		has_capital |= words[i].is_capital && !words[i].is_number;
	for (size_t i = 0; i < n; i++) {
		char part[KEY_MAX];

		memcpy(part, key + starts[i], words[i].len);
		part[words[i].len] = '\0';
		if (words[i].letters > 1 && !words[i].is_number &&
		    (words[i].is_capital || !has_capital) &&
		    !word_is_frequent(part))
			mask_add_key(m, part, person, false);
	}
}

static void
mask_add_name(struct mask *m, const char *name, size_t person)
{
	char key[KEY_MAX], turned[KEY_MAX + 2];
	size_t starts[WORDS_MAX], n;
	struct word words[WORDS_MAX];

	n = mask_read_name(name, key, starts, words);
	if (n == 0 || (n == 1 && words[0].letters < 2))
		return;
	mask_add_key(m, key, person, true);
	if (n == 1)
		return;
	(void)snprintf(turned, sizeof turned, "%s, %.*s", key + starts[n - 1],
	    (int)starts[n - 1] - 1, key);
	mask_add_key(m, turned, person, true);
	mask_add_parts(m, key, starts, words, n, person);
}

/* Who was added as this person already; mask_count() if nobody. */
static size_t
mask_find_person(
    const struct mask *m, const char *name, const char *address, bool has_email)
{
	char key[KEY_MAX];
	size_t starts[WORDS_MAX];
	struct word words[WORDS_MAX];
	const struct key *k = *address != '\0' ? mask_find(m, address) : NULL;

	if (k != NULL)
		return k->person;
	if (mask_read_name(name, key, starts, words) == 0)
		return m->count;
	k = mask_find(m, key);
	if (k != NULL && k->kind == KEY_WHOLE &&
	    (!has_email || *m->persons[k->person].email == '\0'))
		return k->person;
	return m->count;
}

void
mask_add_person(struct mask *m, const char *name, const char *email)
{
	char address[KEY_MAX];
	const char *end;
	size_t person;

	name = name != NULL ? name : "";
	email = email != NULL ? email : "";
	mask_read_address(email, &end, address);
	person = mask_find_person(m, name, address, *email != '\0');
	if (person == m->count) {
		m->persons = x_realloc(
		    m->persons, m->count + 1, sizeof *m->persons);
		m->persons[m->count++] = (struct person){
		    x_strdup(name), x_strdup(email)};
	} else if (*m->persons[person].email == '\0') {
		mem_free(m->persons[person].email);
		m->persons[person].email = x_strdup(email);
	}
	if (*address != '\0')
		mask_add_key(m, address, person, true);
	mask_add_name(m, name, person);
}

/* The longest key of words that begins at p; *end is behind it. */
static const struct key *
mask_match(const struct mask *m, const char *p, const char **end)
{
	char key[KEY_MAX + 4];
	const struct key *best = NULL;
	size_t len = 0;

	for (size_t i = 0; i < WORDS_MAX && len < m->longest; i++) {
		struct word w = word_read(p, key + len, sizeof key - len - 3);
		const struct key *k;
		bool has_comma;

		if (w.len == 0 || key[len] == '\0')
			break;
		len += w.len;
		p += w.len;
		k = mask_find(m, key);
		if (k != NULL &&
		    (i > 0 || w.is_capital ||
			(!word_is_ordinary(key, &w) &&
			    !word_is_frequent(key)))) {
			best = k;
			*end = p;
		}
		p += word_gap(p, &has_comma);
		if (has_comma)
			key[len++] = ',';
		key[len++] = ' ';
	}
	return best;
}

void
mask_write(const struct mask *m, const char *text, struct buf *out)
{
	const char *address_end = text;
	char key[KEY_MAX];

	for (const char *p = text; *p != '\0';) {
		const struct key *k = NULL;
		const char *end;
		size_t len;

		if (p >= address_end) {
			mask_read_address(p, &address_end, key);
			k = *key != '\0' ? mask_find(m, key) : NULL;
		}
		if (k != NULL) {
			buf_printf(out, "learner%zu" DOMAIN, k->person + 1);
			p += strlen(key);
			continue;
		}
		k = mask_match(m, p, &end);
		if (k != NULL) {
			buf_printf(out, "Learner %zu", k->person + 1);
			p = end;
			continue;
		}
		len = word_read(p, key, 0).len;
		len += len == 0;
		buf_add(out, p, len);
		p += len;
	}
}

/* What may stand between "Learner" and its number. */
static size_t
mask_gap(const char *p)
{
	static const char *const gaps[] = {
	    " ", "-", "\n", "_", "#", " #", "\xC2\xA0", "\xE2\x80\xAF"};
	size_t best = 0;

	for (size_t i = 0; i < sizeof gaps / sizeof *gaps; i++) {
		size_t len = strlen(gaps[i]);

		if (len > best && strncmp(p, gaps[i], len) == 0)
			best = len;
	}
	return best;
}

/* What the pseudonym at p stands for, NULL if there is none; *end is behind
 * it. */
static const char *
mask_real(const struct mask *m, const char *p, const char **end)
{
	const struct person *person;
	unsigned long n;
	char *stop;

	if (strncasecmp(p, "learner", 7) != 0)
		return NULL;
	p += 7;
	p += mask_gap(p);
	if (*p < '1' || *p > '9')
		return NULL;
	n = strtoul(p, &stop, 10);
	if (n > m->count || isalnum((unsigned char)*stop))
		return NULL;
	person = &m->persons[n - 1];
	if (strncasecmp(stop, DOMAIN, strlen(DOMAIN)) == 0) {
		stop += strlen(DOMAIN);
		*end = stop;
		return *person->email != '\0' ? person->email : person->name;
	}
	*end = stop;
	return *person->name != '\0' ? person->name : person->email;
}

void
mask_restore(const struct mask *m, const char *text, struct buf *out)
{
	bool is_inside = false; /* a word? */

	while (*text != '\0') {
		const char *end;
		const char *real = is_inside ? NULL : mask_real(m, text, &end);

		is_inside = real == NULL && isalnum((unsigned char)*text);
		if (real != NULL) {
			buf_add_str(out, real);
			text = end;
		} else {
			buf_add_char(out, *text++);
		}
	}
}
