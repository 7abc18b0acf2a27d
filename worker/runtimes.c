#include "worker/runtimes.h"

#include <string.h>

#include "common/buf.h"
#include "common/pg.h"

#define WEIGHT 0.1

void
runtimes_note(struct runtimes *r, const char *type, int64_t ms)
{
	size_t i = 0;

	while (i < r->n && strcmp(r->rows[i].type, type) != 0)
		i++;
	if (i < r->n) {
		r->rows[i].ms += WEIGHT * ((double)ms - r->rows[i].ms);
	} else if (i < RUNTIMES_MAX) {
		r->rows[i] = (struct runtime){.type = type, .ms = (double)ms};
		r->n++;
	}
}

void
runtimes_arrays(const struct runtimes *r, struct buf *types, struct buf *run_ms)
{
	const char *names[RUNTIMES_MAX];

	buf_add_char(run_ms, '{');
	for (size_t i = 0; i < r->n; i++) {
		names[i] = r->rows[i].type;
		buf_printf(run_ms, "%s%.1f", i > 0 ? "," : "", r->rows[i].ms);
	}
	buf_add_char(run_ms, '}');
	pg_array(types, names, r->n);
}
