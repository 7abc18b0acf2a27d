#include "worker/cursor.h"

#include <inttypes.h>

#include "common/buf.h"

static size_t
cursors_find(const struct cursors *c, int type_id, int priority)
{
	size_t i = 0;

	while (i < c->n &&
	    (c->lanes[i].type_id != type_id ||
		c->lanes[i].priority != priority))
		i++;
	return i;
}

static int64_t
cursor_bound(const struct cursor_lane *lane)
{
	return lane->seq > CURSOR_SLACK ? lane->seq - CURSOR_SLACK : 0;
}

void
cursors_begin(struct cursors *c)
{
	c->claim++;
}

void
cursors_learn(struct cursors *c, int type_id, int priority, int64_t seq)
{
	size_t i = cursors_find(c, type_id, priority);
	struct cursor_lane *lane = &c->lanes[i];

	if (i == CURSOR_LANES_MAX)
		return; /* more lanes than anyone has: these do without */
	if (i == c->n) {
		c->n++;
	} else if (lane->claim == c->claim && lane->seq <= seq) {
		return;
	}
	*lane = (struct cursor_lane){
	    .type_id = type_id,
	    .priority = priority,
	    .seq = seq,
	    .claim = c->claim,
	};
}

int64_t
cursors_bound(const struct cursors *c, int type_id, int priority)
{
	size_t i = cursors_find(c, type_id, priority);

	return i < c->n ? cursor_bound(&c->lanes[i]) : 0;
}

void
cursors_arrays(const struct cursors *c, struct buf *types,
    struct buf *priorities, struct buf *seqs)
{
	const char *before = "{";

	for (size_t i = 0; i < c->n; i++) {
		buf_printf(types, "%s%d", before, c->lanes[i].type_id);
		buf_printf(priorities, "%s%d", before, c->lanes[i].priority);
		buf_printf(
		    seqs, "%s%" PRId64, before, cursor_bound(&c->lanes[i]));
		before = ",";
	}
	buf_add_str(types, c->n > 0 ? "}" : "{}");
	buf_add_str(priorities, c->n > 0 ? "}" : "{}");
	buf_add_str(seqs, c->n > 0 ? "}" : "{}");
}
