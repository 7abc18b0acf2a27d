#include "worker/assistant/assistant.h"

#include "common/mem.h"
#include "worker/assistant/copilot.h"
#include "worker/assistant/course.h"
#include "worker/assistant/embed.h"
#include "worker/assistant/flow.h"
#include "worker/assistant/landing.h"
#include "worker/assistant/persona.h"
#include "worker/assistant/personas.h"
#include "worker/assistant/prompts.h"
#include "worker/assistant/summary.h"
#include "worker/handlers/llm.h"

/* What an operator has written; NULL if it cannot be used. */
static struct assistant *
assistant_load(const struct conf *conf)
{
	const char *folder = conf->assistant.prompts;
	struct assistant *a = x_alloc(sizeof *a);
	bool is_good = prompts_new(folder, &a->prompts) == ERR_OK;

	is_good &= personas_new(folder, &a->personas) == ERR_OK;
	a->conf = conf;
	if (is_good)
		return a;
	assistant_close(a);
	return NULL;
}

enum err
assistant_check(const struct conf *conf)
{
	struct assistant *a = assistant_load(conf);

	if (a == NULL)
		return ERR_BAD_INPUT;
	assistant_close(a);
	return ERR_OK;
}

enum err
assistant_new(uv_loop_t *loop, const struct conf *conf, struct assistant **out)
{
	struct assistant *a = assistant_load(conf);

	if (a == NULL)
		return ERR_BAD_INPUT;
	a->llm = llm_new(loop, conf);
	*out = a;
	return ERR_OK;
}

void
assistant_close(void *assistant)
{
	struct assistant *a = assistant;

	if (a->llm != NULL)
		llm_close(a->llm);
	prompts_free(a->prompts);
	personas_free(a->personas);
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
	    {"AI_QUERY", course_start, flow_cancel},
	    {"CHAT_SUMMARY", summary_start, flow_cancel},
	    {"EMBED_CHUNKS", embed_start, flow_cancel},
	    {"LANDING_QUERY", landing_start, flow_cancel},
	    {"PERSONA_CLASSIFY", persona_start, flow_cancel},
	    {"TUTOR_COPILOT", copilot_start, flow_cancel}};

	*n = sizeof handlers / sizeof *handlers;
	return handlers;
}
