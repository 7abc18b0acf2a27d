#include "tests/unit/common/unit.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/schema.h"

static char last[1000];

static void
keep(const char *line)
{
	(void)snprintf(last, sizeof last, "%s", line);
}

/* A result of SCHEMA_SQL; a version below 0 has no row. */
static PGresult *
make_result(int queue, int llm, int assistant)
{
	static char names[2][16] = {"component", "version"};
	static char components[3][16] = {"queue", "llm", "assistant"};
	const int versions[3] = {queue, llm, assistant};
	PGresult *r = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc columns[2] = {{.name = names[0]}, {.name = names[1]}};
	int row = 0;

	assert_non_null(r);
	assert_int_equal(PQsetResultAttrs(r, 2, columns), 1);
	for (int i = 0; i < 3; i++) {
		char text[16];

		if (versions[i] < 0)
			continue;
		(void)snprintf(text, sizeof text, "%d", versions[i]);
		assert_int_equal(PQsetvalue(r, row, 0, components[i],
				     (int)strlen(components[i])),
		    1);
		assert_int_equal(
		    PQsetvalue(r, row++, 1, text, (int)strlen(text)), 1);
	}
	return r;
}

static void
test_versions(void **state)
{
	static const struct {
		int line;
		int queue, llm, assistant;
		enum err want;
		const char *component;
	} rows[] = {
	    {__LINE__, SCHEMA_QUEUE, SCHEMA_LLM, SCHEMA_ASSISTANT, ERR_OK, ""},
	    {__LINE__, SCHEMA_QUEUE + 1, SCHEMA_LLM, SCHEMA_ASSISTANT + 7,
		ERR_OK, ""},
	    {__LINE__, SCHEMA_QUEUE - 1, SCHEMA_LLM, SCHEMA_ASSISTANT,
		ERR_BAD_INPUT, "component=queue"},
	    {__LINE__, SCHEMA_QUEUE, SCHEMA_LLM, SCHEMA_ASSISTANT - 1,
		ERR_BAD_INPUT, "component=assistant"},
	    {__LINE__, SCHEMA_QUEUE, SCHEMA_LLM - 1, SCHEMA_ASSISTANT,
		ERR_BAD_INPUT, "component=llm"},
	    {__LINE__, -1, SCHEMA_LLM, SCHEMA_ASSISTANT, ERR_BAD_INPUT,
		"component=queue has=0"},
	    {__LINE__, -1, -1, -1, ERR_BAD_INPUT, "component=queue"},
	};

	(void)state;
	log_capture(keep);
	for (size_t i = 0; i < ROWS(rows); i++) {
		PGresult *r = make_result(
		    rows[i].queue, rows[i].llm, rows[i].assistant);

		last[0] = '\0';
		ROW_INT(&rows[i], schema_judge(r), rows[i].want);
		ROW_TRUE(&rows[i], strstr(last, rows[i].component) != NULL);
		ROW_INT(&rows[i], strstr(last, "coatcheck migrate") != NULL,
		    rows[i].want != ERR_OK);
		PQclear(r);
	}
	log_capture(NULL);
}

static void
test_a_failed_result_is_no_schema(void **state)
{
	PGresult *r = PQmakeEmptyPGresult(NULL, PGRES_FATAL_ERROR);

	(void)state;
	assert_int_equal(schema_judge(r), ERR_DB);
	PQclear(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_versions),
	    cmocka_unit_test(test_a_failed_result_is_no_schema),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
