#include "worker/handlers/llm_line.h"

void
llm_lines_init(struct llm_lines *l)
{
	for (size_t i = 0; i < LLM_LINES; i++) {
		TAILQ_INIT(&l->of[i].list);
		l->of[i].asked = 0;
	}
}

void
llm_waiter_move(struct llm_waiter *w, struct llm_waiter_list *to)
{
	if (w->list != NULL)
		TAILQ_REMOVE(w->list, w, link);
	w->list = to;
	if (to != NULL)
		TAILQ_INSERT_TAIL(to, w, link);
}

void
llm_waiter_move_first(struct llm_waiter *w, struct llm_waiter_list *to)
{
	llm_waiter_move(w, NULL);
	w->list = to;
	TAILQ_INSERT_HEAD(to, w, link);
}

void
llm_lines_add(struct llm_lines *l, struct llm_waiter *w)
{
	struct llm_waiter_list *list = &l->of[w->places].list;
	struct llm_waiter *behind = TAILQ_LAST(list, llm_waiter_list);

	if (behind == NULL || behind->nth < w->nth) {
		llm_waiter_move(w, list);
		return;
	}
	behind = TAILQ_FIRST(list);
	while (behind->nth < w->nth)
		behind = TAILQ_NEXT(behind, link);
	llm_waiter_move(w, NULL);
	w->list = list;
	TAILQ_INSERT_BEFORE(behind, w, link);
}

void
llm_lines_join(
    struct llm_lines *l, struct llm_waiter *w, struct llm_waiter_list *asking)
{
	struct llm_line *line = &l->of[w->places];

	if (TAILQ_EMPTY(&line->list)) {
		llm_waiter_move(w, asking);
		line->asked++;
	} else {
		llm_waiter_move(w, &line->list);
	}
}

void
llm_lines_take_due(
    struct llm_lines *l, int64_t now_ms, struct llm_waiter_list *to)
{
	for (size_t i = 0; i < LLM_LINES; i++) {
		struct llm_line *line = &l->of[i];
		struct llm_waiter *w;

		while (line->asked < LLM_FRONT &&
		    (w = TAILQ_FIRST(&line->list)) != NULL &&
		    w->due_ms <= now_ms) {
			llm_waiter_move(w, to);
			line->asked++;
		}
	}
}

void
llm_lines_take_late(
    struct llm_lines *l, int64_t now_ms, struct llm_waiter_list *to)
{
	struct llm_waiter *w, *next;

	for (size_t i = 0; i < LLM_LINES; i++) {
		for (w = TAILQ_FIRST(&l->of[i].list); w != NULL; w = next) {
			next = TAILQ_NEXT(w, link);
			if (w->deadline_ms <= now_ms)
				llm_waiter_move(w, to);
		}
	}
}

int64_t
llm_lines_due_ms(const struct llm_lines *l)
{
	int64_t due_ms = INT64_MAX;

	for (size_t i = 0; i < LLM_LINES; i++) {
		const struct llm_waiter *w = TAILQ_FIRST(&l->of[i].list);
		int64_t one_ms = INT64_MAX;

		if (w != NULL)
			one_ms = l->of[i].asked < LLM_FRONT ? w->due_ms
							    : INT64_MAX - 1;
		if (one_ms < due_ms)
			due_ms = one_ms;
	}
	return due_ms;
}

void
llm_lines_wake(struct llm_lines *l, unsigned places, size_t n)
{
	for (size_t i = 0; i < LLM_LINES; i++) {
		struct llm_waiter *w = (i & places) != 0
		    ? TAILQ_FIRST(&l->of[i].list)
		    : NULL;

		for (size_t k = 0; k < n && w != NULL; k++) {
			w->due_ms = 0;
			w = TAILQ_NEXT(w, link);
		}
	}
}
