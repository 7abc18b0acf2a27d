/*
 * Files that hold one secret: a key, or the secret of tokens. Who reads one
 * wipes it.
 */
#ifndef COMMON_SECRET_H
#define COMMON_SECRET_H

/* The text of the file without the line end behind it (mem_free); NULL with
 * *why, a sentence or the system's word, which may be kept until the next call
 * of the C library. */
char *secret_read(const char *path, const char **why);

/* Overwrites and frees; NULL is allowed. */
void secret_free(char *text);

#endif
