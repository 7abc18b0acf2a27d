#include "worker/handlers/llm.h"

#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "worker/transfer.h"

#define LLM_URL_MAX 4096
#define LLM_HEADER_MAX 8192
#define LLM_REQUEST_MAX (4 * 1024 * 1024)
/* Low, so that an answer keeps to the passages it is given. */
#define LLM_TEMPERATURE 0.2

struct llm_call {
	struct transfer *transfer;
	const struct job *job;
	llm_fn done;
	void *ctx;
};

bool
llm_is_configured(const struct conf *conf)
{
	return *conf->llm.base_url != '\0';
}

void
llm_write_request(const struct conf *conf, const struct llm_message *messages,
    size_t count, struct buf *b)
{
	json_object *body = json_object_new_object();
	json_object *list = json_object_new_array_ext((int)count);

	json_add_str(body, "model", conf->llm.model);
	for (size_t i = 0; i < count; i++) {
		json_object *one = json_object_new_object();

		json_add_str(one, "role", messages[i].role);
		json_add_str(one, "content", messages[i].content);
		json_object_array_add(list, one);
	}
	json_object_object_add(body, "messages", list);
	json_add_int(body, conf->llm.token_param, conf->llm.max_tokens);
	json_object_object_add(body, "temperature",
	    json_object_new_double_s(LLM_TEMPERATURE, "0.2"));
	buf_add_str(b, json_text(body));
	json_object_put(body);
}

static void
llm_on_reply(void *ctx, const struct transfer_reply *reply)
{
	struct llm_call *call = ctx;
	const struct job *job = call->job;
	struct llm_answer answer;
	llm_fn done = call->done;
	void *done_ctx = call->ctx;

	mem_free(call);
	llm_reply_read(reply, &answer);
	if (answer.outcome != LLM_COMPLETED)
		log_event(LOG_WARN, "llm_failed", "job", job->id, "code",
		    answer.code, "detail", answer.detail, NULL);
	done(done_ctx, &answer);
	llm_answer_release(&answer);
}

struct llm_call *
llm_start(const struct job *job, const struct llm_message *messages,
    size_t count, llm_fn done, void *ctx)
{
	const struct conf *conf = job->services->conf;
	struct llm_call *call = x_alloc(sizeof *call);
	struct buf url, authorization, body;
	const char *headers[3] = {"Content-Type: application/json"};
	struct transfer_request request = {.headers = headers,
	    .response_max = (size_t)conf->llm.response_max,
	    .connect_timeout_ms = conf->llm.connect_timeout_ms,
	    .timeout_ms = conf->llm.timeout_ms};

	buf_init(&url, LLM_URL_MAX);
	buf_init(&authorization, LLM_HEADER_MAX);
	buf_init(&body, LLM_REQUEST_MAX);
	buf_printf(&url, "%s/chat/completions", conf->llm.base_url);
	llm_write_request(conf, messages, count, &body);
	if (*conf->llm.api_key != '\0') {
		buf_printf(&authorization, "Authorization: Bearer %s",
		    conf->llm.api_key);
		headers[1] = buf_str(&authorization);
	}
	request.url = buf_str(&url);
	request.body = buf_str(&body);
	request.body_len = body.len;
	*call = (struct llm_call){.job = job, .done = done, .ctx = ctx};
	call->transfer = transfer_start(
	    job->services->transfers, &request, llm_on_reply, call);
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
