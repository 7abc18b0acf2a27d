#include "worker/handlers/llm_gate_json.h"

#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/pg.h"

/* A reservation outlives its call by this, should no report come. */
#define LLM_EXPIRY_MARGIN_MS 30000
#define LLM_WARN_PERCENT 80
#define LLM_DAY_MS (24 * 3600 * INT64_C(1000))

static json_object *
llm_gate_json_place(const struct llm_key *key)
{
	json_object *place = json_object_new_object();

	json_add_str(place, "provider", key->provider->name);
	json_add_str(place, "model", key->provider->model);
	json_add_str(place, "fingerprint", key->fingerprint);
	return place;
}

json_object *
llm_gate_json_setup(
    const struct conf *conf, const struct llm_key *keys, size_t place_count)
{
	json_object *setup = json_object_new_object();
	json_object *providers = json_object_new_array();
	json_object *budget = json_object_new_object();

	for (size_t i = 0; i < place_count; i++) {
		json_object *place = llm_gate_json_place(&keys[i]);

		json_add_int(place, "rpm", keys[i].provider->rpm);
		json_add_int(place, "tpm", keys[i].provider->tpm);
		json_object_array_add(providers, place);
	}
	json_add_int(budget, "tokens", conf->budget.tokens);
	json_add_int(budget, "cost", conf->budget.cost);
	json_add_int(budget, "tenantTokens", conf->budget.tenant_tokens);
	json_add_int(budget, "tenantCost", conf->budget.tenant_cost);
	json_object_object_add(setup, "providers", providers);
	json_object_object_add(setup, "budget", budget);
	return setup;
}

json_object *
llm_gate_json_ask(const struct llm_ask *ask, const struct llm_key *keys)
{
	json_object *call = json_object_new_object();
	json_object *of = json_object_new_array();

	json_add_str(call, "tenant", ask->tenant);
	for (size_t i = 0; i < ask->offer_count; i++) {
		const struct llm_offer *offer = &ask->offers[i];
		json_object *one = json_object_new_object();

		json_add_int(one, "at", (int64_t)offer->at);
		json_add_int(one, "tokens", offer->tokens);
		json_add_int(one, "cost", offer->cost_micros);
		json_add_int(one, "ms",
		    keys[offer->at].provider->timeout_ms +
			LLM_EXPIRY_MARGIN_MS);
		json_object_array_add(of, one);
	}
	json_object_object_add(call, "of", of);
	return call;
}

/* Adds what was said of one bucket, if anything was. */
static void
llm_gate_json_limit(json_object *limits, const char *key, int64_t most,
    int64_t left, int64_t reset_ms)
{
	json_object *one;

	if (most < 0 && left < 0)
		return;
	one = json_object_new_object();
	if (most >= 0)
		json_add_int(one, "most", most);
	if (left >= 0)
		json_add_int(one, "left", left);
	if (reset_ms >= 0)
		json_add_int(one, "resetMs", reset_ms);
	json_object_object_add(limits, key, one);
}

static void
llm_gate_json_limits(json_object *report, const struct llm_limits *l)
{
	json_object *limits = json_object_new_object();

	llm_gate_json_limit(limits, "requests", l->requests_limit,
	    l->requests_left, l->requests_reset_ms);
	llm_gate_json_limit(limits, "tokens", l->tokens_limit, l->tokens_left,
	    l->tokens_reset_ms);
	if (json_object_object_length(limits) > 0)
		json_object_object_add(report, "limits", limits);
	else
		json_object_put(limits);
}

static const char *
llm_gate_json_end(enum llm_end end)
{
	switch (end) {
	case LLM_END_OK:
		return "ok";
	case LLM_END_ALIVE:
		return "alive";
	case LLM_END_FAILED:
		return "failed";
	case LLM_END_LIMITED:
		return "limited";
	case LLM_END_AUTH:
		return "auth";
	case LLM_END_QUOTA:
		return "quota";
	case LLM_END_UNSENT:
		return "unsent";
	case LLM_END_UNKNOWN:
		break;
	}
	return "unknown";
}

json_object *
llm_gate_json_report(const struct llm_report *r, const struct llm_key *key)
{
	json_object *report = llm_gate_json_place(key);

	if (r->fingerprint != NULL)
		json_add_str(report, "fingerprint", r->fingerprint);
	json_add_str(report, "tenant", r->tenant);
	json_add_str(report, "outcome", llm_gate_json_end(r->end));
	if (r->reservation > 0)
		json_add_int(report, "reservation", r->reservation);
	json_add_int(report, "reserved", r->offer.tokens);
	json_add_int(report, "tokens", r->tokens);
	json_add_int(report, "cost", r->cost_micros);
	if (r->retry_after_ms >= 0)
		json_add_int(report, "retryAfterMs", r->retry_after_ms);
	json_add_int(report, "ageMs", r->age_ms);
	if (r->limits != NULL)
		llm_gate_json_limits(report, r->limits);
	return report;
}

void
llm_gate_json_add(json_object *to, json_object *from, size_t max)
{
	size_t n = json_object_array_length(from);

	for (size_t i = 0; i < n && json_object_array_length(to) < max; i++)
		json_object_array_add(
		    to, json_object_get(json_object_array_get_idx(from, i)));
}

void
llm_gate_read_pass(const PGresult *res, int row, struct llm_pass *out)
{
	const char *verdict = pg_str(res, row, "verdict");

	*out = (struct llm_pass){.verdict = LLM_DOWN,
	    .at = (size_t)pg_int(res, row, "at"),
	    .reservation = pg_int(res, row, "reservation"),
	    .wait_ms = pg_int(res, row, "wait_ms")};
	if (strcmp(verdict, "go") == 0)
		out->verdict = LLM_GO;
	else if (strcmp(verdict, "wait") == 0)
		out->verdict = LLM_WAIT;
	else if (strcmp(verdict, "over_budget") == 0)
		out->verdict = LLM_OVER_BUDGET;
}

void
llm_gate_log_circuit(const PGresult *res, int row)
{
	bool is_open = strcmp(pg_str(res, row, "event"), "opened") == 0;

	log_event(is_open ? LOG_WARN : LOG_INFO,
	    is_open ? "llm_circuit_opened" : "llm_circuit_closed", "provider",
	    pg_str(res, row, "provider"), "model", pg_str(res, row, "model"),
	    "reason", pg_str(res, row, "reason"), "for_ms",
	    is_open ? log_num(pg_int(res, row, "for_ms")) : NULL, NULL);
}

void
llm_gate_log_budget(const PGresult *res, int row, int64_t *warned_day)
{
	int64_t day = clock_wall_ms() / LLM_DAY_MS;
	int64_t used_percent = pg_int(res, row, "used_percent");

	if (used_percent < LLM_WARN_PERCENT || *warned_day == day)
		return;
	*warned_day = day;
	log_event(LOG_WARN, "llm_budget_nearly_used", "percent",
	    log_num(used_percent), NULL);
}
