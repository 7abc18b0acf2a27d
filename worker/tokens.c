#include "worker/tokens.h"

#include <inttypes.h>

#define ARRAY_MAX (16 * 1024 * 1024)

void
tokens_init(struct tokens *t)
{
	buf_init(&t->jobs, ARRAY_MAX);
	buf_init(&t->tokens, ARRAY_MAX);
}

void
tokens_add(struct tokens *t, const struct uuid *job_id, int64_t token)
{
	char between = t->jobs.len > 0 ? ',' : '{';

	buf_printf(&t->jobs, "%c%s", between, job_id->text);
	buf_printf(&t->tokens, "%c%" PRId64, between, token);
}

bool
tokens_end(struct tokens *t, const char *values[2])
{
	if (t->jobs.len == 0)
		return false;
	buf_add_char(&t->jobs, '}');
	buf_add_char(&t->tokens, '}');
	values[0] = buf_str(&t->jobs);
	values[1] = buf_str(&t->tokens);
	return true;
}

void
tokens_release(struct tokens *t)
{
	buf_release(&t->jobs);
	buf_release(&t->tokens);
}
