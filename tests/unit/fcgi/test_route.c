/* The table of routes: which path and method go where, and what Allow says. */
#include "tests/unit/common/unit.h"

#include <string.h>

#include "fcgi/api.h"

static const struct row {
	int line;
	enum method method;
	const char *path;
	enum err e;
	void (*handle)(struct call *call);
	const char *arg;     /* NULL if none */
	const char *allowed; /* of a path that exists */
} rows[] = {
#define ID "01890a5d-ac96-774b-bcce-b302099a8057"
    {__LINE__, METHOD_POST, "/landing-assistant/query", ERR_OK, api_ask_landing,
	NULL, "POST, OPTIONS"},
    {__LINE__, METHOD_POST, "/assistant/query", ERR_OK, api_ask_course, NULL,
	"POST, OPTIONS"},
    {__LINE__, METHOD_POST, "/assistant/query/", ERR_OK, api_ask_course, NULL,
	"POST, OPTIONS"},
    {__LINE__, METHOD_GET, "/assistant/job/" ID, ERR_OK, api_get_job, ID,
	"GET, HEAD, DELETE, OPTIONS"},
    {__LINE__, METHOD_HEAD, "/assistant/job/" ID, ERR_OK, api_get_job, ID,
	"GET, HEAD, DELETE, OPTIONS"},
    {__LINE__, METHOD_DELETE, "/landing-assistant/job/x/", ERR_OK,
	api_cancel_job, "x", "GET, HEAD, DELETE, OPTIONS"},
    {__LINE__, METHOD_GET, "/health", ERR_OK, api_health, NULL,
	"GET, HEAD, OPTIONS"},
    {__LINE__, METHOD_GET, "/healthz", ERR_OK, api_healthz, NULL,
	"GET, HEAD, OPTIONS"},
    {__LINE__, METHOD_GET, "/readyz", ERR_OK, api_readyz, NULL,
	"GET, HEAD, OPTIONS"},
    /* A path that exists, a method that does not. */
    {__LINE__, METHOD_GET, "/assistant/query", ERR_BAD_INPUT, NULL, NULL,
	"POST, OPTIONS"},
    {__LINE__, METHOD_OPTIONS, "/readyz", ERR_BAD_INPUT, NULL, NULL,
	"GET, HEAD, OPTIONS"},
    {__LINE__, METHOD_OTHER, "/healthz", ERR_BAD_INPUT, NULL, NULL,
	"GET, HEAD, OPTIONS"},
    {__LINE__, METHOD_POST, "/assistant/job/" ID, ERR_BAD_INPUT, NULL, NULL,
	"GET, HEAD, DELETE, OPTIONS"},
    /* No such path. */
    {__LINE__, METHOD_GET, "", ERR_NOT_FOUND, NULL, NULL, ""},
    {__LINE__, METHOD_GET, "/", ERR_NOT_FOUND, NULL, NULL, ""},
    {__LINE__, METHOD_GET, "health", ERR_NOT_FOUND, NULL, NULL, ""},
    {__LINE__, METHOD_GET, "/Health", ERR_NOT_FOUND, NULL, NULL, ""},
    {__LINE__, METHOD_GET, "/health/x", ERR_NOT_FOUND, NULL, NULL, ""},
    {__LINE__, METHOD_GET, "//health", ERR_NOT_FOUND, NULL, NULL, ""},
    {__LINE__, METHOD_GET, "/health//", ERR_NOT_FOUND, NULL, NULL, ""},
    {__LINE__, METHOD_GET, "/assistant/job", ERR_NOT_FOUND, NULL, NULL, ""},
    {__LINE__, METHOD_GET, "/assistant/job/", ERR_NOT_FOUND, NULL, NULL, ""},
    {__LINE__, METHOD_GET, "/assistant/job//", ERR_NOT_FOUND, NULL, NULL, ""},
    {__LINE__, METHOD_GET, "/assistant/job/a/b", ERR_NOT_FOUND, NULL, NULL, ""},
    {__LINE__, METHOD_GET, "/assistant/job{}", ERR_NOT_FOUND, NULL, NULL, ""},
};

static void
test_route_find(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct row *r = &rows[i];
		struct route_match m = {0};
		unsigned allowed;
		struct buf allow;

		ROW_INT(r,
		    route_find(api_routes, api_route_count, r->method, r->path,
			&m, &allowed),
		    r->e);
		buf_init(&allow, 100);
		route_allow(allowed, &allow);
		ROW_STR(r, buf_str(&allow), r->allowed);
		buf_release(&allow);
		if (r->e != ERR_OK) {
			ROW_TRUE(r, m.route == NULL);
			continue;
		}
		ROW_TRUE(r, m.route->handle == r->handle);
		if (r->arg == NULL) {
			ROW_TRUE(r, m.arg == NULL);
			continue;
		}
		ROW_INT(r, m.arg_len, strlen(r->arg));
		ROW_TRUE(r, memcmp(m.arg, r->arg, m.arg_len) == 0);
	}
}

static void
test_method_parse(void **state)
{
	(void)state;
	assert_int_equal(method_parse("GET"), METHOD_GET);
	assert_int_equal(method_parse("DELETE"), METHOD_DELETE);
	assert_int_equal(method_parse("get"), METHOD_OTHER);
	assert_int_equal(method_parse(""), METHOD_OTHER);
	assert_int_equal(method_parse("PUT"), METHOD_OTHER);
}

/* A job route without a family would know neither type nor owner. */
static void
test_families(void **state)
{
	static const struct {
		const char *start, *type, *role;
	} families[] = {
	    {"/landing-assistant/", "LANDING_QUERY", NULL},
	    {"/assistant/", "AI_QUERY", NULL},
	    {"/lessons/", "AI_QUERY", NULL},
	    {"/tutors/assistant/query", "TUTOR_COPILOT", "tutor"},
	    {"/tutors/", "TUTOR_COPILOT", NULL},
	    {"/persona-profiles/", "PERSONA_CLASSIFY", NULL},
	    {"/", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < api_route_count; i++) {
		const struct route *r = &api_routes[i];
		size_t n = 0;

		while (strncmp(r->pattern, families[n].start,
			   strlen(families[n].start)) != 0)
			n++;
		if (families[n].type == NULL) {
			assert_null(r->family);
			continue;
		}
		assert_non_null(r->family);
		assert_int_equal(r->family->is_public, n == 0);
		assert_string_equal(r->family->job_type, families[n].type);
		assert_true(families[n].role == NULL
			? r->role == NULL
			: strcmp(r->role, families[n].role) == 0);
		assert_memory_equal(r->family->job_path, r->pattern,
		    n == 2 ? 1 : strcspn(r->pattern + 1, "/"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_route_find),
	    cmocka_unit_test(test_method_parse),
	    cmocka_unit_test(test_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
