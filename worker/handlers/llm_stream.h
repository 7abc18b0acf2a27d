/*
 * Reads a streamed answer as it comes: server-sent events that hold the pieces
 * of a chat completion. Bytes may be cut anywhere. Puts together what the same
 * answer would have been unstreamed, so that one reader judges both. Pure.
 */
#ifndef HANDLERS_LLM_STREAM_H
#define HANDLERS_LLM_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/json.h"

#define LLM_STREAM_LINE_MAX ((size_t)1024 * 1024)
#define LLM_STREAM_CALLS_MAX 64

enum llm_stream_state {
	LLM_STREAM_OPEN,  /* has not said that it is whole */
	LLM_STREAM_ENDED, /* a reason to finish came; usage may follow */
	LLM_STREAM_DONE,  /* nothing more will come: [DONE] */
	LLM_STREAM_ERROR, /* the provider sent an error */
	LLM_STREAM_BAD    /* no JSON in an event, or too much of anything */
};

struct llm_stream_call; /* a tool call */

/* Its members are its own. */
struct llm_stream {
	enum llm_stream_state state;
	size_t left; /* bytes that may still come */
	bool is_after_cr, is_past_bom, has_data;
	struct buf line, event;
	struct buf text, refusal, finish;
	struct llm_stream_call *calls;
	size_t call_count;
	json_object *usage, *error;
	bool has_choice;
};

void llm_stream_init(struct llm_stream *s, size_t max);
void llm_stream_release(struct llm_stream *s);

/* After DONE, ERROR and BAD more bytes change nothing. */
enum llm_stream_state llm_stream_add(
    struct llm_stream *s, const char *bytes, size_t len);

/* The connection ended; a last event needs no blank line behind it. */
enum llm_stream_state llm_stream_end(struct llm_stream *s);

/* The body of a chat completion, or of an error; the caller's. */
json_object *llm_stream_body(const struct llm_stream *s);

#endif
