/*
 * A reply of a provider: two bytes for the status, one for what was asked for,
 * and the body. Whatever comes, exactly the good outcomes have an answer, a
 * quirk is one that was open, and what operators get to see is printable.
 */
#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "common/mem.h"
#include "worker/handlers/llm_reply.h"
#include "worker/handlers/llm_vectors.h"

#define HEAD 3

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
check(const struct llm_reply *r, const struct llm_asked *asked)
{
	assert((r->signal == LLM_SIGNAL_OK) == (r->text != NULL));
	assert((r->signal == LLM_SIGNAL_OK) == (*r->code == '\0'));
	assert(r->signal == LLM_SIGNAL_OK || r->tool_calls == NULL);
	assert(r->signal != LLM_SIGNAL_OK || *r->text != '\0' ||
	    r->tool_calls != NULL);
	assert(asked->has_tools || r->tool_calls == NULL);
	assert((r->quirk != 0) == (r->signal == LLM_SIGNAL_UNSUPPORTED));
	assert((r->quirk & ~asked->open) == 0);
	assert(r->retry_after_ms <= LLM_WAIT_MAX_MS);
	for (const char *p = r->detail; *p != '\0'; p++)
		assert(isprint((unsigned char)*p));
}

static void
read_vectors(const struct transfer_reply *reply, const struct llm_asked *asked)
{
	struct llm_reply r;
	json_object *body;
	float *vectors = NULL;
	int dimensions = 0;

	if (llm_reply_open(reply, asked, &r, &body)) {
		for (size_t n = 1; n < 4; n++) {
			if (llm_vectors_read(body, n, &vectors, &dimensions) ==
			    ERR_OK) {
				assert(dimensions > 0);
				mem_free(vectors);
			}
		}
		json_object_put(body);
	}
	llm_reply_release(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct transfer_reply reply = {.content_type = "", .request_id = ""};
	struct llm_asked asked = {0};
	struct llm_stream stream;
	struct llm_reply r;
	char *body;

	if (size < HEAD)
		return 0;
	body = x_alloc(size - HEAD + 1);
	memcpy(body, bytes + HEAD, size - HEAD);
	reply.status = 100 + (bytes[0] << 8 | bytes[1]) % 500;
	reply.retry_after_ms = bytes[1] * 10000 - 1;
	reply.body = body;
	reply.body_len = size - HEAD;
	asked.open = bytes[2];
	asked.is_json = (bytes[2] & LLM_QUIRK_NO_SCHEMA) != 0;
	asked.has_tools = (bytes[2] & LLM_QUIRK_NO_TOOLS) != 0;
	asked.is_stream = (bytes[2] & LLM_QUIRK_NO_STREAM) != 0;
	llm_stream_init(&stream, size);
	llm_reply_read(&reply, &stream, &asked, &r);
	check(&r, &asked);
	llm_reply_release(&r);
	llm_stream_release(&stream);
	read_vectors(&reply, &asked);
	mem_free(body);
	return 0;
}
