/*
 * The way of a call: admitted by the gate, sent, reported, and then over, or on
 * to the next provider. A provider is asked again only for what was our own
 * mistake: a parameter that it does not know, or too long a prompt.
 */
#include "worker/handlers/llm_inner.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "worker/handlers/llm_usage.h"

#define LLM_MARGIN_MS 5000 /* what a job needs to end without a model */
#define LLM_TIMEOUT_LEAST_MS 1000
#define LLM_RETRY_AFTER_MAX_MS 60000
#define LLM_MENDS_MAX 4
/* What a model that thinks gets more, when all of it went into thinking. */
#define LLM_WIDER 4

/* What a signal says of the provider, and of the call if nobody else can. */
static const struct llm_meaning {
	enum llm_end end;
	enum llm_outcome outcome;
} llm_meanings[] = {
    [LLM_SIGNAL_OK] = {LLM_END_OK, LLM_COMPLETED},
    [LLM_SIGNAL_UNREACHABLE] = {LLM_END_FAILED, LLM_RETRY},
    [LLM_SIGNAL_RATE_LIMITED] = {LLM_END_LIMITED, LLM_RETRY},
    [LLM_SIGNAL_QUOTA] = {LLM_END_QUOTA, LLM_PERMANENT},
    [LLM_SIGNAL_AUTH] = {LLM_END_AUTH, LLM_PERMANENT},
    [LLM_SIGNAL_NOT_FOUND] = {LLM_END_AUTH, LLM_PERMANENT},
    [LLM_SIGNAL_TOO_LONG] = {LLM_END_ALIVE, LLM_PERMANENT},
    [LLM_SIGNAL_UNSUPPORTED] = {LLM_END_ALIVE, LLM_PERMANENT},
    [LLM_SIGNAL_FILTERED] = {LLM_END_ALIVE, LLM_FILTERED},
    [LLM_SIGNAL_EMPTY] = {LLM_END_ALIVE, LLM_RETRY},
    [LLM_SIGNAL_TOKEN_LIMIT] = {LLM_END_ALIVE, LLM_PERMANENT},
    [LLM_SIGNAL_INTERRUPTED] = {LLM_END_FAILED, LLM_RETRY},
    /* Whoever gets a model to write nonsense must not shut it off for all. */
    [LLM_SIGNAL_BAD_REPLY] = {LLM_END_ALIVE, LLM_RETRY},
    [LLM_SIGNAL_REFUSED] = {LLM_END_ALIVE, LLM_PERMANENT},
};

static bool
llm_is_embed(const struct llm_call *c)
{
	return c->copy.texts != NULL;
}

/* The callback may free what the call was made of, so the call goes last. */
static void
llm_end(struct llm_call *c, struct llm_answer *answer)
{
	answer->usage = c->usage;
	c->done(c->ctx, answer);
	llm_call_free(c);
}

static void
llm_fail(struct llm_call *c)
{
	struct llm_answer answer = {.outcome = c->outcome,
	    .retry_after_ms = c->outcome == LLM_RETRY ? c->retry_after_ms : -1,
	    .code = c->code,
	    .detail = c->detail};

	if (answer.retry_after_ms > LLM_RETRY_AFTER_MAX_MS)
		answer.retry_after_ms = LLM_RETRY_AFTER_MAX_MS;
	llm_end(c, &answer);
}

/* Remembers a failure: one that may pass tells more than one that will not,
 * and of two that may pass the wait is the shorter one's. */
static void
llm_note(struct llm_call *c, enum llm_outcome outcome, const char *code,
    const char *detail, int64_t retry_after_ms)
{
	bool was_retry = c->outcome == LLM_RETRY && *c->code != '\0';

	if (was_retry && outcome != LLM_RETRY)
		return;
	if (was_retry && c->retry_after_ms >= 0 &&
	    (retry_after_ms < 0 || retry_after_ms > c->retry_after_ms))
		retry_after_ms = c->retry_after_ms;
	c->outcome = outcome;
	c->code = code;
	(void)snprintf(c->detail, sizeof c->detail, "%s", detail);
	c->retry_after_ms = retry_after_ms;
}

static int64_t
llm_max_tokens(const struct llm_call *c, const struct conf_provider *p)
{
	int64_t wanted = c->copy.wanted_tokens;

	if (llm_is_embed(c))
		return 0;
	if (wanted <= 0 || wanted > p->max_tokens)
		wanted = p->max_tokens;
	return c->is_widened ? wanted * LLM_WIDER : wanted;
}

/* Shows the provider what fits, and reckons what that may cost. */
static void
llm_prepare(struct llm_call *c, size_t at, struct llm_offer *out)
{
	const struct conf_provider *p = c->llm->keys[at].provider;
	int64_t prompt;

	llm_copy_fit(&c->copy, p->context, llm_max_tokens(c, p));
	prompt = llm_copy_tokens(&c->copy);
	*out = (struct llm_offer){.at = at,
	    .tokens = prompt + c->copy.shown.max_tokens,
	    .cost_micros = llm_cost(p, prompt, 0, c->copy.shown.max_tokens)};
}

static void
llm_report_end(
    struct llm_call *c, enum llm_end end, const struct llm_try_reply *reply)
{
	const struct conf_provider *p = c->llm->keys[c->offer.at].provider;
	struct llm_report r = {.tenant = c->copy.tenant,
	    .offer = c->offer,
	    .fingerprint = c->fingerprint,
	    .reservation = c->reservation,
	    .end = end,
	    .tokens = reply->prompt_tokens + reply->completion_tokens,
	    .cost_micros = llm_cost(p, reply->prompt_tokens,
		reply->cached_tokens, reply->completion_tokens),
	    .retry_after_ms = reply->retry_after_ms,
	    .limits = &reply->limits};

	if (reply->first_byte_ms >= 0)
		r.age_ms = reply->total_ms - reply->first_byte_ms;
	llm_gate_report(c->llm->gate, &r);
}

void
llm_route_give_up(struct llm_call *c)
{
	/* The provider may go on, and wants the prompt paid. */
	const struct llm_try_reply reply = {
	    .prompt_tokens = llm_copy_tokens(&c->copy),
	    .is_estimated = true,
	    .limits = {-1, -1, -1, -1, -1, -1},
	    .retry_after_ms = -1,
	    .first_byte_ms = -1};

	llm_report_end(c, LLM_END_UNKNOWN, &reply);
}

static void
llm_complete(struct llm_call *c, const struct llm_try_reply *reply)
{
	struct llm_answer answer = {.outcome = LLM_COMPLETED,
	    .text = reply->text,
	    .tool_calls = reply->tool_calls,
	    .is_truncated = reply->is_truncated,
	    .vectors = reply->vectors,
	    .count = reply->vector_count,
	    .dimensions = reply->dimensions,
	    .retry_after_ms = -1,
	    .code = "",
	    .detail = ""};

	llm_end(c, &answer);
}

/* Can the same provider be asked again in other words? */
static bool
llm_mend(struct llm_call *c, const struct llm_try_reply *reply)
{
	unsigned *quirks = &c->llm->quirks[c->offer.at];

	if (reply->signal == LLM_SIGNAL_TOO_LONG && !c->is_shortened) {
		c->is_shortened = true;
		return llm_copy_shorten(&c->copy);
	}
	if (reply->signal == LLM_SIGNAL_TOKEN_LIMIT && !c->is_widened) {
		c->is_widened = true;
		return true;
	}
	if (reply->signal != LLM_SIGNAL_UNSUPPORTED || reply->quirk == 0 ||
	    c->mends == LLM_MENDS_MAX)
		return false;
	c->mends++;
	if ((*quirks & reply->quirk) != reply->quirk)
		log_event(LOG_INFO, "llm_quirk_learned", "provider",
		    c->llm->keys[c->offer.at].provider->name, "quirk",
		    log_num(reply->quirk), NULL);
	*quirks |= reply->quirk;
	return true;
}

static void
llm_on_try(void *ctx, const struct llm_try_reply *reply)
{
	struct llm_call *c = ctx;
	const struct conf_provider *p = c->llm->keys[c->offer.at].provider;
	struct llm_meaning m = llm_meanings[reply->signal];

	c->try = NULL;
	llm_usage_add(&c->usage, p, llm_is_embed(c) ? "embeddings" : "chat",
	    c->copy.tenant,
	    m.outcome == LLM_COMPLETED ? "completed" : reply->code, reply);
	llm_report_end(c, m.end, reply);
	if (m.outcome == LLM_COMPLETED) {
		llm_complete(c, reply);
		return;
	}
	log_event(LOG_WARN, "llm_failed", "job", c->job->id, "provider",
	    p->name, "code", reply->code, "detail", reply->detail, NULL);
	if (m.outcome == LLM_FILTERED) {
		c->code = ""; /* whatever others have met */
		llm_note(c, m.outcome, reply->code, reply->detail, -1);
		llm_fail(c);
		return;
	}
	if (!llm_mend(c, reply)) {
		c->tried |= 1U << c->offer.at;
		llm_note(c, m.outcome, reply->code, reply->detail,
		    reply->retry_after_ms);
	}
	llm_route_next(c);
}

static void
llm_send(struct llm_call *c, const struct llm_pass *pass)
{
	struct llm *l = c->llm;
	struct llm_key *key = &l->keys[pass->at];
	struct transfers *transfers = c->job->services->transfers;
	struct conf_provider p = *key->provider;
	int64_t left_ms = c->job->deadline_ms - LLM_MARGIN_MS - clock_mono_ms();
	const char *text = llm_key_text(key);

	if (left_ms < LLM_TIMEOUT_LEAST_MS)
		left_ms = LLM_TIMEOUT_LEAST_MS;
	if (p.timeout_ms > left_ms)
		p.timeout_ms = left_ms;
	llm_prepare(c, pass->at, &c->offer);
	c->reservation = pass->reservation;
	memcpy(c->fingerprint, key->fingerprint, sizeof c->fingerprint);
	c->try = llm_is_embed(c)
	    ? llm_try_embed(transfers, &p, text, l->conf->embeddings.dimensions,
		  l->quirks[pass->at], (const char *const *)c->copy.texts,
		  c->copy.text_count, llm_on_try, c)
	    : llm_try_start(transfers, &p, text, l->quirks[pass->at],
		  &c->copy.shown, llm_on_try, c);
}

static void
llm_on_pass(void *ctx, const struct llm_pass *pass)
{
	struct llm_call *c = ctx;

	c->admission = NULL;
	switch (pass->verdict) {
	case LLM_GO:
		llm_send(c, pass);
		return;
	case LLM_WAIT:
		llm_note(c, LLM_RETRY, "providers_busy",
		    "no provider has room before the deadline", pass->wait_ms);
		break;
	case LLM_DOWN:
		if (*c->code == '\0')
			llm_note(c, LLM_PERMANENT, "providers_down",
			    "every circuit is open", -1);
		break;
	case LLM_OVER_BUDGET:
		if (*c->code == '\0')
			llm_note(c, LLM_PERMANENT, "budget_used_up",
			    "a bound of [budget] is reached", -1);
		break;
	}
	llm_fail(c);
}

void
llm_route_next(struct llm_call *c)
{
	struct llm *l = c->llm;
	struct llm_offer offers[LLM_PLACES_MAX];
	struct llm_ask ask = {.tenant = c->copy.tenant,
	    .offers = offers,
	    .deadline_ms = c->job->deadline_ms - LLM_MARGIN_MS};
	size_t at = llm_is_embed(c) ? l->conf->provider_count : 0;
	size_t end = llm_is_embed(c) ? l->place_count : l->conf->provider_count;

	for (; at < end; at++) {
		if ((c->tried & 1U << at) == 0)
			llm_prepare(c, at, &offers[ask.offer_count++]);
	}
	if (*c->code != '\0' &&
	    (ask.offer_count == 0 || clock_mono_ms() >= ask.deadline_ms))
		llm_fail(c);
	else
		c->admission = llm_gate_ask(l->gate, &ask, llm_on_pass, c);
}
