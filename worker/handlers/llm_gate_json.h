/*
 * The parameters and rows of llm.admit() and llm.report(), as sql/llm/functions
 * describes them.
 */
#ifndef HANDLERS_LLM_GATE_JSON_H
#define HANDLERS_LLM_GATE_JSON_H

#include <libpq-fe.h>

#include "common/json.h"
#include "worker/handlers/llm_gate.h"

json_object *llm_gate_json_setup(
    const struct conf *conf, const struct llm_key *keys, size_t place_count);
json_object *llm_gate_json_ask(
    const struct llm_ask *ask, const struct llm_key *keys);
json_object *llm_gate_json_report(
    const struct llm_report *r, const struct llm_key *key);
/* Adds the members of an array to another, which gets max at most. */
void llm_gate_json_add(json_object *to, json_object *from, size_t max);

void llm_gate_read_pass(const PGresult *res, int row, struct llm_pass *out);
/* One line for a circuit that opened or closed. */
void llm_gate_log_circuit(const PGresult *res, int row);
/* Warns of a budget that is nearly used, once a day. */
void llm_gate_log_budget(const PGresult *res, int row, int64_t *warned_day);

#endif
