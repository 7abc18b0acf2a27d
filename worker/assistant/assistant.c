#include "worker/assistant/assistant.h"

#include "worker/assistant/answer.h"
#include "worker/assistant/course.h"
#include "worker/assistant/landing.h"

const struct handler *
assistant_handlers(size_t *n)
{
	static const struct handler handlers[] = {
	    {"AI_QUERY", course_start, answer_cancel},
	    {"LANDING_QUERY", landing_start, answer_cancel}};

	*n = sizeof handlers / sizeof *handlers;
	return handlers;
}
