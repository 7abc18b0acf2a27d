/* What is said of a transfer that has ended. */
#include "common/clock.h"
#include "worker/retry_after.h"
#include "worker/transfer_inner.h"

static const char *
transfer_header(const void *ctx, const char *name)
{
	const struct transfer *t = ctx;
	struct curl_header *header;

	if (t->easy == NULL)
		return NULL;
	return curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &header) ==
		CURLHE_OK
	    ? header->value
	    : NULL;
}

static const char *
transfer_request_id(const struct transfer *t)
{
	static const char *const names[] = {"x-request-id", "apim-request-id",
	    "x-ms-request-id", "request-id", "x-generation-id"};
	const char *id = NULL;

	for (size_t i = 0; id == NULL && i < sizeof names / sizeof *names; i++)
		id = transfer_header(t, names[i]);
	return id != NULL ? id : "";
}

/* Which part of the call took too long. */
static const char *
transfer_phase(const struct transfer *t)
{
	curl_off_t resolved = 0, connected = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_NAMELOOKUP_TIME_T, &resolved);
	(void)curl_easy_getinfo(
	    t->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
	if (resolved == 0)
		return "timeout: name lookup";
	if (connected == 0)
		return "timeout: connect or TLS";
	if (t->first_byte_at_ms == 0)
		return t->is_too_slow ? "timeout: waiting for the first byte"
				      : "timeout: waiting for the answer";
	return t->is_too_slow ? "timeout: the answer stalled"
			      : "timeout: in the middle of the answer";
}

static enum err
transfer_judge(const struct transfer *t, CURLcode code, const char **problem)
{
	*problem = NULL;
	if (code == CURLE_OK || t->is_last)
		return ERR_OK;
	if (t->is_stopped) {
		*problem = "the answer was no use";
		return ERR_STOPPED;
	}
	if (t->received > t->response_max || buf_status(&t->reply) != ERR_OK) {
		*problem = "the answer is too long";
		return ERR_TOO_BIG;
	}
	if (code == CURLE_OPERATION_TIMEDOUT) {
		*problem = transfer_phase(t);
		return ERR_TIMEOUT;
	}
	*problem = code == CURLE_ABORTED_BY_CALLBACK
	    ? "the connection ended without a reply"
	    : curl_easy_strerror(code);
	return ERR_NET;
}

/* Status and type of a reply that came whole, or as far as was wanted. */
static void
transfer_tell(const struct transfer *t, struct transfer_reply *reply)
{
	const char *type = NULL;
	long status = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
	reply->status = (int)status;
	reply->content_type = type != NULL ? type : "";
	reply->retry_after_ms = retry_after_ms(
	    transfer_header(t, "retry-after-ms"),
	    transfer_header(t, "retry-after"), clock_wall_ms());
}

void
transfer_report(struct transfer *t, CURLcode code)
{
	struct transfer_reply reply = {
	    .content_type = "",
	    .body = buf_str(&t->reply),
	    .body_len = t->reply.len,
	    .is_streamed = t->is_streamed,
	    .first_byte_ms = -1,
	    .total_ms = -1,
	    .retry_after_ms = -1,
	    .request_id = transfer_request_id(t),
	    .header = transfer_header,
	    .header_ctx = t,
	};
	transfer_fn done = t->done;
	long sent = 0;

	reply.e = transfer_judge(t, code, &reply.problem);
	if (reply.e == ERR_OK || reply.e == ERR_STOPPED)
		transfer_tell(t, &reply);
	if (reply.e == ERR_OK && t->first_byte_at_ms == 0)
		reply.is_streamed = transfer_is_stream(t);
	if (t->easy != NULL)
		(void)curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
	reply.is_sent = sent > 0;
	if (t->begun_at_ms > 0)
		reply.total_ms = clock_mono_ms() - t->begun_at_ms;
	if (t->first_byte_at_ms > 0)
		reply.first_byte_ms = t->first_byte_at_ms - t->begun_at_ms;
	t->done = NULL;
	done(t->ctx, &reply);
}
