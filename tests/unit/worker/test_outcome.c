#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/mem.h"
#include "worker/outcome.h"

static json_object *
object_of(const char *key, const char *value)
{
	json_object *o = json_object_new_object();

	json_add_str(o, key, value);
	return o;
}

static void
list_add(struct outcome_list *list, struct outcome *o, int64_t token)
{
	assert_true(uuid_parse(
	    "01a20acb-1345-793f-9577-190051215fb0", UUID_TEXT_LEN, &o->job_id));
	o->token = token;
	TAILQ_INSERT_TAIL(list, o, link);
}

static void
list_free(struct outcome_list *list)
{
	struct outcome *o;

	while ((o = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, o, link);
		outcome_free(o);
	}
}

static void
test_arrays_of_all_kinds(void **state)
{
	struct outcome_list list = TAILQ_HEAD_INITIALIZER(list);
	struct outcome_arrays a;

	(void)state;
	list_add(&list, outcome_completed(object_of("a", "x\"y"), NULL), 11);
	list_add(&list,
	    outcome_failed(OUTCOME_RETRY, "Later.", "busy", "d", 250, NULL),
	    12);
	list_add(&list,
	    outcome_failed(OUTCOME_FAILED, "No.", "bad", NULL, 0, NULL), 13);
	assert_int_equal(outcomes_batch(&list), 3);
	assert_int_equal(outcomes_format(&list, 3, &a), ERR_OK);
	assert_string_equal(a.values[0],
	    "{\"01a20acb-1345-793f-9577-190051215fb0\","
	    "\"01a20acb-1345-793f-9577-190051215fb0\","
	    "\"01a20acb-1345-793f-9577-190051215fb0\"}");
	assert_string_equal(a.values[1], "{11,12,13}");
	assert_string_equal(
	    a.values[2], "{\"COMPLETED\",\"RETRY\",\"FAILED\"}");
	assert_string_equal(
	    a.values[3], "{\"{\\\"a\\\":\\\"x\\\\\\\"y\\\"}\",NULL,NULL}");
	assert_string_equal(a.values[4], "{NULL,NULL,NULL}");
	assert_string_equal(a.values[5], "{NULL,\"Later.\",\"No.\"}");
	assert_string_equal(a.values[6], "{NULL,\"busy\",\"bad\"}");
	assert_string_equal(a.values[7], "{NULL,\"d\",NULL}");
	assert_string_equal(a.values[8], "{0,250,0}");
	outcome_arrays_release(&a);
	list_free(&list);
}

static void
test_failure_texts_are_storable(void **state)
{
	char *long_text = x_alloc(8u << 20);
	struct outcome *o;

	(void)state;
	memset(long_text, 'e', (8u << 20) - 1);
	memcpy(long_text + 999, "\xc3\xa9", 2); /* across the end */
	o = outcome_failed(
	    OUTCOME_FAILED, long_text, "\xff", "\xc3\xa9 \xf0\x9f", 0, NULL);
	assert_int_equal(strlen(o->error), 999);
	assert_string_equal(o->code, "(not UTF-8)");
	assert_string_equal(o->detail, "(not UTF-8)");
	outcome_free(o);
	mem_free(long_text);
}

static void
test_replaced_is_a_plain_failure(void **state)
{
	struct outcome *o = outcome_completed(
	    object_of("a", "b"), object_of("c", "d"));

	(void)state;
	outcome_replace(o);
	assert_int_equal(o->kind, OUTCOME_FAILED);
	assert_null(o->result);
	assert_null(o->effects);
	assert_string_equal(o->code, "result_unstorable");
	assert_true(o->is_replaced && o->is_suspect);
	outcome_free(o);
}

static void
test_batch_ends(void **state)
{
	struct outcome_list list = TAILQ_HEAD_INITIALIZER(list);
	struct outcome *o;

	(void)state;
	assert_int_equal(outcomes_batch(&list), 0);
	for (int i = 0; i < OUTCOMES_MAX + 20; i++)
		list_add(
		    &list, outcome_completed(object_of("a", "b"), NULL), i + 1);
	assert_int_equal(outcomes_batch(&list), OUTCOMES_MAX);
	o = TAILQ_FIRST(&list);
	o = TAILQ_NEXT(TAILQ_NEXT(o, link), link);
	o->bytes = OUTCOMES_BYTES_MAX; /* the third does not fit */
	assert_int_equal(outcomes_batch(&list), 2);
	o->bytes = 9;
	o->is_suspect = true;
	assert_int_equal(outcomes_batch(&list), 2);
	TAILQ_FIRST(&list)->is_suspect = true;
	assert_int_equal(outcomes_batch(&list), 1);
	TAILQ_FIRST(&list)->is_suspect = false;
	TAILQ_FIRST(&list)->bytes = OUTCOMES_BYTES_MAX + 1;
	assert_int_equal(outcomes_batch(&list), 1);
	list_free(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_arrays_of_all_kinds),
	    cmocka_unit_test(test_failure_texts_are_storable),
	    cmocka_unit_test(test_replaced_is_a_plain_failure),
	    cmocka_unit_test(test_batch_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
