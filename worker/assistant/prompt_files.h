/*
 * The texts an operator can replace: those of prompts/ in the source, built in,
 * and the files of the same names in [assistant] prompts. Checks what every
 * text needs; what stands in one is its reader's.
 */
#ifndef ASSISTANT_PROMPT_FILES_H
#define ASSISTANT_PROMPT_FILES_H

#include "common/attrs.h"
#include "common/err.h"

struct prompt_file {
	char *path; /* for problems; "built-in NAME" if it is that */
	char *text; /* UTF-8 without byte order mark, lines end in "\n" */
};

/* The file called name: from folder, unless that is "" or lacks it.
 * ERR_BAD_INPUT, printed, if it cannot be read, is empty, over 64 KiB or no
 * UTF-8; *out needs no release then. */
MUST_CHECK enum err prompt_file_read(
    const char *folder, const char *name, struct prompt_file *out);
void prompt_file_release(struct prompt_file *f);

/* Prints "path:line: …" to stderr; without the line if that is 0. */
void prompt_file_problem(const char *path, int line, const char *fmt, ...)
    PRINTF(3, 4);
/* The line of at, which lies in text. */
int prompt_file_line(const char *text, const char *at);

/* Can folder be read, and is every .txt and .ini in it one that takes the place
 * of a built-in? Prints what is not, as that is a name misspelt. */
MUST_CHECK enum err prompt_files_check(const char *folder);

#endif
