#include "worker/handlers/llm_try.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/mem.h"
#include "worker/handlers/llm_body.h"
#include "worker/handlers/llm_reply.h"
#include "worker/handlers/llm_stream.h"
#include "worker/handlers/llm_vectors.h"
#include "worker/transfer.h"

#define URL_MAX_LEN 4096
#define HEADER_MAX_LEN 8192
#define ID_MAX_LEN 64
#define BYTES_PER_TOKEN 4
#define FRAME_TOKENS 4

struct llm_try {
	struct transfer *transfer;
	struct llm_asked asked;
	struct llm_stream stream; /* if a stream was asked for */
	int64_t prompt_estimate;
	char *key;         /* to keep it out of the logs */
	size_t text_count; /* of vectors asked for; 0 is a chat */
	llm_try_fn done;
	void *ctx;
};

static int64_t
llm_estimate(size_t bytes)
{
	return (int64_t)((bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN);
}

static int64_t
llm_estimate_json(json_object *object)
{
	return object != NULL ? llm_estimate(strlen(json_text(object))) : 0;
}

int64_t
llm_estimate_tokens(const struct llm_request *request)
{
	int64_t n = llm_estimate_json(request->tools) +
	    llm_estimate_json(request->schema);

	for (size_t i = 0; i < request->count; i++) {
		const struct llm_message *m = &request->messages[i];

		n += FRAME_TOKENS + llm_estimate_json(m->tool_calls);
		if (m->content != NULL)
			n += llm_estimate(strlen(m->content));
	}
	return n;
}

int64_t
llm_estimate_texts(const char *const *texts, size_t count)
{
	int64_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += llm_estimate(strlen(texts[i]));
	return n;
}

static void
llm_try_free(struct llm_try *t)
{
	llm_stream_release(&t->stream);
	if (t->key != NULL)
		explicit_bzero(t->key, strlen(t->key));
	mem_free(t->key);
	mem_free(t);
}

/*
 * A request that was turned down cost nothing; one that went out and brought
 * nothing back may have been worked on all the same.
 */
static void
llm_try_count(const struct llm_try *t, const struct transfer_reply *reply,
    const struct llm_reply *r, struct llm_try_reply *out)
{
	bool is_worked_on = reply->e == ERR_OK
	    ? reply->status >= 200 && reply->status < 300
	    : reply->is_sent;

	out->prompt_tokens = r->prompt_tokens;
	out->cached_tokens = r->cached_tokens > 0 ? r->cached_tokens : 0;
	out->completion_tokens = r->completion_tokens;
	if (out->prompt_tokens < 0) {
		out->prompt_tokens = is_worked_on ? t->prompt_estimate : 0;
		out->is_estimated = is_worked_on;
	}
	if (out->completion_tokens < 0) {
		out->completion_tokens = llm_estimate(r->bytes);
		out->is_estimated |= r->bytes > 0;
	}
}

static const char *
llm_try_no_header(const void *ctx, const char *name)
{
	(void)ctx;
	(void)name;
	return NULL;
}

/* A server may give the key back as if it were a word of its own. */
static bool
llm_try_has_key(const struct llm_try *t, const char *text)
{
	return *t->key != '\0' && strstr(text, t->key) != NULL;
}

/* Tells the caller, who may start anew from inside. */
static void
llm_try_report(struct llm_try *t, const struct transfer_reply *reply,
    struct llm_reply *r, struct llm_try_reply *out)
{
	char id[ID_MAX_LEN];

	/* Before it is cut: a part of the key is too much as well. */
	(void)snprintf(id, sizeof id, "%s",
	    reply->request_id != NULL && !llm_try_has_key(t, reply->request_id)
		? reply->request_id
		: "");
	for (char *p = id; *p != '\0'; p++) {
		if (!isprint((unsigned char)*p))
			*p = '?';
	}
	if (llm_try_has_key(t, r->detail))
		r->detail[0] = '\0';
	out->signal = r->signal;
	out->text = r->text;
	out->tool_calls = r->tool_calls;
	out->is_truncated = r->is_truncated;
	out->retry_after_ms = r->retry_after_ms;
	out->code = r->code;
	out->detail = r->detail;
	out->quirk = r->quirk;
	out->request_id = id;
	out->first_byte_ms = reply->first_byte_ms;
	out->total_ms = reply->total_ms;
	llm_try_count(t, reply, r, out);
	llm_limits_read(
	    reply->header != NULL ? reply->header : llm_try_no_header,
	    reply->header_ctx, clock_wall_ms(), &out->limits);
	t->done(t->ctx, out);
	llm_try_free(t);
}

static void
llm_try_on_chat(void *ctx, const struct transfer_reply *reply)
{
	struct llm_try *t = ctx;
	struct llm_try_reply out = {0};
	struct llm_reply r;

	llm_reply_read(reply, &t->stream, &t->asked, &r);
	llm_try_report(t, reply, &r, &out);
	llm_reply_release(&r);
}

static void
llm_try_on_vectors(void *ctx, const struct transfer_reply *reply)
{
	struct llm_try *t = ctx;
	struct llm_try_reply out = {0};
	struct llm_reply r;
	json_object *body;
	float *vectors = NULL;

	if (llm_reply_open(reply, &t->asked, &r, &body)) {
		llm_reply_read_usage(body, &r);
		r.completion_tokens = 0;
		if (llm_vectors_read(body, t->text_count, &vectors,
			&out.dimensions) != ERR_OK)
			llm_reply_set(
			    &r, LLM_SIGNAL_BAD_REPLY, "provider_reply");
		else
			out.vector_count = t->text_count;
		json_object_put(body);
	}
	out.vectors = vectors;
	llm_try_report(t, reply, &r, &out);
	llm_reply_release(&r);
	mem_free(vectors);
}

static enum transfer_more
llm_try_on_piece(void *ctx, const char *bytes, size_t len)
{
	struct llm_try *t = ctx;

	switch (llm_stream_add(&t->stream, bytes, len)) {
	case LLM_STREAM_OPEN:
	case LLM_STREAM_ENDED:
		return TRANSFER_MORE;
	case LLM_STREAM_DONE:
		return TRANSFER_LAST;
	case LLM_STREAM_ERROR:
	case LLM_STREAM_BAD:
		break;
	}
	return TRANSFER_STOP;
}

/* A key with a line break would be a header more. */
static void
llm_try_write_key(
    const struct conf_provider *p, const char *api_key, struct buf *b)
{
	bool is_bearer = strcasecmp(p->api_key_header, "Authorization") == 0;

	buf_printf(b, "%s: %s", p->api_key_header, is_bearer ? "Bearer " : "");
	buf_add(b, api_key, strcspn(api_key, "\r\n"));
}

static void
llm_try_wipe(struct buf *b)
{
	if (b->at != NULL)
		explicit_bzero(b->at, b->cap);
	buf_release(b);
}

/* Takes body. */
static void
llm_try_send(struct llm_try *t, struct transfers *transfers,
    const struct conf_provider *p, const char *path, const char *api_key,
    json_object *body)
{
	struct buf url, key;
	const char *headers[3] = {"Content-Type: application/json"};
	struct transfer_request request = {
	    .headers = headers,
	    .body = json_text(body),
	    .response_max = (size_t)p->response_max,
	    .connect_timeout_ms = p->connect_timeout_ms,
	    .timeout_ms = p->timeout_ms,
	    .ca_file = p->ca_file,
	};

	t->key = x_strdup(api_key);
	buf_init(&url, URL_MAX_LEN);
	buf_init(&key, HEADER_MAX_LEN);
	buf_printf(&url, "%s%s%s%s", p->base_url, path,
	    *p->query != '\0' ? "?" : "", p->query);
	if (*api_key != '\0') {
		llm_try_write_key(p, api_key, &key);
		headers[1] = buf_str(&key);
	}
	request.url = buf_str(&url);
	request.body_len = strlen(request.body);
	if (t->asked.is_stream) {
		llm_stream_init(&t->stream, (size_t)p->response_max);
		request.piece = llm_try_on_piece;
		request.first_byte_timeout_ms = p->first_byte_timeout_ms;
		request.stall_timeout_ms = p->stall_timeout_ms;
	}
	t->transfer = transfer_start(transfers, &request,
	    t->text_count > 0 ? llm_try_on_vectors : llm_try_on_chat, t);
	llm_try_wipe(&key);
	llm_try_wipe(&url);
	json_object_put(body);
}

struct llm_try *
llm_try_start(struct transfers *transfers, const struct conf_provider *provider,
    const char *api_key, unsigned quirks, const struct llm_request *request,
    llm_try_fn done, void *ctx)
{
	struct llm_try *t = x_alloc(sizeof *t);

	t->done = done;
	t->ctx = ctx;
	t->prompt_estimate = llm_estimate_tokens(request);
	llm_try_send(t, transfers, provider, "/chat/completions", api_key,
	    llm_body_chat(provider, quirks, request, &t->asked));
	return t;
}

struct llm_try *
llm_try_embed(struct transfers *transfers, const struct conf_provider *provider,
    const char *api_key, int64_t dimensions, unsigned quirks,
    const char *const *texts, size_t count, llm_try_fn done, void *ctx)
{
	struct llm_try *t = x_alloc(sizeof *t);

	t->done = done;
	t->ctx = ctx;
	t->prompt_estimate = llm_estimate_texts(texts, count);
	t->text_count = count;
	llm_try_send(t, transfers, provider, "/embeddings", api_key,
	    llm_body_embed(
		provider, dimensions, quirks, texts, count, &t->asked));
	return t;
}

void
llm_try_cancel(struct llm_try *t)
{
	transfer_cancel(t->transfer);
	llm_try_free(t);
}
