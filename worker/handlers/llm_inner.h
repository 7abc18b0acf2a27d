/*
 * The inside of llm.h, shared by llm.c, which begins and gives up calls, and
 * llm_route.c, which takes them from provider to provider. Nobody else includes
 * this.
 */
#ifndef HANDLERS_LLM_INNER_H
#define HANDLERS_LLM_INNER_H

#include "worker/handlers/llm.h"
#include "worker/handlers/llm_copy.h"
#include "worker/handlers/llm_gate.h"
#include "worker/handlers/llm_key.h"
#include "worker/handlers/llm_try.h"

#define LLM_DETAIL_MAX 200

struct llm {
	const struct conf *conf;
	/* Providers in their order, then the one of embeddings. */
	struct llm_key keys[LLM_PLACES_MAX];
	unsigned quirks[LLM_PLACES_MAX]; /* learned; enum llm_quirk */
	size_t place_count;
	struct llm_gate *gate; /* NULL if nothing is configured */
};

struct llm_call {
	struct llm *llm;
	const struct job *job;
	llm_fn done;
	void *ctx;
	struct llm_copy copy;
	unsigned tried; /* places, as bits */
	int mends; /* tries again with what a provider does not know left out */
	bool is_shortened, is_widened;
	/* One of both is there. */
	struct llm_admission *admission;
	struct llm_try *try;
	struct llm_offer offer; /* that the try goes by */
	int64_t reservation;
	char fingerprint[40];
	json_object *usage;
	/* Of the failure that tells most. */
	enum llm_outcome outcome;
	const char *code;
	char detail[LLM_DETAIL_MAX];
	int64_t retry_after_ms;
};

/* Asks for the next provider. */
void llm_route_next(struct llm_call *c);

/* Reports the try that is under way as given up. */
void llm_route_give_up(struct llm_call *c);

void llm_call_free(struct llm_call *c);

#endif
