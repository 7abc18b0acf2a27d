/* Lines of calls that wait for a bucket. */
#include "tests/unit/common/unit.h"

#include <string.h>

#include "worker/handlers/llm_line.h"

#define CROWD 10000
#define MANY 2000 /* admitted of them */
#define TURN_MS 10

static struct llm_lines lines;
static struct llm_waiter crowd[CROWD];
static struct llm_waiter_list asked;

static int
set_up(void **state)
{
	(void)state;
	memset(crowd, 0, sizeof crowd);
	llm_lines_init(&lines);
	TAILQ_INIT(&asked);
	for (size_t i = 0; i < CROWD; i++) {
		crowd[i].nth = i;
		crowd[i].places = 1;
		crowd[i].deadline_ms = INT64_MAX;
	}
	return 0;
}

static void
test_order(void **state)
{
	(void)state;
	crowd[0].due_ms = 20;
	crowd[2].due_ms = 5;
	llm_lines_add(&lines, &crowd[2]);
	llm_lines_add(&lines, &crowd[0]);
	llm_lines_add(&lines, &crowd[1]);
	crowd[3].places = 2;
	llm_lines_add(&lines, &crowd[3]);
	assert_int_equal(llm_lines_due_ms(&lines), 0);
	llm_lines_take_due(&lines, 19, &asked);
	assert_ptr_equal(TAILQ_FIRST(&asked), &crowd[3]);
	assert_null(TAILQ_NEXT(&crowd[3], link));
	assert_int_equal(llm_lines_due_ms(&lines), 20);
	llm_lines_take_due(&lines, 20, &asked);
	for (size_t i = 0; i < 3; i++) {
		llm_waiter_move_first(&crowd[3], &asked);
		llm_waiter_move(&crowd[3], NULL);
		assert_ptr_equal(TAILQ_FIRST(&asked), &crowd[i]);
		llm_waiter_move(&crowd[i], NULL);
	}
	assert_int_equal(llm_lines_due_ms(&lines), INT64_MAX);
}

static void
test_wake_and_late(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		crowd[i].due_ms = 5000;
		crowd[i].places = i % 2 == 0 ? 1 : 3;
		crowd[i].deadline_ms = i == 2 ? 100 : 1000;
		llm_lines_add(&lines, &crowd[i]);
	}
	llm_lines_wake(&lines, 4, 1);
	llm_lines_take_due(&lines, 10, &asked);
	assert_true(TAILQ_EMPTY(&asked));
	llm_lines_wake(&lines, 2, 1);
	llm_lines_take_due(&lines, 10, &asked);
	assert_ptr_equal(TAILQ_FIRST(&asked), &crowd[1]);
	llm_lines_take_late(&lines, 100, &asked);
	assert_ptr_equal(TAILQ_NEXT(&crowd[1], link), &crowd[2]);
	assert_null(TAILQ_NEXT(&crowd[2], link));
}

/* Ten thousand wait for a bucket that lets one through every 10 ms: each is
 * asked for once, and then a few times near the front, and they go in order. */
static void
test_a_crowd(void **state)
{
	int64_t free_ms = TURN_MS, now_ms;
	size_t total = 0, went = 0;

	(void)state;
	for (size_t i = 0; i < CROWD; i++)
		llm_lines_join(&lines, &crowd[i], &asked);
	for (now_ms = 0; went < MANY; now_ms++) {
		int64_t wait_ms = 0;
		struct llm_waiter *w;

		llm_lines_take_due(&lines, now_ms, &asked);
		while ((w = TAILQ_FIRST(&asked)) != NULL) {
			total++;
			lines.of[1].asked--;
			if (free_ms <= now_ms) {
				assert_ptr_equal(w, &crowd[went]);
				llm_waiter_move(w, NULL);
				went++;
				free_ms = now_ms + TURN_MS;
				continue;
			}
			w->due_ms = free_ms + wait_ms;
			wait_ms += TURN_MS;
			llm_lines_add(&lines, w);
		}
	}
	assert_in_range(now_ms, MANY * TURN_MS, MANY * TURN_MS + 100);
	assert_in_range(total, CROWD, CROWD + 3 * MANY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_order, set_up),
	    cmocka_unit_test_setup(test_wake_and_late, set_up),
	    cmocka_unit_test_setup(test_a_crowd, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
