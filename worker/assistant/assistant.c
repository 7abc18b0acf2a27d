#include "worker/assistant/assistant.h"

#include "common/mem.h"
#include "worker/assistant/answer.h"
#include "worker/assistant/course.h"
#include "worker/assistant/landing.h"
#include "worker/handlers/llm.h"

enum err
assistant_new(uv_loop_t *loop, const struct conf *conf, struct assistant **out)
{
	struct assistant *a = x_alloc(sizeof *a);

	a->conf = conf;
	a->llm = llm_new(loop, conf);
	*out = a;
	return ERR_OK;
}

void
assistant_close(void *assistant)
{
	struct assistant *a = assistant;

	llm_close(a->llm);
	mem_free(a);
}

struct assistant *
assistant_of(const struct job *job)
{
	return job->services->shared;
}

const struct handler *
assistant_handlers(size_t *n)
{
	static const struct handler handlers[] = {
	    {"AI_QUERY", course_start, answer_cancel},
	    {"LANDING_QUERY", landing_start, answer_cancel}};

	*n = sizeof handlers / sizeof *handlers;
	return handlers;
}
