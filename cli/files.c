/* Walks directories with fts(3), which follows links and knows circles. */
#include "cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"

#include "cli/command.h"

static void
files_push(struct files *f, const char *path, const char *name,
    enum document_format format)
{
	if (f->count == f->cap) {
		f->cap = f->cap == 0 ? 64 : 2 * f->cap;
		f->list = x_realloc(f->list, f->cap, sizeof *f->list);
	}
	f->list[f->count++] = (struct file){
	    .path = x_strdup(path), .name = x_strdup(name), .format = format};
}

static enum err
files_take(struct files *f, FTS *walk, FTSENT *at, size_t root)
{
	const char *name = at->fts_path + root;
	enum document_format format;

	if (at->fts_level > 0 && at->fts_name[0] == '.') {
		(void)fts_set(walk, at, FTS_SKIP);
		return ERR_OK;
	}
	switch (at->fts_info) {
	case FTS_F:
		if (at->fts_level == 0)
			name = at->fts_name;
		if (document_format(at->fts_name, &format)) {
			files_push(
			    f, at->fts_path, name + strspn(name, "/"), format);
		} else if (at->fts_level == 0) {
			say_error("%s: is none of .md, .markdown, .html, .htm "
				  "and .txt",
			    at->fts_path);
			return ERR_BAD_INPUT;
		}
		return ERR_OK;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		say_error("%s: %s", at->fts_path, strerror(at->fts_errno));
		return ERR_SYS;
	default: /* directories come twice; the rest holds no text */
		return ERR_OK;
	}
}

enum err
files_add(struct files *f, const char *path)
{
	char *root = x_strdup(path);
	char *const roots[] = {root, NULL};
	FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	size_t count = f->count;
	enum err e = ERR_OK;
	FTSENT *at;

	if (walk == NULL) {
		say_error("%s: %s", path, strerror(errno));
		e = ERR_SYS;
	}
	while (e == ERR_OK && (at = fts_read(walk)) != NULL)
		e = files_take(f, walk, at, strlen(path));
	if (e == ERR_OK && f->count == count) {
		say_error("%s: holds no .md, .html or .txt file", path);
		e = ERR_NOT_FOUND;
	}
	if (walk != NULL)
		(void)fts_close(walk);
	mem_free(root);
	return e;
}

static int
files_compare(const void *a, const void *b)
{
	const struct file *left = a, *right = b;

	return strcmp(left->name, right->name);
}

enum err
files_sort(struct files *f)
{
	qsort(f->list, f->count, sizeof *f->list, files_compare);
	for (size_t i = 1; i < f->count; i++) {
		if (strcmp(f->list[i - 1].name, f->list[i].name) != 0)
			continue;
		say_error("%s and %s would both be stored as \"%s\"; name "
			  "a directory above both",
		    f->list[i - 1].path, f->list[i].path, f->list[i].name);
		return ERR_BAD_INPUT;
	}
	return ERR_OK;
}

void
files_release(struct files *f)
{
	for (size_t i = 0; i < f->count; i++) {
		mem_free(f->list[i].path);
		mem_free(f->list[i].name);
	}
	mem_free(f->list);
	*f = (struct files){0};
}

enum err
files_read(const char *path, struct buf *out, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = fd < 0 ? -1 : 1;
	enum err e = ERR_OK;
	char piece[65536];

	while (n > 0 && e == ERR_OK) {
		n = read(fd, piece, sizeof piece);
		if (n > 0)
			buf_add(out, piece, (size_t)n);
		else if (n < 0 && errno == EINTR)
			n = 1;
		e = buf_status(out);
	}
	if (n < 0) {
		*why = strerror(errno);
		e = ERR_SYS;
	} else if (e != ERR_OK) {
		*why = "is too big";
	}
	if (fd >= 0)
		(void)close(fd);
	return e;
}
