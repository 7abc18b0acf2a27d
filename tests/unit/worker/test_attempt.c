#include "tests/unit/common/unit.h"

#include "worker/attempt.h"

#define COUNT 5000

static void
test_found_by_job_in_the_order_of_claims(void **state)
{
	struct attempts all;
	struct attempt *a;
	struct uuid ids[COUNT];
	int i;

	(void)state;
	attempts_init(&all, 100); /* far too small on purpose */
	for (i = 0; i < COUNT; i++) {
		uuid_mint(&ids[i]);
		a = attempts_add(&all, &ids[i], &uuid_nobody, NULL, "ECHO");
		a->job.token = i;
	}
	for (i = 1; i < COUNT; i += 2)
		attempts_remove(&all, attempts_find(&all, ids[i].text));
	assert_int_equal(all.n, COUNT / 2);
	for (i = 0; i < COUNT; i++) {
		a = attempts_find(&all, ids[i].text);
		assert_true((a != NULL) == (i % 2 == 0));
		assert_true(a == NULL || a->job.token == i);
	}
	i = 0;
	TAILQ_FOREACH (a, &all.list, link) {
		assert_int_equal(a->job.token, i);
		i += 2;
	}
	attempts_release(&all);
}

static void
test_job_points_into_the_attempt(void **state)
{
	struct attempts all;
	struct attempt *a;
	struct uuid id, session;

	(void)state;
	uuid_mint(&id);
	uuid_mint(&session);
	attempts_init(&all, 1);
	a = attempts_add(&all, &id, &uuid_nobody, &session, "SOME_TYPE");
	assert_string_equal(a->job.id, id.text);
	assert_string_equal(a->job.user_id, uuid_nobody.text);
	assert_string_equal(a->job.session_id, session.text);
	assert_string_equal(a->job.type, "SOME_TYPE");
	assert_null(a->job.payload);
	assert_null(attempts_find(&all, "not an id"));
	attempts_remove(&all, a);
	a = attempts_add(&all, &id, &uuid_nobody, NULL, "X");
	assert_null(a->job.session_id);
	attempts_release(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_found_by_job_in_the_order_of_claims),
	    cmocka_unit_test(test_job_points_into_the_attempt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
