/* Circuits and pauses while the database is away. */
#include "tests/unit/common/unit.h"

#include "worker/handlers/llm_local.h"

#define NOW 1000000

static const struct llm_offer offers[] = {{0, 1, 1}, {1, 1, 1}};

static void
note(struct llm_local *one, enum llm_end end, int64_t retry_after_ms)
{
	const struct llm_report r = {
	    .end = end, .retry_after_ms = retry_after_ms};

	llm_local_note(one, &r, NOW);
}

static struct llm_pass
pick(const struct llm_local *list, int64_t now_ms)
{
	struct llm_pass pass;

	llm_local_pick(list, offers, 2, now_ms, &pass);
	return pass;
}

static void
test_order(void **state)
{
	struct llm_local list[2] = {0};
	struct llm_pass pass;

	(void)state;
	assert_int_equal(pick(list, NOW).verdict, LLM_GO);
	assert_int_equal(pick(list, NOW).at, 0);
	note(&list[0], LLM_END_LIMITED, 7000);
	assert_int_equal(pick(list, NOW).at, 1);
	note(&list[1], LLM_END_LIMITED, -1);
	pass = pick(list, NOW);
	assert_int_equal(pass.verdict, LLM_WAIT);
	assert_int_equal(pass.wait_ms, 1000); /* the shorter one */
	assert_int_equal(pick(list, NOW + 1000).at, 1);
	assert_int_equal(pick(list, NOW + 7000).at, 0);
	llm_local_pick(list, offers, 0, NOW, &pass);
	assert_int_equal(pass.verdict, LLM_DOWN);
}

static void
test_circuits(void **state)
{
	static const struct {
		int line;
		enum llm_end end;
		int times;
		int64_t open_ms;
	} rows[] = {
	    {__LINE__, LLM_END_OK, 9, 0},
	    {__LINE__, LLM_END_ALIVE, 9, 0},
	    {__LINE__, LLM_END_UNSENT, 9, 0},
	    {__LINE__, LLM_END_UNKNOWN, 9, 0},
	    {__LINE__, LLM_END_FAILED, 4, 0},
	    {__LINE__, LLM_END_FAILED, 5, 30000},
	    {__LINE__, LLM_END_AUTH, 1, 900000},
	    {__LINE__, LLM_END_QUOTA, 1, 3600000},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct llm_local list[2] = {0};

		for (int n = 0; n < rows[i].times; n++)
			note(&list[0], rows[i].end, -1);
		ROW_INT(&rows[i], pick(list, NOW).at, rows[i].open_ms > 0);
		ROW_INT(&rows[i], pick(list, NOW + rows[i].open_ms).at, 0);
		note(&list[0], LLM_END_OK, -1);
		ROW_INT(&rows[i], pick(list, NOW).at, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_circuits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
