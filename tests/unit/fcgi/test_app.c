/*
 * Whole requests through the program with a web server in memory and a
 * database that is away: every refusal that comes before the database, in the
 * order of the checks, and what a client is told when it is needed.
 */
#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "fcgi/app.h"
#include "tests/unit/fcgi/fake.h"

#define COURSE "\"courseId\":\"web\""
#define TOPIC "\"topicId\":\"22222222-2222-4222-8222-222222222222\""
#define MODULE "\"moduleNo\":1"
#define AUTH "{auth}"   /* stands for the header with a good token */
#define TUTOR "{tutor}" /* the same of a tutor */
#define ASKED "\"question\":\"How many learn here?\""
#define GOOD "{\"questionId\":\"q\",\"prompt\":\"p\",\"answer\":\"äöüäöüäöüä\"}"
#define ASK_TUTOR "POST /tutors/assistant/query"
#define ASK_PERSONA "POST /api/persona-profiles/web/analyze"
#define ASK_LANDING "POST /api/landing-assistant/query"
#define ASK_COURSE "POST /assistant/query"
#define JOB "/landing-assistant/job/01890a5d-ac96-774b-bcce-b302099a8057"

#define VARIABLES 5

static const struct row {
	int line;
	const char *request, *header, *body;
	int status;
	const char *code; /* NULL: no problem */
	const char *message;
} rows[] = {
    {__LINE__, "GET /healthz", NULL, NULL, 200, NULL, NULL},
    {__LINE__, "HEAD /api/healthz", NULL, NULL, 200, NULL, NULL},
    {__LINE__, "OPTIONS " JOB, NULL, NULL, 204, NULL, NULL},
    {__LINE__, "GET /nothing", NULL, NULL, 404, "not_found", NULL},
    {__LINE__, "PUT /healthz", NULL, NULL, 405, "method_not_allowed", NULL},
    {__LINE__, "GET /healthz", "HTTP_ACCEPT=text/html", NULL, 406,
	"not_acceptable", NULL},
    {__LINE__, "GET /landing-assistant/job/7", NULL, NULL, 400,
	"invalid_job_id", "Invalid job ID"},
    {__LINE__, "DELETE /landing-assistant/job/7", NULL, NULL, 400,
	"invalid_job_id", "Invalid job ID"},
    /* Who asks, before what is asked. */
    {__LINE__, "GET /assistant/job/7", NULL, NULL, 401, "authorization_missing",
	"Authorization header is missing"},
    {__LINE__, ASK_COURSE, NULL, "{", 401, "authorization_missing",
	"Authorization header is missing"},
    {__LINE__, ASK_COURSE, "HTTP_AUTHORIZATION=Bearer ", "{}", 401,
	"token_missing", "Access token is missing"},
    {__LINE__, ASK_COURSE, "HTTP_AUTHORIZATION=Bearer x", "{}", 401,
	"token_invalid", "Access token is invalid"},
    /* Bodies. */
    {__LINE__, ASK_LANDING, "CONTENT_LENGTH=2000", "", 413, "too_large", NULL},
    {__LINE__, ASK_LANDING, "CONTENT_TYPE=text/plain", "{}", 415,
	"unsupported_media_type", NULL},
    {__LINE__, ASK_LANDING, NULL, NULL, 411, "length_required", NULL},
    {__LINE__, ASK_LANDING, NULL, "{\"a\"", 400, "bad_json",
	"Request body is not valid JSON"},
    {__LINE__, ASK_LANDING, NULL, "[]", 400, "bad_json",
	"Request body must be a JSON object"},
    {__LINE__, ASK_LANDING, NULL, "{\"question\":\"\\u0000\"}", 400, "bad_json",
	NULL},
    {__LINE__, ASK_LANDING, NULL, "{\"question\":\"\xc0\xaf\"}", 400,
	"bad_json", NULL},
    /* A visitor's question. */
    {__LINE__, ASK_LANDING, NULL, "{}", 400, "question_required",
	"Question is required"},
    {__LINE__, ASK_LANDING, NULL, "{\"question\":7}", 400, "question_required",
	"Question is required"},
    {__LINE__, ASK_LANDING, NULL, "{\"question\":\" \\t\\n\"}", 400,
	"question_required", "Question is required"},
    {__LINE__, ASK_LANDING, NULL, "{\"question\":\"a\",\"turnCount\":\"1\"}",
	400, "bad_turn_count", NULL},
    {__LINE__, ASK_LANDING, NULL, "{\"question\":\"a\",\"turnCount\":-1}", 400,
	"bad_turn_count", NULL},
    {__LINE__, ASK_LANDING, NULL, "{\"question\":\"a\",\"turnCount\":null}",
	503, "unavailable", NULL},
    /* A learner's. */
    {__LINE__, ASK_COURSE, AUTH, "{}", 400, "course_id_required",
	"courseId is required"},
    {__LINE__, ASK_COURSE, AUTH, "{\"courseId\":\" \"}", 400,
	"course_id_required", "courseId is required"},
    {__LINE__, ASK_COURSE, AUTH, "{" COURSE "}", 400, "topic_id_required",
	"topicId is required"},
    {__LINE__, ASK_COURSE, AUTH, "{" COURSE ",\"topicId\":\" \"}", 400,
	"topic_id_required", "topicId is required"},
    {__LINE__, ASK_COURSE, AUTH, "{" COURSE ",\"topicId\":null}", 400,
	"topic_id_required", "topicId is required"},
    {__LINE__, ASK_COURSE, AUTH, "{" COURSE ",\"topicId\":\"2\"}", 400,
	"bad_topic_id", "topicId must be a UUID"},
    {__LINE__, ASK_COURSE, AUTH, "{" COURSE ",\"topicId\":2}", 400,
	"bad_topic_id", "topicId must be a UUID"},
    {__LINE__, ASK_COURSE, AUTH, "{" COURSE "," TOPIC "}", 400,
	"question_required", "Question is required"},
    {__LINE__, ASK_COURSE, AUTH,
	"{" COURSE "," TOPIC ",\"suggestionId\":\"x\"}", 400,
	"bad_suggestion_id", "suggestionId must be a UUID"},
    {__LINE__, ASK_COURSE, AUTH, "{" COURSE "," TOPIC ",\"suggestionId\":7}",
	400, "bad_suggestion_id", "suggestionId must be a UUID"},
    {__LINE__, ASK_COURSE, AUTH, "{" COURSE "," TOPIC ",\"question\":\"q\"}",
	400, "module_no_required", "moduleNo is required for typed prompts"},
    {__LINE__, ASK_COURSE, AUTH,
	"{" COURSE "," TOPIC ",\"question\":\"q\",\"moduleNo\":\"\"}", 400,
	"module_no_required", "moduleNo is required for typed prompts"},
    {__LINE__, ASK_COURSE, AUTH,
	"{" COURSE "," TOPIC ",\"question\":\"q\",\"moduleNo\":\"3abc\"}", 400,
	"bad_module_no", "moduleNo must be a whole number"},
    {__LINE__, ASK_COURSE, AUTH,
	"{" COURSE "," TOPIC ",\"question\":\"q\",\"moduleNo\":1.0}", 400,
	"bad_module_no", "moduleNo must be a whole number"},
    /* Numbers, for who is here or has the token. */
    {__LINE__, "GET /metrics", NULL, NULL, 401, "metrics_token_needed", NULL},
    {__LINE__, "GET /metrics", "REMOTE_ADDR=192.0.2.7", NULL, 401,
	"metrics_token_needed", NULL},
    {__LINE__, "GET /metrics", "HTTP_AUTHORIZATION=Bearer scrap", NULL, 401,
	"metrics_token_needed", NULL},
    {__LINE__, "GET /metrics", "HTTP_AUTHORIZATION=Bearer ", NULL, 401,
	"metrics_token_needed", NULL},
    {__LINE__, "GET /metrics", "HTTP_ACCEPT=application/json", NULL, 406,
	"not_acceptable", NULL},
    {__LINE__, "GET /metrics", "REMOTE_ADDR=127.0.0.1", NULL, 503,
	"unavailable", NULL},
    {__LINE__, "GET /metrics", "REMOTE_ADDR=::1", NULL, 503, "unavailable",
	NULL},
    {__LINE__, "GET /metrics", "HTTP_AUTHORIZATION=Bearer scrape", NULL, 503,
	"unavailable", NULL},
    /* What a learner reads. */
    {__LINE__, "GET /assistant/session", NULL, NULL, 401,
	"authorization_missing", NULL},
    {__LINE__, "GET /assistant/session", AUTH, NULL, 400, "course_id_required",
	"courseId is required"},
    {__LINE__, "GET /assistant/session?courseId=+&topicId=1", AUTH, NULL, 400,
	"course_id_required", "courseId is required"},
    {__LINE__, "GET /assistant/session?courseId=%ff", AUTH, NULL, 400,
	"bad_course_id", NULL},
    {__LINE__, "GET /assistant/session?courseId=web", AUTH, NULL, 400,
	"topic_id_required", "topicId is required"},
    {__LINE__, "GET /assistant/session?courseId=web&topicId=7", AUTH, NULL, 400,
	"bad_topic_id", "topicId must be a UUID"},
    {__LINE__,
	"GET /assistant/session?courseId=web&topicId="
	"22222222-2222-4222-8222-222222222222",
	AUTH, NULL, 503, "unavailable", NULL},
    {__LINE__, "GET /lessons/courses/web/prompts?topicId=x", AUTH, NULL, 400,
	"bad_query", "Invalid query parameters"},
    {__LINE__, "GET /lessons/courses/web/prompts?parentSuggestionId=x", AUTH,
	NULL, 400, "bad_query", "Invalid query parameters"},
    {__LINE__, "GET /lessons/courses/web/prompts", AUTH, NULL, 503,
	"unavailable", NULL},
    {__LINE__, "GET /persona-profiles/web/status", AUTH, NULL, 503,
	"unavailable", NULL},
    {__LINE__, "GET /persona-profiles/%ff/status", AUTH, NULL, 404,
	"course_not_found", "Course not found"},
    {__LINE__, "GET /persona-profiles/job/7", AUTH, NULL, 400, "invalid_job_id",
	"Invalid job ID"},
    /* A tutor's question. */
    {__LINE__, ASK_TUTOR, NULL, "{}", 401, "authorization_missing", NULL},
    {__LINE__, ASK_TUTOR, AUTH, "{", 403, "not_tutor", "Tutor access required"},
    {__LINE__, ASK_TUTOR, TUTOR, "{}", 400, "course_id_required",
	"courseId is required"},
    {__LINE__, ASK_TUTOR, TUTOR, "{" COURSE "}", 400, "question_required",
	"question is required"},
    {__LINE__, ASK_TUTOR, TUTOR, "{" COURSE "," ASKED ",\"history\":{}}", 400,
	"bad_history", NULL},
    {__LINE__, ASK_TUTOR, TUTOR, "{" COURSE "," ASKED ",\"history\":[1]}", 400,
	"bad_history", NULL},
    {__LINE__, ASK_TUTOR, TUTOR,
	"{" COURSE "," ASKED ",\"history\":[{\"role\":\"system\","
	"\"content\":\"x\"}]}",
	400, "bad_history", NULL},
    {__LINE__, ASK_TUTOR, TUTOR,
	"{" COURSE "," ASKED ",\"history\":[{\"role\":\"user\"}]}", 400,
	"bad_history", NULL},
    {__LINE__, ASK_TUTOR, TUTOR,
	"{" COURSE "," ASKED ",\"history\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
	"0,0,0,0,0]}",
	400, "bad_history", NULL},
    {__LINE__, ASK_TUTOR, TUTOR,
	"{" COURSE "," ASKED ",\"history\":[{\"role\":\"user\","
	"\"content\":\"x\"}]}",
	503, "unavailable", NULL},
    {__LINE__, ASK_TUTOR, TUTOR, "{" COURSE "," ASKED "}", 503, "unavailable",
	NULL},
    {__LINE__, ASK_TUTOR, TUTOR, "{" COURSE "," ASKED ",\"cohortId\":null}",
	503, "unavailable", NULL},
    /* A cohort that is not understood must not become the whole course. */
    {__LINE__, ASK_TUTOR, TUTOR, "{" COURSE "," ASKED ",\"cohortId\":7}", 400,
	"bad_cohort_id", "cohortId must be a text"},
    /* A questionnaire. */
    {__LINE__, ASK_PERSONA, AUTH, "{}", 400, "bad_responses",
	"responses must be an array of 2 to 6 answers"},
    {__LINE__, ASK_PERSONA, AUTH, "{\"responses\":[" GOOD "]}", 400,
	"bad_responses", "responses must be an array of 2 to 6 answers"},
    {__LINE__, ASK_PERSONA, AUTH, "{\"responses\":[" GOOD ",7]}", 400,
	"bad_responses",
	"responses[1].questionId must be a text of 1 to 64 characters"},
    {__LINE__, ASK_PERSONA, AUTH,
	"{\"responses\":[{\"questionId\":\"q\",\"prompt\":\"p\","
	"\"answer\":\"too short\"}," GOOD "]}",
	400, "bad_responses",
	"responses[0].answer must be a text of 10 to 2000 characters"},
    {__LINE__, ASK_PERSONA, AUTH, "{\"responses\":[" GOOD "," GOOD "]}", 503,
	"unavailable", NULL},
    /* The database is away: only now does it matter. */
    {__LINE__, ASK_COURSE, AUTH,
	"{" COURSE "," TOPIC ",\"question\":\"q\"," MODULE "}", 503,
	"unavailable", NULL},
    {__LINE__, ASK_COURSE, AUTH,
	"{" COURSE "," TOPIC ",\"question\":\"q\",\"moduleNo\":\" 2 \"}", 503,
	"unavailable", NULL},
    {__LINE__, ASK_COURSE, AUTH,
	"{" COURSE "," TOPIC ",\"suggestionId\":"
	"\"33333333-3333-4333-8333-333333333333\"}",
	503, "unavailable", NULL},
    {__LINE__, "GET " JOB, NULL, NULL, 503, "unavailable", NULL},
    {__LINE__, "DELETE " JOB, NULL, NULL, 503, "unavailable", NULL},
    {__LINE__, "GET /health", NULL, NULL, 503, NULL, NULL},
    {__LINE__, "GET /readyz", NULL, NULL, 503, NULL, NULL},
};

static struct app app;

static int
setup(void **state)
{
	(void)state;
	log_init("test", LOG_ERR);
	clock_fake(-1, FAKE_NOW_MS);
	app.conf = fake_conf();
	app.db = (struct db){.conf = app.conf, .pool = pool_new(app.conf)};
	app.bell = bell_new(&app.db, false);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bell_free(app.bell);
	pool_free(app.db.pool);
	return 0;
}

static void
serve(const struct row *r, struct fake *f)
{
	struct buf env[VARIABLES];
	const char *list[VARIABLES + 2] = {"HTTP_X_REQUEST_ID=rq-1"};
	const char *uri = strchr(r->request, ' ') + 1;
	int n = 1;

	for (int i = 0; i < VARIABLES; i++)
		buf_init(&env[i], 4096);
	buf_add_str(&env[0], "REQUEST_METHOD=");
	buf_add(&env[0], r->request, (size_t)(uri - 1 - r->request));
	buf_printf(&env[1], "REQUEST_URI=%s", uri);
	if (strchr(uri, '?') != NULL)
		buf_printf(&env[4], "QUERY_STRING=%s", strchr(uri, '?') + 1);
	if (r->header != NULL && *r->header == '{') {
		struct buf token;

		buf_init(&token, 4096);
		fake_token("{\"alg\":\"HS256\"}",
		    strcmp(r->header, TUTOR) == 0
			? "{\"sub\":\"" FAKE_USER
			  "\",\"exp\":1800000600,\"role\":\"tutor\"}"
			: "{\"sub\":\"" FAKE_USER "\",\"exp\":1800000600}",
		    FAKE_SECRET, &token);
		buf_printf(
		    &env[2], "HTTP_AUTHORIZATION=Bearer %s", buf_str(&token));
		buf_release(&token);
	} else if (r->header != NULL) {
		buf_add_str(&env[2], r->header);
	}
	if (r->body != NULL &&
	    strncmp(buf_str(&env[2]), "CONTENT_LENGTH", 14) != 0)
		buf_printf(&env[3], "CONTENT_LENGTH=%zu", strlen(r->body));
	for (int i = 0; i < VARIABLES; i++) {
		if (env[i].len > 0)
			list[n++] = buf_str(&env[i]);
	}
	fake_init(f, list, r->body);
	app_serve(&app, &f->io);
	for (int i = 0; i < VARIABLES; i++)
		buf_release(&env[i]);
}

static void
check_problem(const struct row *r, const struct fake *f)
{
	const char *body = fake_body(f), *why;
	json_object *problem = NULL;
	char type[256];
	int64_t status;

	ROW_STR(r, fake_header(f, "Content-Type", type),
	    "application/problem+json");
	ROW_INT(
	    r, json_parse_object(body, strlen(body), &problem, &why), ERR_OK);
	ROW_STR(r, json_str(problem, "code"), r->code);
	ROW_STR(r, json_str(problem, "type"), "about:blank");
	ROW_STR(r, json_str(problem, "requestId"), "rq-1");
	ROW_STR(r, json_str(problem, "message"), json_str(problem, "detail"));
	ROW_TRUE(r, json_get_int(problem, "status", &status));
	ROW_INT(r, status, r->status);
	if (r->message != NULL)
		ROW_STR(r, json_str(problem, "message"), r->message);
	json_object_put(problem);
}

static void
test_requests(void **state)
{
	char value[256];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct row *r = &rows[i];
		int64_t status = 0;
		struct fake f;

		serve(r, &f);
		fake_header(&f, "Status", value);
		for (const char *c = value; *c >= '0' && *c <= '9'; c++)
			status = status * 10 + (*c - '0');
		ROW_INT(r, status, r->status);
		ROW_STR(r, fake_header(&f, "Cache-Control", value), "no-store");
		ROW_STR(r, fake_header(&f, "X-Request-Id", value), "rq-1");
		if (r->code != NULL)
			check_problem(r, &f);
		if (r->status == 503 && r->code != NULL)
			ROW_STR(r, fake_header(&f, "Retry-After", value), "2");
		if (r->status == 401)
			ROW_STR(r, fake_header(&f, "WWW-Authenticate", value),
			    "Bearer");
		if (r->status == 405 || r->status == 204)
			ROW_TRUE(r, *fake_header(&f, "Allow", value) != '\0');
		fake_release(&f);
	}
}

static void
test_health_bodies(void **state)
{
	static const struct {
		int line;
		const char *path, *body;
	} cases[] = {
	    {__LINE__, "GET /healthz", "{\"status\":\"ok\"}"},
	    {__LINE__, "GET /health",
		"{\"status\":\"degraded\",\"database\":\"unavailable\"}"},
	    {__LINE__, "GET /readyz",
		"{\"status\":\"unavailable\",\"reasons\":["
		"\"the database is unavailable\"]}"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct row r = {.request = cases[i].path};
		struct fake f;

		serve(&r, &f);
		ROW_STR(&cases[i], fake_body(&f), cases[i].body);
		fake_release(&f);
	}
}

/* Counted in characters, not in bytes. */
static void
test_question_length(void **state)
{
	struct conf conf = *fake_conf();
	struct buf body;

	(void)state;
	conf.web.body_max = 65536;
	app.conf = &conf;
	buf_init(&body, 65536);
	for (int length = 3999; length <= 4001; length++) {
		struct row r = {.request = ASK_LANDING};
		char status[256];
		struct fake f;

		buf_clear(&body);
		buf_add_str(&body, "{\"question\":\" ");
		for (int i = 0; i < length; i++)
			buf_add_str(&body, "\xe2\x82\xac");
		buf_add_str(&body, " \"}");
		r.body = buf_str(&body);
		serve(&r, &f);
		fake_header(&f, "Status", status);
		assert_memory_equal(status, length <= 4000 ? "503" : "400", 3);
		fake_release(&f);
	}
	buf_release(&body);
	app.conf = fake_conf();
}

static void
test_client_gone(void **state)
{
	const char *env[] = {
	    "REQUEST_METHOD=GET", "REQUEST_URI=/healthz", NULL};
	struct fake f;

	(void)state;
	fake_init(&f, env, NULL);
	f.fail_write = 1;
	app_serve(&app, &f.io);
	assert_string_equal(buf_str(&f.out), "");
	fake_release(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_requests),
	    cmocka_unit_test(test_health_bodies),
	    cmocka_unit_test(test_question_length),
	    cmocka_unit_test(test_client_gone),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
