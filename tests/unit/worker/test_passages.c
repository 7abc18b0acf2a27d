#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/buf.h"
#include "worker/assistant/passages.h"

static const char found[] =
    "{\"courseName\":\"Databases\",\"found\":true,\"passages\":["
    "{\"chunkId\":1,\"title\":\"Keys\",\"url\":\"/keys\",\"content\":\"A.\","
    "\"relevance\":1.000},"
    "{\"chunkId\":2,\"title\":\"Keys\",\"url\":\"/keys\",\"content\":\"B.\","
    "\"relevance\":0.6},"
    "{\"chunkId\":3,\"title\":\"Joins\",\"url\":null,\"content\":\"C.\","
    "\"relevance\":0.51},"
    "{\"chunkId\":4,\"title\":\"Rest\",\"content\":\"D.\",\"relevance\":0.5}],"
    "\"terms\":[{\"word\":\"keys\",\"stem\":\"key\",\"weight\":2},"
    "{\"word\":\"Key\",\"stem\":\"key\",\"weight\":2},"
    "{\"word\":\"join\",\"stem\":\"join\",\"weight\":1.5}]}";

static void
test_read(void **state)
{
	struct passages p;

	(void)state;
	assert_int_equal(passages_read(found, 0.51, &p), ERR_OK);
	assert_string_equal(p.course, "Databases");
	assert_true(p.is_found);
	assert_int_equal(p.count, 3);
	assert_string_equal(p.list[2].content, "C.");
	assert_string_equal(p.list[2].url, "");
	assert_int_equal(p.term_count, 3);
	assert_true(p.total > 3.49 && p.total < 3.51);
	assert_int_equal(passages_stem(&p, "KEYS", 4), 0);
	assert_int_equal(passages_stem(&p, "key", 3), 0);
	assert_int_equal(passages_stem(&p, "joins", 4), 1);
	assert_int_equal(passages_stem(&p, "joins", 5), -1);
	passages_release(&p);
}

static void
test_sources(void **state)
{
	struct passages p;
	json_object *s;

	(void)state;
	assert_int_equal(passages_read(found, 0, &p), ERR_OK);
	s = passages_sources(&p, UINT32_MAX);
	assert_string_equal(json_text(s),
	    "[{\"title\":\"Keys\",\"url\":\"/keys\"},{\"title\":\"Joins\"},"
	    "{\"title\":\"Rest\"}]");
	json_object_put(s);
	s = passages_sources(&p, 1U << 1);
	assert_string_equal(
	    json_text(s), "[{\"title\":\"Keys\",\"url\":\"/keys\"}]");
	json_object_put(s);
	s = passages_sources(&p, 0);
	assert_string_equal(json_text(s), "[]");
	json_object_put(s);
	passages_release(&p);
}

static void
test_missing_members(void **state)
{
	struct passages p;

	(void)state;
	assert_int_equal(passages_read("{}", 0.5, &p), ERR_OK);
	assert_false(p.is_found);
	assert_string_equal(p.course, "");
	assert_int_equal(p.count, 0);
	assert_int_equal(passages_stem(&p, "a", 1), -1);
	passages_release(&p);
	assert_int_equal(
	    passages_read("{\"passages\":[3,null],\"terms\":{}}", 0, &p),
	    ERR_OK);
	assert_int_equal(p.count, 2);
	assert_string_equal(p.list[0].content, "");
	passages_release(&p);
}

static void
test_not_an_object(void **state)
{
	struct passages p;

	(void)state;
	assert_int_equal(passages_read("", 0, &p), ERR_BAD_INPUT);
	assert_int_equal(passages_read("[]", 0, &p), ERR_BAD_INPUT);
}

/* More stems than fit are left out, not written past the end. */
static void
test_many_stems(void **state)
{
	struct passages p;
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	buf_add_str(&b, "{\"terms\":[");
	for (int i = 0; i < STEMS_MAX + 8; i++)
		buf_printf(&b,
		    "%s{\"word\":\"w%d\",\"stem\":\"s%d\",\"weight\":1}",
		    i > 0 ? "," : "", i, i);
	buf_add_str(&b, "]}");
	assert_int_equal(passages_read(buf_str(&b), 0, &p), ERR_OK);
	assert_int_equal(p.term_count, STEMS_MAX);
	assert_int_equal(passages_stem(&p, "w31", 3), 31);
	assert_int_equal(passages_stem(&p, "w32", 3), -1);
	passages_release(&p);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_sources),
	    cmocka_unit_test(test_missing_members),
	    cmocka_unit_test(test_not_an_object),
	    cmocka_unit_test(test_many_stems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
