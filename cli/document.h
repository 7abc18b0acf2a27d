/*
 * One file of course material: its format, what it says about itself, and its
 * text in blocks. Works on bytes in memory; ingest.c reads the files.
 */
#ifndef CLI_DOCUMENT_H
#define CLI_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attrs.h"
#include "common/err.h"
#include "common/uuid.h"

#include "cli/block.h"

#define DOCUMENT_BYTES_MAX (16 * 1024 * 1024)

enum document_format { DOCUMENT_MARKDOWN, DOCUMENT_HTML, DOCUMENT_TEXT };

struct document {
	struct blocks blocks;
	char *title;       /* never empty: its own, else made of the path */
	char *url;         /* as the front matter has it, "" if none */
	struct uuid topic; /* "" if none */
	int64_t module_no, position; /* of the topic; 1 if not said */
};

/* The format of a file, by the end of its name; false if it is none of ours. */
bool document_format(const char *path, enum document_format *out);

/*
 * Reads a file of at most DOCUMENT_BYTES_MAX bytes. Markdown may begin with
 * front matter: lines of "key: value" between two lines of "---", of which
 * topic, title, module, position and url are read and others passed over.
 * ERR_BAD_INPUT with *why if that is wrong, or the file is not UTF-8 text.
 */
MUST_CHECK enum err document_read(enum document_format format, const char *path,
    const char *bytes, size_t len, struct document *out, const char **why);
void document_release(struct document *d);

#endif
