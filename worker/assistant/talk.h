/*
 * The messages of one request to a model, while they are written. What a person
 * wrote goes without addresses and telephone numbers. What is the same for
 * every question of a course comes first, so that providers can cache it.
 */
#ifndef ASSISTANT_TALK_H
#define ASSISTANT_TALK_H

#include <stdbool.h>
#include <stddef.h>

#include "common/attrs.h"
#include "common/buf.h"
#include "common/json.h"
#include "worker/assistant/flow.h"
#include "worker/assistant/passages.h"
#include "worker/handlers/llm.h"

struct talk {
	struct llm_message *messages;
	char **texts; /* what their contents point to */
	size_t count;
};

/* role is a literal. Takes the text of content, which is empty then. */
void talk_add(struct talk *t, const char *role, struct buf *content);

/* Each {"role","content"} of history as a message of its own, optional; no tag
 * can begin or end in it. */
void talk_add_history(struct talk *t, json_object *history);

void talk_release(struct talk *t);

/* Adds last as the user's, asks for the step of a flow as flow_ask() does, and
 * releases both. request says all but the messages. */
MUST_CHECK int talk_send(struct talk *t, struct buf *last, struct flow *f,
    const struct llm_request *request);

/* A copy (mem_free) of what a person wrote, without personal data. */
char *talk_scrub(const char *text);

/* A tag of prompt.h around what a person wrote. */
void talk_write_person(struct buf *b, const char *tag, const char *text);

/* prompt_write_question() of what a person asks. */
void talk_write_question(
    struct buf *b, const struct passages *p, const char *question);

/* Each {"role","content"} of history as a tagged message; long ones are cut. */
void talk_write_history(struct buf *b, json_object *history);

#endif
