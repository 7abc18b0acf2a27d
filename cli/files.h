/* Finds and reads the files that the command line names. */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include <stddef.h>

#include "common/attrs.h"
#include "common/buf.h"
#include "common/err.h"

#include "cli/document.h"

struct file {
	char *path; /* to open it */
	char *name; /* below the directory that was named, or its own */
	enum document_format format;
};

struct files {
	struct file *list; /* in the order of their names */
	size_t count, cap;
};

/*
 * Takes every document of a path: the file itself, or all below a directory,
 * but for names that begin with a dot. Says what is wrong with a path.
 */
MUST_CHECK enum err files_add(struct files *f, const char *path);

/* Sorts by name; says so and refuses if two have the same. */
MUST_CHECK enum err files_sort(struct files *f);
void files_release(struct files *f);

/* Appends a file to out. *why is set on failure, valid until the next call. */
MUST_CHECK enum err files_read(
    const char *path, struct buf *out, const char **why);

#endif
