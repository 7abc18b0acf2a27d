#include "worker/handlers/llm.h"

#include <string.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/mem.h"
#include "worker/handlers/llm_reply.h"
#include "worker/transfer.h"

#define LLM_URL_MAX 4096
#define LLM_HEADER_MAX 8192
#define LLM_REQUEST_MAX (4 * 1024 * 1024)

struct llm {
	const struct conf *conf;
};

struct llm_call {
	struct transfer *transfer;
	const struct job *job;
	llm_fn done;
	void *ctx;
};

struct llm *
llm_new(uv_loop_t *loop, const struct conf *conf)
{
	struct llm *l = x_alloc(sizeof *l);

	(void)loop;
	l->conf = conf;
	return l;
}

void
llm_close(struct llm *l)
{
	mem_free(l);
}

bool
llm_is_configured(const struct conf *conf)
{
	return conf->provider_count > 0;
}

static void
llm_write_request(const struct conf_provider *p,
    const struct llm_request *request, struct buf *b)
{
	json_object *body = json_object_new_object();
	json_object *list = json_object_new_array_ext((int)request->count);

	json_add_str(body, "model", p->model);
	for (size_t i = 0; i < request->count; i++) {
		json_object *one = json_object_new_object();

		json_add_str(one, "role", request->messages[i].role);
		json_add_str(one, "content", request->messages[i].content);
		json_object_array_add(list, one);
	}
	json_object_object_add(body, "messages", list);
	json_add_int(body, p->token_param,
	    request->max_tokens < p->max_tokens ? request->max_tokens
						: p->max_tokens);
	json_object_object_add(body, "temperature",
	    json_object_new_double_s(0.2, request->temperature));
	buf_add_str(b, json_text(body));
	json_object_put(body);
}

static void
llm_on_reply(void *ctx, const struct transfer_reply *reply)
{
	struct llm_call *call = ctx;
	const struct job *job = call->job;
	struct llm_reply r;
	struct llm_answer answer = {0};
	llm_fn done = call->done;
	void *done_ctx = call->ctx;

	mem_free(call);
	llm_reply_read(reply, &r);
	if (r.outcome != LLM_COMPLETED)
		log_event(LOG_WARN, "llm_failed", "job", job->id, "code",
		    r.code, "detail", r.detail, NULL);
	answer.outcome = r.outcome;
	answer.text = r.text;
	answer.retry_after_ms = r.retry_after_ms;
	answer.code = r.code;
	answer.detail = r.detail;
	done(done_ctx, &answer);
	llm_reply_release(&r);
}

struct llm_call *
llm_start(struct llm *l, const struct job *job,
    const struct llm_request *request, llm_fn done, void *ctx)
{
	const struct conf_provider *p = &l->conf->providers[0];
	struct llm_call *call = x_alloc(sizeof *call);
	struct buf url, authorization, body;
	const char *headers[3] = {"Content-Type: application/json"};
	struct transfer_request transfer = {.headers = headers,
	    .response_max = (size_t)p->response_max,
	    .connect_timeout_ms = p->connect_timeout_ms,
	    .timeout_ms = p->timeout_ms};

	buf_init(&url, LLM_URL_MAX);
	buf_init(&authorization, LLM_HEADER_MAX);
	buf_init(&body, LLM_REQUEST_MAX);
	buf_printf(&url, "%s/chat/completions", p->base_url);
	llm_write_request(p, request, &body);
	if (*p->api_key != '\0') {
		buf_printf(
		    &authorization, "Authorization: Bearer %s", p->api_key);
		headers[1] = buf_str(&authorization);
	}
	transfer.url = buf_str(&url);
	transfer.body = buf_str(&body);
	transfer.body_len = body.len;
	*call = (struct llm_call){.job = job, .done = done, .ctx = ctx};
	call->transfer = transfer_start(
	    job->services->transfers, &transfer, llm_on_reply, call);
	if (authorization.at != NULL)
		explicit_bzero(authorization.at, authorization.cap);
	buf_release(&authorization);
	buf_release(&url);
	buf_release(&body);
	return call;
}

void
llm_cancel(struct llm_call *call)
{
	transfer_cancel(call->transfer);
	mem_free(call);
}
