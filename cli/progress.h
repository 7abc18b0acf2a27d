/*
 * How far a long run has come, on stderr: a bar that is drawn over on a
 * terminal, else a line every few seconds.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	size_t done, total;
	int64_t drawn_ms; /* when it was last drawn */
	bool is_terminal;
};

void progress_start(struct progress *p, size_t total);
/* One more is done; label says what it was. */
void progress_step(struct progress *p, const char *label);
/* Makes room for another line; call before one, and at the end. */
void progress_clear(struct progress *p);

#endif
