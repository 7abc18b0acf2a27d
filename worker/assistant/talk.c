#include "worker/assistant/talk.h"

#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "worker/assistant/prompt.h"
#include "worker/assistant/scrub.h"

#define TALK_LINE_MAX 2000 /* bytes of a message that is only told about */

void
talk_add(struct talk *t, const char *role, struct buf *content)
{
	size_t n = t->count + 1;

	t->messages = x_realloc(t->messages, n, sizeof *t->messages);
	t->texts = x_realloc(t->texts, n, sizeof *t->texts);
	t->texts[t->count] = buf_take(content);
	t->messages[t->count] = (struct llm_message){
	    .role = role, .content = t->texts[t->count]};
	t->count = n;
}

static bool
talk_is_answer(const json_object *message)
{
	const char *role = json_str(message, "role");

	return role != NULL && strcmp(role, "assistant") == 0;
}

/* Nothing but what a message says, without personal data. */
static void
talk_write_said(struct buf *b, const json_object *message)
{
	const char *content = json_str(message, "content");

	scrub_write(content != NULL ? content : "", b);
}

void
talk_add_history(struct talk *t, json_object *history)
{
	size_t n = json_object_is_type(history, json_type_array)
	    ? json_object_array_length(history)
	    : 0;
	struct buf said, b;

	buf_init(&said, PROMPT_MAX);
	buf_init(&b, PROMPT_MAX);
	for (size_t i = 0; i < n; i++) {
		const json_object *at = json_object_array_get_idx(history, i);

		buf_clear(&said);
		talk_write_said(&said, at);
		prompt_add_data(&b, buf_str(&said));
		talk_add(t, talk_is_answer(at) ? "assistant" : "user", &b);
		t->messages[t->count - 1].is_optional = true;
	}
	buf_release(&said);
	buf_release(&b);
}

void
talk_release(struct talk *t)
{
	for (size_t i = 0; i < t->count; i++)
		mem_free(t->texts[i]);
	mem_free(t->texts);
	mem_free(t->messages);
	*t = (struct talk){0};
}

int
talk_send(struct talk *t, struct buf *last, struct flow *f,
    const struct llm_request *request)
{
	struct llm_request whole = *request;
	int next;

	talk_add(t, "user", last);
	whole.messages = t->messages;
	whole.count = t->count;
	next = flow_ask(f, &whole);
	talk_release(t);
	buf_release(last);
	return next;
}

char *
talk_scrub(const char *text)
{
	struct buf said;

	buf_init(&said, PROMPT_MAX);
	scrub_write(text, &said);
	return buf_take(&said);
}

void
talk_write_person(struct buf *b, const char *tag, const char *text)
{
	char *said = talk_scrub(text);

	prompt_add_fenced(b, tag, said);
	mem_free(said);
}

void
talk_write_question(
    struct buf *b, const struct passages *p, const char *question)
{
	char *said = talk_scrub(question);

	prompt_write_question(b, p, said);
	mem_free(said);
}

void
talk_write_history(struct buf *b, json_object *history)
{
	size_t n = json_object_is_type(history, json_type_array)
	    ? json_object_array_length(history)
	    : 0;
	struct buf said;

	buf_init(&said, PROMPT_MAX);
	for (size_t i = 0; i < n; i++) {
		const json_object *at = json_object_array_get_idx(history, i);

		buf_clear(&said);
		talk_write_said(&said, at);
		said.len = text_utf8_prefix(
		    buf_str(&said), said.len, TALK_LINE_MAX);
		if (said.at != NULL)
			said.at[said.len] = '\0';
		prompt_add_fenced(b,
		    talk_is_answer(at) ? "message from=\"tutor\""
				       : "message from=\"learner\"",
		    buf_str(&said));
	}
	buf_release(&said);
}
