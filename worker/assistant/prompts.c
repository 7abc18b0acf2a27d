#include "worker/assistant/prompts.h"

#include <stdbool.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "worker/assistant/prompt.h"
#include "worker/assistant/prompt_files.h"

enum value {
	VALUE_BRAND,
	VALUE_COURSE,
	VALUE_TOPIC,
	VALUE_PERSONA,
	VALUE_SUMMARY,
	VALUE_SNAPSHOT,
	VALUE_PERSONAS,
	VALUES
};

static const char *const value_names[VALUES] = {
    "brand", "course", "topic", "persona", "summary", "snapshot", "personas"};

static const struct {
	const char *file, *values; /* the ones it may hold */
} prompt_kinds[] = {
    [PROMPT_COURSE] = {"course.txt", "brand,course,topic,persona,summary"},
    [PROMPT_LANDING] = {"landing.txt", "brand"},
    [PROMPT_REWRITE] = {"rewrite.txt", "brand,course,topic,summary"},
    [PROMPT_SUMMARY] = {"summary.txt", "brand,course"},
    [PROMPT_COPILOT] = {"copilot.txt", "brand,course,snapshot"},
    [PROMPT_PERSONA] = {"persona.txt", "brand,course,personas"},
};

enum { PROMPTS = sizeof prompt_kinds / sizeof *prompt_kinds };

struct piece {
	enum { PIECE_TEXT, PIECE_VALUE, PIECE_OPEN, PIECE_CLOSE } kind;
	const char *at; /* PIECE_TEXT */
	size_t len;
	enum value value; /* the others */
};

struct prompts {
	struct {
		struct prompt_file file;
		struct piece *pieces;
		size_t count;
	} list[PROMPTS];
};

/* One text while it is cut into pieces. */
struct cut {
	const struct prompt_file *file;
	const char *allowed;
	struct piece *pieces;
	size_t count;
	const char *opened; /* where the open section begins, NULL if none */
	enum value section;
};

static void
cut_add(struct cut *c, struct piece piece)
{
	c->pieces = x_realloc(c->pieces, c->count + 1, sizeof *c->pieces);
	c->pieces[c->count++] = piece;
}

static bool
cut_refuse(const struct cut *c, const char *at, const char *what)
{
	size_t len = strcspn(at, "}\n");

	len += strspn(at + len, "}");
	prompt_file_problem(c->file->path, prompt_file_line(c->file->text, at),
	    "%.*s: %s", (int)len, at, what);
	return false;
}

static bool
cut_find_value(const struct cut *c, const char *name, enum value *out)
{
	for (int i = 0; i < VALUES; i++) {
		if (strcmp(value_names[i], name) == 0 &&
		    text_list_has(c->allowed, name)) {
			*out = (enum value)i;
			return true;
		}
	}
	return false;
}

/* Takes "{{name}}", "{{#name}}" or "{{/name}}"; at becomes what is behind. A
 * line that holds nothing but the mark of a section leaves no empty line. */
static bool
cut_take_mark(struct cut *c, const char **at)
{
	const char *mark = *at, *end = mark + 2 + strcspn(mark + 2, "{}\n");
	struct piece piece = {.kind = PIECE_VALUE};
	size_t skip = mark[2] == '#' || mark[2] == '/' ? 3 : 2;
	char name[16] = "";

	if (strncmp(end, "}}", 2) != 0)
		return cut_refuse(c, mark, "has no }} in this line");
	if ((size_t)(end - mark) - skip < sizeof name)
		memcpy(name, mark + skip, (size_t)(end - mark) - skip);
	if (!cut_find_value(c, name, &piece.value)) {
		prompt_file_problem(c->file->path,
		    prompt_file_line(c->file->text, mark),
		    "%.*s is not known here; there are: %s",
		    (int)(end + 2 - mark), mark, c->allowed);
		return false;
	}
	if (mark[2] == '#') {
		if (c->opened != NULL)
			return cut_refuse(
			    c, mark, "begins inside another section");
		piece.kind = PIECE_OPEN;
		c->section = piece.value;
		c->opened = mark;
	} else if (mark[2] == '/') {
		if (c->opened == NULL || c->section != piece.value)
			return cut_refuse(c, mark, "ends what did not begin");
		piece.kind = PIECE_CLOSE;
		c->opened = NULL;
	}
	cut_add(c, piece);
	*at = end + 2;
	if (skip == 3 && **at == '\n' &&
	    (mark == c->file->text || mark[-1] == '\n'))
		++*at;
	return true;
}

static bool
cut_text(struct cut *c)
{
	for (const char *at = c->file->text; *at != '\0';) {
		const char *mark = strstr(at, "{{");
		size_t len = mark != NULL ? (size_t)(mark - at) : strlen(at);

		if (len > 0)
			cut_add(c, (struct piece){.at = at, .len = len});
		at += len;
		if (mark != NULL && !cut_take_mark(c, &at))
			return false;
	}
	return c->opened == NULL || cut_refuse(c, c->opened, "does not end");
}

enum err
prompts_new(const char *folder, struct prompts **out)
{
	struct prompts *p = x_alloc(sizeof *p);
	enum err e = prompt_files_check(folder);

	for (size_t i = 0; i < PROMPTS; i++) {
		struct cut c = {.file = &p->list[i].file,
		    .allowed = prompt_kinds[i].values};

		if (prompt_file_read(folder, prompt_kinds[i].file,
			&p->list[i].file) != ERR_OK ||
		    !cut_text(&c))
			e = ERR_BAD_INPUT;
		p->list[i].pieces = c.pieces;
		p->list[i].count = c.count;
	}
	if (e == ERR_OK)
		*out = p;
	else
		prompts_free(p);
	return e;
}

void
prompts_free(struct prompts *p)
{
	for (size_t i = 0; p != NULL && i < PROMPTS; i++) {
		prompt_file_release(&p->list[i].file);
		mem_free(p->list[i].pieces);
	}
	mem_free(p);
}

void
prompts_write(const struct prompts *p, enum prompt which,
    const struct prompt_values *v, struct buf *out)
{
	const char *const values[VALUES] = {v->brand, v->course, v->topic,
	    v->persona, v->summary, v->snapshot, v->personas};
	bool is_hidden = false; /* in a section whose value is empty */

	for (size_t i = 0; i < p->list[which].count; i++) {
		const struct piece *piece = &p->list[which].pieces[i];
		const char *value = values[piece->value];

		if (piece->kind == PIECE_OPEN)
			is_hidden = value == NULL || *value == '\0';
		else if (piece->kind == PIECE_CLOSE)
			is_hidden = false;
		else if (!is_hidden && piece->kind == PIECE_TEXT)
			buf_add(out, piece->at, piece->len);
		else if (!is_hidden && value != NULL)
			prompt_add_data(out, value);
	}
}
