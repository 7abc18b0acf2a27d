/*
 * A stream of events. The first byte says where it is cut: whole and in pieces
 * must end alike, nothing may come out but valid JSON, and never more text than
 * went in.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "worker/handlers/llm_stream.h"

#define MAX ((size_t)64 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static json_object *
read_all(const char *text, size_t len, size_t step, enum llm_stream_state *end)
{
	struct llm_stream s;
	json_object *body;

	llm_stream_init(&s, MAX);
	for (size_t at = 0; at < len; at += step)
		(void)llm_stream_add(
		    &s, text + at, len - at < step ? len - at : step);
	*end = llm_stream_end(&s);
	assert(s.text.len <= len && s.call_count <= LLM_STREAM_CALLS_MAX);
	body = llm_stream_body(&s);
	llm_stream_release(&s);
	return body;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	enum llm_stream_state whole_end, parts_end;
	json_object *whole, *parts, *again = NULL;
	const char *text = (const char *)bytes + 1, *why;

	if (size < 2)
		return 0;
	whole = read_all(text, size - 1, size - 1, &whole_end);
	parts = read_all(text, size - 1, (size_t)bytes[0] % 16 + 1, &parts_end);
	assert(whole_end == parts_end);
	assert(strcmp(json_text(whole), json_text(parts)) == 0);
	if (whole_end != LLM_STREAM_BAD)
		assert(json_parse(json_text(whole), strlen(json_text(whole)),
			   &again, &why) == ERR_OK);
	json_object_put(again);
	json_object_put(whole);
	json_object_put(parts);
	return 0;
}
