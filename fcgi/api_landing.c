/* POST /landing-assistant/query: a visitor's question. */
#include "fcgi/api.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"

#define LANDING_QUESTION_MAX 4000 /* characters */
#define TURN_COUNT_MAX 1000000

static bool
landing_turn_count(const json_object *body, int64_t *out)
{
	*out = 0;
	if (json_get(body, "turnCount") == NULL)
		return true;
	return json_get_int(body, "turnCount", out) && *out >= 0 &&
	    *out <= TURN_COUNT_MAX;
}

static void
landing_enqueue(struct call *call, const char *question, int64_t turns)
{
	char turn_count[24];
	struct uuid job;
	enum err e;

	(void)snprintf(turn_count, sizeof turn_count, "%lld", (long long)turns);
	uuid_mint(&job);
	e = db_ask_landing(call->db, &job, question, turn_count);
	if (e != ERR_OK) {
		reply_error(call->reply, e);
		return;
	}
	api_queued(call, job.text, NULL);
}

void
api_ask_landing(struct call *call)
{
	char *question = NULL;
	enum err e = api_take_text(call, "question", &question);
	int64_t turns;

	if (e != ERR_OK)
		reply_error(call->reply, e);
	else if (question == NULL)
		api_refuse(
		    call, 400, "question_required", "Question is required");
	else if (text_utf8_length(question, strlen(question)) >
	    LANDING_QUESTION_MAX)
		api_refuse(call, 400, "question_too_long",
		    "Question must have at most 4000 characters");
	else if (!landing_turn_count(call->body, &turns))
		api_refuse(call, 400, "bad_turn_count",
		    "turnCount must be a whole number");
	else
		landing_enqueue(call, question, turns);
	mem_free(question);
}
