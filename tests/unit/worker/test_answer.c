/*
 * The way of a question through search, model and extraction, with the
 * database, the wire and the engine replaced.
 *
 * link: -Wl,--wrap=pgpool_send,--wrap=pgquery_cancel
 * link: -Wl,--wrap=transfer_start,--wrap=transfer_cancel
 * link: -Wl,--wrap=job_complete,--wrap=job_retry,--wrap=job_fail
 */
#include "tests/unit/common/unit.h"

#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/mem.h"
#include "worker/assistant/assistant.h"
#include "worker/handlers/llm.h"
#include "worker/pgconn.h"
#include "worker/transfer.h"

#define COURSE "c0000000-0000-4000-8000-000000000001"

struct pgquery *__wrap_pgpool_send(struct pgpool *p, enum pgquery_kind kind,
    const char *sql, int n, const char *const *values, int64_t timeout_ms,
    pgquery_fn done, void *ctx);
void __wrap_pgquery_cancel(struct pgquery *q);
struct transfer *__wrap_transfer_start(struct transfers *t,
    const struct transfer_request *request, transfer_fn done, void *ctx);
void __wrap_transfer_cancel(struct transfer *t);
void __wrap_job_complete(
    struct job *job, json_object *result, json_object *effects);
void __wrap_job_retry(struct job *job, const char *error, const char *code,
    const char *detail, int64_t retry_after_ms, json_object *effects);
void __wrap_job_fail(struct job *job, const char *error, const char *code,
    const char *detail, json_object *effects);

static const char found[] =
    "{\"courseName\":\"Databases\",\"found\":true,\"passages\":["
    "{\"title\":\"Keys\",\"url\":null,\"content\":\"A primary key identifies "
    "one row.\",\"relevance\":1.000}],\"terms\":[{\"word\":\"key\",\"stem\":"
    "\"key\",\"weight\":2}]}";
static const char fact[] =
    "{\"courseName\":null,\"found\":true,\"passages\":[{\"title\":\"Next\","
    "\"content\":\"The next cohort is Heron. It has 20 seats.\","
    "\"relevance\":1}],\"terms\":[]}";
static const char nothing[] =
    "{\"courseName\":\"Databases\",\"found\":true,\"passages\":[{\"title\":"
    "\"Keys\",\"content\":\"A key.\",\"relevance\":0.2}],\"terms\":[]}";

/* What went out, and the one callback that is awaited. */
static struct {
	char *sql, *params, *url, *body, *authorization;
	pgquery_fn on_rows;
	transfer_fn on_reply;
	void *ctx;
	bool is_query_cancelled, is_call_cancelled;
	char *end, *result, *effects, *error, *code, *log;
	int64_t retry_after_ms;
} seen;

static char key[] = "sk-secret", base_url[] = "http://llm/v1", no_url[] = "";
static char model[] = "m1", token_param[] = "max_tokens";
static char threshold[] = "0.51", brand[] = "Harbour Lane";
static struct conf conf;
static struct assistant assistant = {.conf = &conf};
static struct services services = {.conf = &conf, .shared = &assistant};
static struct job job;

struct pgquery *
__wrap_pgpool_send(struct pgpool *p, enum pgquery_kind kind, const char *sql,
    int n, const char *const *values, int64_t timeout_ms, pgquery_fn done,
    void *ctx)
{
	struct buf b;

	(void)p;
	assert_int_equal(kind, PGQUERY_REPEATABLE);
	assert_int_equal(timeout_ms, 1000);
	buf_init(&b, 10000);
	for (int i = 0; i < n; i++)
		buf_printf(&b, "%s|", values[i]);
	seen.params = buf_take(&b);
	seen.sql = x_strdup(sql);
	seen.on_rows = done;
	seen.ctx = ctx;
	return (struct pgquery *)&seen;
}

void
__wrap_pgquery_cancel(struct pgquery *q)
{
	assert_ptr_equal(q, &seen);
	seen.is_query_cancelled = true;
}

struct transfer *
__wrap_transfer_start(struct transfers *t,
    const struct transfer_request *request, transfer_fn done, void *ctx)
{
	(void)t;
	seen.url = x_strdup(request->url);
	seen.body = x_strndup(request->body, request->body_len);
	assert_string_equal(
	    request->headers[0], "Content-Type: application/json");
	seen.authorization = x_strdup(
	    request->headers[1] != NULL ? request->headers[1] : "");
	seen.on_reply = done;
	seen.ctx = ctx;
	return (struct transfer *)&seen;
}

void
__wrap_transfer_cancel(struct transfer *t)
{
	assert_ptr_equal(t, &seen);
	seen.is_call_cancelled = true;
}

void
__wrap_job_complete(struct job *j, json_object *result, json_object *effects)
{
	assert_null(j->state);
	seen.end = x_strdup("complete");
	seen.result = x_strdup(json_text(result));
	seen.effects = x_strdup(effects != NULL ? json_text(effects) : "");
	json_object_put(result);
	json_object_put(effects);
}

void
__wrap_job_retry(struct job *j, const char *error, const char *code,
    const char *detail, int64_t retry_after_ms, json_object *effects)
{
	(void)detail;
	assert_null(effects);
	assert_null(j->state);
	seen.end = x_strdup("retry");
	seen.error = x_strdup(error);
	seen.code = x_strdup(code);
	seen.retry_after_ms = retry_after_ms;
}

void
__wrap_job_fail(struct job *j, const char *error, const char *code,
    const char *detail, json_object *effects)
{
	(void)detail;
	assert_null(effects);
	assert_null(j->state);
	seen.end = x_strdup("fail");
	seen.error = x_strdup(error);
	seen.code = x_strdup(code);
}

static int
setup(void **state)
{
	(void)state;
	conf = (struct conf){0};
	if (assistant.llm == NULL)
		assistant.llm = llm_new(NULL, &conf);
	conf.database.statement_timeout_ms = 1000;
	conf.providers[0].base_url = base_url;
	conf.providers[0].api_key = key;
	conf.providers[0].model = model;
	conf.providers[0].token_param = token_param;
	conf.providers[0].max_tokens = 500;
	conf.assistant.passages = 5;
	conf.assistant.threshold = threshold;
	conf.assistant.brand = brand;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	mem_free(seen.sql);
	mem_free(seen.params);
	mem_free(seen.url);
	mem_free(seen.body);
	mem_free(seen.authorization);
	mem_free(seen.end);
	mem_free(seen.result);
	mem_free(seen.effects);
	mem_free(seen.error);
	mem_free(seen.code);
	mem_free(seen.log);
	memset(&seen, 0, sizeof seen);
	json_object_put(job.payload);
	job = (struct job){0};
	return 0;
}

static void
keep_failure(const char *line)
{
	if (strstr(line, "llm_failed") != NULL) {
		mem_free(seen.log);
		seen.log = x_strdup(line);
	}
}

static const struct handler *
handler_of(const char *type)
{
	size_t n;
	const struct handler *h = assistant_handlers(&n);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(h[i].type, type) == 0)
			return &h[i];
	}
	fail_msg("no handler for %s", type);
	return NULL;
}

static void
start(const char *type, const char *payload)
{
	const char *why;

	job = (struct job){.id = "j-17",
	    .attempt = 1,
	    .max_attempts = 3,
	    .type = type,
	    .session_id = "s-1",
	    .services = &services};
	assert_int_equal(
	    json_parse(payload, strlen(payload), &job.payload, &why), ERR_OK);
	handler_of(type)->start(&job);
}

static void
start_course(void)
{
	start("AI_QUERY",
	    "{\"courseId\":\"" COURSE "\",\"question\":\"What is a key?\","
	    "\"nextSuggestions\":[{\"id\":\"n\"}]}");
}

static void
give_rows(const char *json)
{
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	char name[] = "course_passages";
	PGresAttDesc column = {.name = name, .typlen = -1, .atttypmod = -1};
	char *value = x_strdup(json);

	assert_int_equal(PQsetResultAttrs(res, 1, &column), 1);
	assert_int_equal(PQsetvalue(res, 0, 0, value, (int)strlen(value)), 1);
	seen.on_rows(seen.ctx, ERR_OK, res);
	mem_free(value);
	PQclear(res);
}

static void
give_reply(int status, const char *body)
{
	struct transfer_reply reply = {.status = status,
	    .content_type = "",
	    .body = body,
	    .body_len = strlen(body),
	    .retry_after_ms = 7000,
	    .request_id = ""};

	seen.on_reply(seen.ctx, &reply);
}

static void
test_course_without_model(void **state)
{
	(void)state;
	start_course();
	assert_string_equal(
	    seen.sql, "SELECT campus.course_passages($1, $2, $3)");
	assert_string_equal(seen.params, COURSE "|What is a key?|5|");
	give_rows(found);
	assert_string_equal(seen.result,
	    "{\"answer\":\"A primary key identifies one row.\","
	    "\"engine\":\"extractive\",\"sources\":[{\"title\":\"Keys\"}],"
	    "\"nextSuggestions\":[{\"id\":\"n\"}],\"sessionId\":\"s-1\"}");
	assert_string_equal(
	    seen.effects, "{\"answer\":\"A primary key identifies one row.\"}");
	assert_null(seen.url);
}

static void
test_landing_without_model(void **state)
{
	(void)state;
	start("LANDING_QUERY", "{\"question\":\"A key?\",\"turnCount\":1}");
	assert_string_equal(seen.sql, "SELECT campus.landing_passages($1, $2)");
	assert_string_equal(seen.params, "A key?|5|");
	give_rows(fact);
	assert_string_equal(seen.result,
	    "{\"answer\":\"The next cohort is Heron. It has 20 seats.\","
	    "\"engine\":\"extractive\",\"sources\":[{\"title\":\"Next\"}]}");
	assert_string_equal(seen.effects, "");
}

static void
test_nothing_relevant_asks_no_model(void **state)
{
	(void)state;
	conf.provider_count = 1;
	start_course();
	give_rows(nothing);
	assert_string_equal(seen.end, "complete");
	assert_null(seen.url);
	assert_non_null(strstr(seen.result,
	    "I could not find an answer to that in the material of "
	    "Databases."));
	assert_non_null(strstr(seen.result, "\"sources\":[]"));
	(void)teardown(NULL);
	start("LANDING_QUERY", "{\"question\":\"Mongolia?\"}");
	give_rows(nothing);
	assert_non_null(strstr(seen.result,
	    "I can only answer questions about the courses, workshops and "
	    "cohorts of Harbour Lane"));
}

static void
test_model_answers(void **state)
{
	(void)state;
	conf.provider_count = 1;
	start_course();
	give_rows(found);
	assert_null(seen.end);
	assert_string_equal(seen.url, "http://llm/v1/chat/completions");
	assert_string_equal(
	    seen.authorization, "Authorization: Bearer sk-secret");
	assert_null(strstr(seen.body, key));
	assert_non_null(strstr(seen.body,
	    "{\"model\":\"m1\",\"messages\":["
	    "{\"role\":\"system\","));
	assert_non_null(strstr(seen.body,
	    "<question>\\nWhat is a key?\\n</question>\\n\"}],"
	    "\"max_tokens\":500,\"temperature\":0.2}"));
	give_reply(200,
	    "{\"choices\":[{\"message\":{\"content\":\" It is. \"}"
	    ",\"finish_reason\":\"stop\"}]}");
	assert_string_equal(seen.result,
	    "{\"answer\":\"It is.\",\"engine\":\"llm\","
	    "\"sources\":[{\"title\":\"Keys\"}],"
	    "\"nextSuggestions\":[{\"id\":\"n\"}],\"sessionId\":\"s-1\"}");
}

static void
test_model_without_key(void **state)
{
	(void)state;
	conf.provider_count = 1;
	conf.providers[0].api_key = no_url;
	start_course();
	give_rows(found);
	assert_string_equal(seen.authorization, "");
	handler_of("AI_QUERY")->cancel(&job);
	assert_true(seen.is_call_cancelled);
}

static void
test_model_away_waits_then_extracts(void **state)
{
	(void)state;
	conf.provider_count = 1;
	start_course();
	give_rows(found);
	log_capture(keep_failure);
	give_reply(429, "");
	log_capture(NULL);
	assert_non_null(strstr(seen.log, "job"));
	assert_non_null(strstr(seen.log, job.id));
	assert_string_equal(seen.end, "retry");
	assert_string_equal(seen.code, "provider_rate_limited");
	assert_int_equal(seen.retry_after_ms, 7000);
	(void)teardown(NULL);
	start_course();
	job.attempt = 3;
	give_rows(found);
	give_reply(503, "<html>secret provider page</html>");
	assert_string_equal(seen.end, "complete");
	assert_non_null(strstr(seen.result, "\"engine\":\"extractive\""));
	assert_null(strstr(seen.result, "secret"));
}

static void
test_model_refuses_for_good(void **state)
{
	(void)state;
	conf.provider_count = 1;
	start_course();
	give_rows(found);
	give_reply(401, "{\"error\":{\"message\":\"bad key sk-secret\"}}");
	assert_string_equal(seen.end, "complete");
	assert_non_null(strstr(seen.result, "\"engine\":\"extractive\""));
	assert_null(strstr(seen.result, "sk-secret"));
	(void)teardown(NULL);
	start_course();
	give_rows(found);
	give_reply(400, "{\"error\":{\"code\":\"content_filter\"}}");
	assert_non_null(
	    strstr(seen.result, "The language model declined to answer"));
	assert_non_null(strstr(seen.result, "\"sources\":[]"));
}

static void
test_bad_payload(void **state)
{
	static const char *const payloads[] = {"{}", "{\"question\":\"\"}",
	    "{\"question\":3,\"courseId\":\"" COURSE "\"}",
	    "{\"question\":\"A?\"}", "{\"question\":\"A?\",\"courseId\":\"x\"}",
	    "[]"};

	(void)state;
	for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
		start("AI_QUERY", payloads[i]);
		assert_string_equal(seen.end, "fail");
		assert_string_equal(seen.code, "bad_payload");
		(void)teardown(NULL);
	}
}

static void
test_database_refuses(void **state)
{
	(void)state;
	start_course();
	seen.on_rows(seen.ctx, ERR_DB, NULL);
	assert_string_equal(seen.end, "retry");
	assert_string_equal(seen.code, "database_error");
	assert_int_equal(seen.retry_after_ms, -1);
	(void)teardown(NULL);
	start_course();
	give_rows("not json");
	assert_string_equal(seen.code, "database_error");
	(void)teardown(NULL);
	start_course();
	give_rows("{\"courseName\":null,\"found\":false,\"passages\":[],"
		  "\"terms\":[]}");
	assert_string_equal(seen.end, "fail");
	assert_string_equal(seen.code, "course_not_found");
}

static void
test_cancel_while_searching(void **state)
{
	(void)state;
	start_course();
	handler_of("AI_QUERY")->cancel(&job);
	assert_true(seen.is_query_cancelled);
	assert_false(seen.is_call_cancelled);
	assert_null(job.state);
	assert_null(seen.end);
}

int
main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
	    WITH(test_course_without_model),
	    WITH(test_landing_without_model),
	    WITH(test_nothing_relevant_asks_no_model),
	    WITH(test_model_answers),
	    WITH(test_model_without_key),
	    WITH(test_model_away_waits_then_extracts),
	    WITH(test_model_refuses_for_good),
	    WITH(test_bad_payload),
	    WITH(test_database_refuses),
	    WITH(test_cancel_while_searching),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
