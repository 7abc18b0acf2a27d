#include "worker/handlers/llm_local.h"

#define LLM_FAILURES 5
#define LLM_OPEN_MS 30000
#define LLM_OPEN_AUTH_MS (15 * 60 * 1000)
#define LLM_OPEN_QUOTA_MS (60 * 60 * 1000)
#define LLM_PAUSE_MS 1000
#define LLM_PAUSE_MAX_MS 60000

void
llm_local_pick(const struct llm_local *list, const struct llm_offer *offers,
    size_t count, int64_t now_ms, struct llm_pass *out)
{
	*out = (struct llm_pass){.verdict = LLM_DOWN};
	for (size_t i = 0; i < count; i++) {
		const struct llm_local *one = &list[offers[i].at];
		int64_t wait_ms = one->paused_until_ms - now_ms;

		if (one->open_until_ms > now_ms)
			continue;
		if (wait_ms <= 0) {
			*out = (struct llm_pass){
			    .verdict = LLM_GO, .at = offers[i].at};
			return;
		}
		if (out->verdict == LLM_DOWN || wait_ms < out->wait_ms)
			*out = (struct llm_pass){
			    .verdict = LLM_WAIT, .wait_ms = wait_ms};
	}
}

void
llm_local_note(
    struct llm_local *one, const struct llm_report *r, int64_t now_ms)
{
	int64_t pause_ms = r->retry_after_ms > 0 ? r->retry_after_ms
						 : LLM_PAUSE_MS;

	switch (r->end) {
	case LLM_END_LIMITED:
		one->paused_until_ms = now_ms +
		    (pause_ms < LLM_PAUSE_MAX_MS ? pause_ms : LLM_PAUSE_MAX_MS);
		one->failures = 0;
		break;
	case LLM_END_OK:
	case LLM_END_ALIVE:
		*one = (struct llm_local){0};
		break;
	case LLM_END_FAILED:
		if (++one->failures >= LLM_FAILURES)
			one->open_until_ms = now_ms + LLM_OPEN_MS;
		break;
	case LLM_END_AUTH:
		one->open_until_ms = now_ms + LLM_OPEN_AUTH_MS;
		break;
	case LLM_END_QUOTA:
		one->open_until_ms = now_ms + LLM_OPEN_QUOTA_MS;
		break;
	case LLM_END_UNSENT:
	case LLM_END_UNKNOWN:
		break;
	}
}
