/*
 * Calls that no bucket has room for: a line for each set of providers that they
 * may go to, in the order in which they came. Nobody passes those before him in
 * his line, so only the front of it is worth asking for, and thousands behind
 * cost nothing. Pure.
 */
#ifndef HANDLERS_LLM_LINE_H
#define HANDLERS_LLM_LINE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "worker/handlers/llm_gate.h"

#define LLM_LINES (1U << LLM_PLACES_MAX)
#define LLM_FRONT 200 /* of a line, that is asked for at a time */

TAILQ_HEAD(llm_waiter_list, llm_waiter);

struct llm_waiter {
	TAILQ_ENTRY(llm_waiter) link;
	struct llm_waiter_list *list; /* that it is in */
	uint64_t nth;                 /* of all that came */
	unsigned places;              /* that it may go to, as bits */
	int64_t due_ms;               /* not before those in front of it */
	int64_t deadline_ms;
};

struct llm_lines {
	struct llm_line {
		struct llm_waiter_list list;
		size_t asked; /* that have left it to be asked for */
	} of[LLM_LINES];
};

void llm_lines_init(struct llm_lines *l);

/* A new one is asked for at once if nobody waits in its line. */
void llm_lines_join(
    struct llm_lines *l, struct llm_waiter *w, struct llm_waiter_list *asking);

/* Back into its place in its line. */
void llm_lines_add(struct llm_lines *l, struct llm_waiter *w);

/* Moves to the end of a list: those due at the front of each line, who count as
 * asked for then, and those whose deadline has passed. */
void llm_lines_take_due(
    struct llm_lines *l, int64_t now_ms, struct llm_waiter_list *to);
void llm_lines_take_late(
    struct llm_lines *l, int64_t now_ms, struct llm_waiter_list *to);

/* When the first can be taken; INT64_MAX if nobody waits. */
int64_t llm_lines_due_ms(const struct llm_lines *l);

/* There may be room for n at one of these places. */
void llm_lines_wake(struct llm_lines *l, unsigned places, size_t n);

/* To the end of a list, which may be NULL, or to its head. */
void llm_waiter_move(struct llm_waiter *w, struct llm_waiter_list *to);
void llm_waiter_move_first(struct llm_waiter *w, struct llm_waiter_list *to);

#endif
