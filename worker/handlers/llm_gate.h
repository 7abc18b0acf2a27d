/*
 * Asks the database which provider a call may go to, and tells it what became
 * of the call: sql/llm. What gathers while one statement is under way goes as
 * one. Calls for which no bucket has room wait in memory. While the database is
 * away, calls go in the configured order past circuits of this process alone:
 * nothing is claimed meanwhile, so there are only those that run already.
 */
#ifndef HANDLERS_LLM_GATE_H
#define HANDLERS_LLM_GATE_H

#include <uv.h>

#include "common/conf.h"
#include "worker/handlers/llm_key.h"
#include "worker/handlers/llm_limits.h"

#define LLM_PLACES_MAX (CONF_PROVIDERS_MAX + 1)

struct llm_gate;
struct llm_admission;

/* A provider that a call may go to, by its place, and what it may use there. */
struct llm_offer {
	size_t at;
	int64_t tokens, cost_micros;
};

struct llm_ask {
	const char *tenant;
	const struct llm_offer *offers; /* the one preferred first */
	size_t offer_count;
	int64_t deadline_ms; /* when waiting is no use any more */
};

enum llm_verdict {
	LLM_GO,
	LLM_WAIT, /* beyond the deadline */
	LLM_DOWN,
	LLM_OVER_BUDGET
};

struct llm_pass {
	enum llm_verdict verdict;
	size_t at;           /* of LLM_GO */
	int64_t reservation; /* of LLM_GO, to be reported; 0 without database */
	int64_t wait_ms;     /* of LLM_WAIT */
};
typedef void (*llm_pass_fn)(void *ctx, const struct llm_pass *pass);

enum llm_end {
	LLM_END_OK,
	LLM_END_ALIVE,   /* no answer, but the provider works */
	LLM_END_FAILED,  /* nothing, or nothing of use */
	LLM_END_LIMITED, /* too many requests */
	LLM_END_AUTH,    /* key or model refused */
	LLM_END_QUOTA,
	LLM_END_UNSENT,
	LLM_END_UNKNOWN /* given up while under way */
};

struct llm_report {
	const char *tenant;
	struct llm_offer offer;  /* that it went by */
	const char *fingerprint; /* of the key it went with; NULL: as it is */
	int64_t reservation;
	enum llm_end end;
	int64_t tokens, cost_micros;     /* used */
	int64_t retry_after_ms;          /* -1 if not said */
	int64_t age_ms;                  /* of the limits */
	const struct llm_limits *limits; /* NULL if none */
};

/* keys, one a place, belong to the caller and outlive it. */
struct llm_gate *llm_gate_new(uv_loop_t *loop, const struct conf *conf,
    struct llm_key *keys, size_t place_count);
void llm_gate_close(struct llm_gate *g); /* drops what waits */

/* ask is copied. The callback never comes from inside this call. */
struct llm_admission *llm_gate_ask(
    struct llm_gate *g, const struct llm_ask *ask, llm_pass_fn done, void *ctx);
/* The callback will not come. */
void llm_gate_cancel(struct llm_admission *a);

void llm_gate_report(struct llm_gate *g, const struct llm_report *r);

#endif
