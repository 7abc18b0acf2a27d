/*
 * What is said between a model and the look-ups for one question of a tutor:
 * the messages so far, the calls that wait for an answer, and who is behind
 * which pseudonym. Bounds rounds and look-ups. Owns all texts of it; no I/O.
 */
#ifndef ASSISTANT_CONSULT_H
#define ASSISTANT_CONSULT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/attrs.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/json.h"
#include "worker/assistant/mask.h"
#include "worker/assistant/prompts.h"
#include "worker/handlers/llm.h"

#define CONSULT_ROUNDS_MAX 4   /* requests to a model */
#define CONSULT_LOOKUPS_MAX 8  /* in all of them */
#define CONSULT_CALLS_MAX 16   /* in one reply */
#define CONSULT_HISTORY_MAX 20 /* messages, as the front end has it */
#define CONSULT_MESSAGES_MAX                                                   \
	(2 + CONSULT_HISTORY_MAX + CONSULT_ROUNDS_MAX * (1 + CONSULT_CALLS_MAX))
#define CONSULT_TEXT_MAX (256 * 1024)

struct consult {
	struct mask *mask;
	char *tenant;
	json_object *tools;
	struct llm_message messages[CONSULT_MESSAGES_MAX];
	char *texts[CONSULT_MESSAGES_MAX]; /* of the messages */
	size_t count;
	json_object *calls; /* of the last reply */
	size_t next_call;
	int rounds, lookups;
};

/* Opens with the rules, what was said before and the question; context is what
 * campus.tutor_context() returned. */
void consult_init(struct consult *c, const struct prompts *prompts,
    const char *brand, json_object *context, json_object *history,
    const char *question);
void consult_release(struct consult *c); /* all zeros are allowed */

/* The next round. The last one, and one after the last look-up, offers no
 * look-ups, so that the model answers. */
void consult_request(struct consult *c, struct llm_request *out);

/* Keeps what a reply asks for. False if it asks for nothing, or for what it may
 * not. */
bool consult_keep_calls(
    struct consult *c, const char *text, json_object *calls);

/* The next look-up that is due: its name, borrowed, and its arguments, to be
 * released. False when all calls are answered, some of them here: with what is
 * wrong with them. */
bool consult_next(struct consult *c, const char **name, json_object **args);

/* Its result. */
void consult_answer(struct consult *c, json_object *result);

/* The text of the last reply with real names. */
void consult_restore(
    const struct consult *c, const char *text, struct buf *out);

#endif
