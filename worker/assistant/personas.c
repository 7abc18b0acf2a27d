#include "worker/assistant/personas.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <ini.h>

#include "common/mem.h"
#include "common/text.h"
#include "worker/assistant/prompt_files.h"

#define FILE_NAME "personas.ini"
#define PERSONAS_MAX 64
#define KEY_MAX 40 /* bytes; inih cuts at 49 */
#define TEXT_MAX (64 * 1024)
#define WEIGHT_MAX 100

struct keyword {
	char *words; /* " copy paste": as persona_plain() writes them */
	int64_t weight;
};

struct entry {
	struct persona shown;
	struct buf key, name, description, manner, keywords;
	struct keyword *list;
	size_t count;
	int line;
};

struct personas {
	struct entry list[PERSONAS_MAX];
	size_t count;
};

struct reader {
	struct personas *p;
	const struct prompt_file *file;
	const char *at;    /* what is left of the text */
	int line;          /* that was read last */
	bool is_continued; /* does it go on with the value above it? */
	int problems;
};

/* Letters of ASCII small, one blank for all that is between words, and one in
 * front. */
static void
persona_plain(const char *text, struct buf *out)
{
	bool is_between = true;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (!isalnum(c) && c < 0x80) {
			is_between = true;
			continue;
		}
		if (is_between)
			buf_add_char(out, ' ');
		buf_add_char(out, (char)tolower(c));
		is_between = false;
	}
}

static bool
persona_is_key(const char *key)
{
	size_t len = strlen(key);

	return len > 0 && len <= KEY_MAX &&
	    strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len;
}

/* fgets for inih, which tells its handler no line numbers. */
static char *
persona_read_line(char *line, int size, void *reader)
{
	struct reader *r = reader;
	size_t len = strcspn(r->at, "\n");

	if (*r->at == '\0')
		return NULL;
	r->line++;
	if (len + 2 > (size_t)size) {
		prompt_file_problem(
		    r->file->path, r->line, "the line is too long");
		r->problems++;
		len = 0;
	}
	memcpy(line, r->at, len);
	memcpy(line + len, "\n", 2);
	r->is_continued = *line == ' ' || *line == '\t';
	r->at += strcspn(r->at, "\n");
	r->at += *r->at == '\n';
	return line;
}

static struct entry *
persona_entry(struct reader *r, const char *key)
{
	struct personas *p = r->p;
	struct entry *e;

	for (size_t i = 0; i < p->count; i++) {
		if (strcmp(buf_str(&p->list[i].key), key) == 0)
			return &p->list[i];
	}
	if (!persona_is_key(key) || p->count == PERSONAS_MAX) {
		prompt_file_problem(r->file->path, r->line,
		    p->count == PERSONAS_MAX
			? "[%s]: there are too many"
			: "[%s]: a key has small letters, digits, _ and -, "
			  "at most 40",
		    key);
		r->problems++;
		return NULL;
	}
	e = &p->list[p->count++];
	e->line = r->line;
	buf_init(&e->key, KEY_MAX);
	buf_init(&e->name, TEXT_MAX);
	buf_init(&e->description, TEXT_MAX);
	buf_init(&e->manner, TEXT_MAX);
	buf_init(&e->keywords, TEXT_MAX);
	buf_add_str(&e->key, key);
	return e;
}

static int
persona_take_line(
    void *reader, const char *section, const char *key, const char *value)
{
	struct reader *r = reader;
	struct entry *e = persona_entry(r, section);
	struct buf *field = NULL;

	if (e == NULL)
		return 1;
	if (strcmp(key, "name") == 0)
		field = &e->name;
	else if (strcmp(key, "description") == 0)
		field = &e->description;
	else if (strcmp(key, "manner") == 0)
		field = &e->manner;
	else if (strcmp(key, "keywords") == 0)
		field = &e->keywords;
	if (field == NULL || (field->len > 0 && !r->is_continued)) {
		prompt_file_problem(r->file->path, r->line, "[%s] %s: %s",
		    section, key,
		    field == NULL ? "there is no such key"
				  : "stands there already");
		r->problems++;
		return 1;
	}
	if (field->len > 0)
		buf_add_char(field, ' ');
	buf_add_str(field, value);
	return 1;
}

/* "word" or "some words:3". */
static bool
persona_add_keyword(struct entry *e, const char *at, size_t len)
{
	struct keyword k = {.weight = 1};
	const char *colon = memchr(at, ':', len);
	char *weight = NULL;
	struct buf words;
	bool is_good;

	if (colon != NULL) {
		weight = x_strndup(colon + 1, (size_t)(at + len - colon - 1));
		len = (size_t)(colon - at);
	}
	is_good = weight == NULL ||
	    text_to_int(weight, 1, WEIGHT_MAX, &k.weight) == ERR_OK;
	mem_free(weight);
	buf_init(&words, TEXT_MAX);
	weight = x_strndup(at, len);
	persona_plain(weight, &words);
	mem_free(weight);
	is_good &= words.len > 0;
	k.words = buf_take(&words);
	e->list = x_realloc(e->list, e->count + 1, sizeof *e->list);
	e->list[e->count++] = k;
	return is_good;
}

static void
persona_finish(struct reader *r, struct entry *e)
{
	const char *problem = NULL;
	const char *at = buf_str(&e->keywords);

	e->shown = (struct persona){buf_str(&e->key), buf_str(&e->name),
	    buf_str(&e->description), buf_str(&e->manner)};
	while (*at != '\0') {
		size_t n = strcspn(at, ","), len = n;
		char *one = x_strndup(at, n);
		const char *word = text_trim(one, &len);

		if (!persona_add_keyword(e, word, len))
			problem = "keywords are words, then perhaps a colon "
				  "and a weight up to 100";
		mem_free(one);
		at += n + (at[n] == ',');
	}
	if (e->name.len == 0 || e->description.len == 0)
		problem = "lacks name or description";
	else if (e->manner.len == 0 &&
	    strcmp(e->shown.key, PERSONA_DEFAULT) != 0)
		problem = "lacks manner";
	if (problem == NULL)
		return;
	prompt_file_problem(
	    r->file->path, e->line, "[%s] %s", e->shown.key, problem);
	r->problems++;
}

static void
personas_parse(struct reader *r)
{
	int syntax;

	ini_allow_multiline = true;
	ini_allow_inline_comments = false;
	ini_use_stack = false; /* the stack's buffer has 200 bytes, fixed */
	ini_initial_alloc = ini_max_line = TEXT_MAX;
	syntax = ini_parse_stream(persona_read_line, r, persona_take_line, r);
	if (syntax != 0) {
		prompt_file_problem(r->file->path, syntax > 0 ? syntax : 0,
		    "neither [key] nor name = value");
		r->problems++;
	}
	for (size_t i = 0; i < r->p->count; i++)
		persona_finish(r, &r->p->list[i]);
	if (r->problems == 0 &&
	    (personas_find(r->p, PERSONA_DEFAULT) == NULL || r->p->count < 2)) {
		prompt_file_problem(r->file->path, 0,
		    "needs [" PERSONA_DEFAULT "] and at least one other");
		r->problems++;
	}
}

enum err
personas_new(const char *folder, struct personas **out)
{
	struct prompt_file file;
	struct reader r = {.file = &file};
	enum err e = prompt_file_read(folder, FILE_NAME, &file);

	if (e != ERR_OK)
		return e;
	r.p = x_alloc(sizeof *r.p);
	r.at = file.text;
	personas_parse(&r);
	prompt_file_release(&file);
	if (r.problems > 0) {
		personas_free(r.p);
		return ERR_BAD_INPUT;
	}
	*out = r.p;
	return ERR_OK;
}

void
personas_free(struct personas *p)
{
	for (size_t i = 0; p != NULL && i < p->count; i++) {
		struct entry *e = &p->list[i];

		for (size_t k = 0; k < e->count; k++)
			mem_free(e->list[k].words);
		mem_free(e->list);
		buf_release(&e->key);
		buf_release(&e->name);
		buf_release(&e->description);
		buf_release(&e->manner);
		buf_release(&e->keywords);
	}
	mem_free(p);
}

size_t
personas_count(const struct personas *p)
{
	return p->count;
}

const struct persona *
personas_at(const struct personas *p, size_t i)
{
	return &p->list[i].shown;
}

const struct persona *
personas_find(const struct personas *p, const char *key)
{
	for (size_t i = 0; key != NULL && i < p->count; i++) {
		if (strcmp(p->list[i].shown.key, key) == 0)
			return &p->list[i].shown;
	}
	return NULL;
}

void
personas_write(const struct personas *p, struct buf *out)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct persona *at = &p->list[i].shown;

		buf_printf(out, "%s%s: %s. %s", i > 0 ? "\n" : "", at->key,
		    at->name, at->description);
	}
}

const char *
personas_score(const struct personas *p, const char *const *texts, size_t n)
{
	int64_t scores[PERSONAS_MAX] = {0};
	const char *best = PERSONA_DEFAULT;
	int64_t most = 0;
	struct buf plain;

	buf_init(&plain, SIZE_MAX / 2);
	for (size_t t = 0; t < n; t++) {
		buf_clear(&plain);
		persona_plain(texts[t], &plain);
		for (size_t i = 0; i < p->count; i++) {
			const struct entry *e = &p->list[i];

			for (size_t k = 0; k < e->count; k++) {
				if (strstr(buf_str(&plain), e->list[k].words))
					scores[i] += e->list[k].weight;
			}
		}
	}
	buf_release(&plain);
	for (size_t i = 0; i < p->count; i++) {
		if (scores[i] > most) {
			most = scores[i];
			best = p->list[i].shown.key;
		}
	}
	return best;
}
