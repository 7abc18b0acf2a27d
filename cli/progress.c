/* Draws at most ten times a second. */
#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "common/clock.h"

#define BAR_WIDTH 30
#define BAR_EVERY_MS 100
#define LINE_EVERY_MS 5000

void
progress_start(struct progress *p, size_t total)
{
	*p = (struct progress){.total = total,
	    .drawn_ms = clock_mono_ms(),
	    .is_terminal = isatty(STDERR_FILENO) != 0};
}

void
progress_step(struct progress *p, const char *label)
{
	static const char full[] = "##############################";
	int64_t now_ms = clock_mono_ms();
	int filled;

	p->done++;
	if (now_ms - p->drawn_ms <
	    (p->is_terminal ? BAR_EVERY_MS : LINE_EVERY_MS))
		return;
	p->drawn_ms = now_ms;
	filled = (int)(p->done * BAR_WIDTH / p->total);
	if (p->is_terminal)
		(void)fprintf(stderr, "\r\033[K[%-*.*s] %zu/%zu %.30s",
		    BAR_WIDTH, filled, full, p->done, p->total, label);
	else
		(void)fprintf(stderr, "%zu of %zu files\n", p->done, p->total);
	(void)fflush(stderr);
}

void
progress_clear(struct progress *p)
{
	if (p->is_terminal)
		(void)fputs("\r\033[K", stderr);
}
