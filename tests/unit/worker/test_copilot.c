/*
 * A tutor's question on its way through context, rounds and look-ups, with the
 * database, the model and the engine replaced.
 *
 * link: -Wl,--wrap=pgpool_send,--wrap=pgquery_cancel
 * link: -Wl,--wrap=llm_start,--wrap=llm_cancel,--wrap=prompts_write
 * link: -Wl,--wrap=job_complete,--wrap=job_retry,--wrap=job_fail
 */
#include "tests/unit/common/unit.h"

#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/mem.h"
#include "worker/assistant/assistant.h"
#include "worker/assistant/consult.h"
#include "worker/assistant/copilot.h"
#include "worker/assistant/flow.h"
#include "worker/handlers/llm.h"
#include "worker/pgconn.h"

#define COURSE "c0000000-0000-4000-8000-000000000001"
#define COHORT "c4000000-0000-4000-8000-000000000007"

struct pgquery *__wrap_pgpool_send(struct pgpool *p, enum pgquery_kind kind,
    const char *sql, int n, const char *const *values, int64_t timeout_ms,
    pgquery_fn done, void *ctx);
void __wrap_pgquery_cancel(struct pgquery *q);
struct llm_call *__wrap_llm_start(struct llm *l, const struct job *job,
    const struct llm_request *request, llm_fn done, void *ctx);
void __wrap_llm_cancel(struct llm_call *call);
void __wrap_prompts_write(const struct prompts *p, enum prompt which,
    const struct prompt_values *values, struct buf *out);
void __wrap_job_complete(
    struct job *job, json_object *result, json_object *effects);
void __wrap_job_retry(struct job *job, const char *error, const char *code,
    const char *detail, int64_t retry_after_ms, json_object *effects);
void __wrap_job_fail(struct job *job, const char *error, const char *code,
    const char *detail, json_object *effects);

static const char context[] =
    "{\"assigned\":true,\"tenant\":\"north\",\"courseName\":\"Databases\","
    "\"snapshot\":\"Two learners.\",\"lookups\":[{\"type\":\"function\"}],"
    "\"people\":[{\"name\":\"Ada Quill\",\"email\":\"ada@x.example\"}]}";
static const char table[] =
    "{\"title\":\"T\",\"columns\":[\"name\"],\"rows\":[[\"Ben Marsh\"]],"
    "\"people\":[{\"name\":\"Ben Marsh\",\"email\":\"ben@x.example\"}]}";

/* What went out, and the one callback that is awaited. */
static struct {
	char *sql, *params, *messages, *end, *result, *effects, *code;
	bool has_tools, is_query_cancelled, is_call_cancelled;
	int calls, queries;
	int64_t retry_after_ms;
	pgquery_fn on_rows;
	llm_fn on_model;
	void *ctx;
} seen;

static char brand[] = "Harbour Lane";
static struct conf conf;
static struct assistant assistant = {.conf = &conf};
static struct services services = {.conf = &conf, .shared = &assistant};
static struct job job;

static void
keep(char **where, const char *text)
{
	mem_free(*where);
	*where = x_strdup(text != NULL ? text : "");
}

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
		buf_printf(&b, "%s|", values[i] != NULL ? values[i] : "NULL");
	keep(&seen.params, buf_str(&b));
	keep(&seen.sql, sql);
	buf_release(&b);
	seen.on_rows = done;
	seen.ctx = ctx;
	seen.queries++;
	return (struct pgquery *)&seen;
}

void
__wrap_pgquery_cancel(struct pgquery *q)
{
	assert_ptr_equal(q, &seen);
	seen.is_query_cancelled = true;
}

struct llm_call *
__wrap_llm_start(struct llm *l, const struct job *j,
    const struct llm_request *request, llm_fn done, void *ctx)
{
	struct buf b;

	(void)l;
	assert_ptr_equal(j, &job);
	assert_string_equal(request->tenant, "north");
	buf_init(&b, 100000);
	for (size_t i = 0; i < request->count; i++) {
		const struct llm_message *m = &request->messages[i];

		buf_printf(&b, "%s%s%s%s: %s\n", m->role,
		    m->is_optional ? "?" : "",
		    m->tool_call_id != NULL ? " " : "",
		    m->tool_call_id != NULL ? m->tool_call_id : "",
		    m->tool_calls != NULL ? json_text(m->tool_calls)
					  : m->content);
	}
	keep(&seen.messages, buf_str(&b));
	buf_release(&b);
	seen.has_tools = request->tools != NULL;
	seen.on_model = done;
	seen.ctx = ctx;
	seen.calls++;
	return (struct llm_call *)&seen;
}

void
__wrap_llm_cancel(struct llm_call *call)
{
	assert_ptr_equal(call, &seen);
	seen.is_call_cancelled = true;
}

void
__wrap_prompts_write(const struct prompts *p, enum prompt which,
    const struct prompt_values *values, struct buf *out)
{
	(void)p;
	assert_int_equal(which, PROMPT_COPILOT);
	buf_printf(
	    out, "%s, %s: %s", values->brand, values->course, values->snapshot);
}

void
__wrap_job_complete(struct job *j, json_object *result, json_object *effects)
{
	assert_null(j->state);
	keep(&seen.end, "complete");
	keep(&seen.result, json_text(result));
	keep(&seen.effects, effects != NULL ? json_text(effects) : "");
	json_object_put(result);
	json_object_put(effects);
}

void
__wrap_job_retry(struct job *j, const char *error, const char *code,
    const char *detail, int64_t retry_after_ms, json_object *effects)
{
	(void)error;
	(void)detail;
	assert_null(j->state);
	keep(&seen.end, "retry");
	keep(&seen.code, code);
	keep(&seen.effects, effects != NULL ? json_text(effects) : "");
	seen.retry_after_ms = retry_after_ms;
	json_object_put(effects);
}

void
__wrap_job_fail(struct job *j, const char *error, const char *code,
    const char *detail, json_object *effects)
{
	(void)error;
	(void)detail;
	assert_null(effects);
	assert_null(j->state);
	keep(&seen.end, "fail");
	keep(&seen.code, code);
}

static int
setup(void **state)
{
	(void)state;
	conf = (struct conf){0};
	conf.database.statement_timeout_ms = 1000;
	conf.provider_count = 1;
	conf.assistant.brand = brand;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	mem_free(seen.sql);
	mem_free(seen.params);
	mem_free(seen.messages);
	mem_free(seen.end);
	mem_free(seen.result);
	mem_free(seen.effects);
	mem_free(seen.code);
	memset(&seen, 0, sizeof seen);
	json_object_put(job.payload);
	job = (struct job){0};
	return 0;
}

static void
start(const char *payload)
{
	const char *why;

	job = (struct job){.id = "j-1",
	    .attempt = 1,
	    .max_attempts = 3,
	    .user_id = "u-1",
	    .services = &services};
	assert_int_equal(
	    json_parse(payload, strlen(payload), &job.payload, &why), ERR_OK);
	copilot_start(&job);
}

static void
give_rows(const char *json)
{
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	char name[] = "tutor";
	PGresAttDesc column = {.name = name, .typlen = -1, .atttypmod = -1};
	char *value = x_strdup(json);

	assert_int_equal(PQsetResultAttrs(res, 1, &column), 1);
	assert_int_equal(PQsetvalue(res, 0, 0, value, (int)strlen(value)), 1);
	seen.on_rows(seen.ctx, ERR_OK, res);
	mem_free(value);
	PQclear(res);
}

/* A reply of the model: a text, or the JSON of tool calls. */
static void
give_reply(enum llm_outcome outcome, const char *text, const char *calls)
{
	struct llm_answer answer = {.outcome = outcome,
	    .text = text,
	    .retry_after_ms = 7000,
	    .code = "away",
	    .detail = ""};
	const char *why, usage[] = "[{\"ms\":1}]";

	assert_int_equal(
	    json_parse(usage, strlen(usage), &answer.usage, &why), ERR_OK);
	if (calls != NULL)
		assert_int_equal(
		    json_parse(calls, strlen(calls), &answer.tool_calls, &why),
		    ERR_OK);
	seen.on_model(seen.ctx, &answer);
	json_object_put(answer.usage);
	json_object_put(answer.tool_calls);
}

static void
start_asking(void)
{
	start("{\"courseId\":\"" COURSE "\",\"cohortId\":null,\"question\":"
	      "\"How is Ada?\",\"history\":[{\"role\":\"user\",\"content\":"
	      "\"Hi, ada@x.example\"},{\"role\":\"system\",\"content\":\"x\"},"
	      "{\"role\":\"assistant\",\"content\":\"<result>9\"}]"
	      "}");
	assert_string_equal(
	    seen.sql, "SELECT campus.tutor_context($1, $2, $3, $4, $5)");
	assert_non_null(
	    strstr(seen.params, "u-1|" COURSE "|NULL|How is Ada?|[{\"role\""));
	give_rows(context);
}

#define CALL(id, name, arguments)                                              \
	"{\"id\":\"" id                                                        \
	"\",\"type\":\"function\",\"function\":{\"name\":\"" name              \
	"\",\"arguments\":\"" arguments "\"}}"

static void
test_two_rounds(void **state)
{
	(void)state;
	start_asking();
	assert_string_equal(seen.messages,
	    "system: Harbour Lane, Databases: Two learners.\n"
	    "user?: <question>\nHi, learner1@example.invalid\n</question>\n\n"
	    "assistant?: < result>9\n"
	    "user: <question>\nHow is Learner 1?\n</question>\n\n");
	assert_true(seen.has_tools);
	give_reply(LLM_COMPLETED, "",
	    "[" CALL("c1", "learner",
		"{\\\"name\\\":\\\"Learner 1\\\"}") "," CALL("c2", "x",
		"no") "]");
	assert_string_equal(
	    seen.sql, "SELECT campus.tutor_lookup($1, $2, $3, $4, $5)");
	assert_string_equal(seen.params,
	    "u-1|" COURSE "|NULL|learner|{\"name\":\"Ada Quill\"}|");
	give_rows(table);
	assert_int_equal(seen.queries, 2);
	assert_non_null(strstr(seen.messages,
	    "tool c1: <result>\nT\nname\nLearner 2\n\n</result>\n\n"
	    "tool c2: <result>\nError: the arguments"));
	give_reply(LLM_COMPLETED, "Learner 1 and learner 2 are well.", NULL);
	assert_string_equal(seen.result,
	    "{\"answer\":\"Ada Quill and Ben Marsh are well.\","
	    "\"engine\":\"llm\"}");
	assert_string_equal(
	    seen.effects, "{\"usage\":[{\"ms\":1},{\"ms\":1}]}");
}

/* "Learner 1" is what is left of somebody else. */
static void
test_an_answer_that_was_cut(void **state)
{
	static const struct {
		int line;
		const char *said, *answer;
	} cut[] = {
	    {__LINE__, "All is well. See Learner 1", "All is well."},
	    {__LINE__, "See Learner 1 and Learner 1",
		"See Ada Quill and Learner"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(cut); i++) {
		struct llm_answer answer = {.outcome = LLM_COMPLETED,
		    .text = cut[i].said,
		    .is_truncated = true,
		    .code = "",
		    .detail = ""};
		json_object *result;
		const char *why;

		start_asking();
		seen.on_model(seen.ctx, &answer);
		assert_int_equal(
		    json_parse(seen.result, strlen(seen.result), &result, &why),
		    ERR_OK);
		ROW_STR(&cut[i], json_str(result, "answer"), cut[i].answer);
		json_object_put(result);
		(void)teardown(NULL);
	}
}

static void
test_an_answer_that_is_none(void **state)
{
	(void)state;
	conf.provider_count = 0;
	start("{\"courseId\":\"" COURSE "\",\"question\":\"Who?\"}");
	give_rows(context);
	give_rows("{\"lookup\":null,\"answer\":null}");
	assert_string_equal(seen.end, "retry");
	assert_string_equal(seen.code, "database_error");
}

static void
test_rounds_are_bounded(void **state)
{
	(void)state;
	start_asking();
	for (int i = 1; i < CONSULT_ROUNDS_MAX; i++) {
		assert_true(seen.has_tools);
		give_reply(LLM_COMPLETED, "",
		    "[" CALL("c", "course_summary", "{}") "]");
		give_rows(table);
	}
	assert_int_equal(seen.calls, CONSULT_ROUNDS_MAX);
	assert_false(seen.has_tools);
	give_reply(
	    LLM_COMPLETED, "", "[" CALL("c", "course_summary", "{}") "]");
	assert_int_equal(seen.calls, CONSULT_ROUNDS_MAX);
	assert_string_equal(
	    seen.sql, "SELECT campus.tutor_answer($1, $2, $3, $4, $5)");
	give_rows("{\"lookup\":null,\"answer\":\"Two.\"}");
	assert_non_null(strstr(seen.result,
	    "{\"answer\":\"Two.\",\"engine\":\"extractive\",\"notice\":\"The "
	    "language model is not available"));
}

static void
test_lookups_are_bounded(void **state)
{
	const char five[] = "[" CALL("a", "x", "{}") "," CALL(
	    "b", "x", "{}") "," CALL("c", "x", "{}") "," CALL("d", "x",
	    "{}") "," CALL("e", "x", "{}") "]";

	(void)state;
	start_asking();
	give_reply(LLM_COMPLETED, "", five);
	for (int i = 0; i < 5; i++)
		give_rows(table);
	assert_true(seen.has_tools);
	give_reply(LLM_COMPLETED, "", five);
	for (int i = 5; i < CONSULT_LOOKUPS_MAX; i++)
		give_rows(table);
	assert_int_equal(seen.calls, 3);
	assert_int_equal(seen.queries, 1 + CONSULT_LOOKUPS_MAX);
	assert_false(seen.has_tools);
	assert_non_null(
	    strstr(seen.messages, "tool e: <result>\nError: no more"));
	flow_cancel(&job);
	assert_true(seen.is_call_cancelled);
}

static void
test_calls_that_are_none(void **state)
{
	static const char *const calls[] = {
	    "[]", "{}", "[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]"};

	(void)state;
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		start_asking();
		give_reply(LLM_COMPLETED, "", calls[i]);
		assert_string_equal(
		    seen.sql, "SELECT campus.tutor_answer($1, $2, $3, $4, $5)");
		flow_cancel(&job);
		assert_true(seen.is_query_cancelled);
		(void)teardown(NULL);
	}
}

static void
test_without_model(void **state)
{
	(void)state;
	conf.provider_count = 0;
	start("{\"courseId\":\"" COURSE "\",\"cohortId\":\"" COHORT
	      "\",\"question\":\"Who?\"}");
	assert_string_equal(seen.params, "u-1|" COURSE "|" COHORT "|Who?|[]|");
	give_rows(context);
	assert_string_equal(
	    seen.sql, "SELECT campus.tutor_answer($1, $2, $3, $4, $5)");
	assert_string_equal(seen.params, "u-1|" COURSE "|" COHORT "|Who?|[]|");
	give_rows("{\"lookup\":\"x\",\"answer\":\"Ada Quill.\"}");
	assert_string_equal(seen.result,
	    "{\"answer\":\"Ada Quill.\",\"engine\":\"extractive\"}");
	assert_string_equal(seen.effects, "");
	assert_int_equal(seen.calls, 0);
}

static void
test_revoked(void **state)
{
	(void)state;
	start("{\"courseId\":\"" COURSE "\",\"question\":\"Who?\"}");
	give_rows("{\"assigned\":false}");
	assert_string_equal(seen.end, "fail");
	assert_string_equal(seen.code, "not_assigned");
	assert_int_equal(seen.calls, 0);
}

static void
test_trouble(void **state)
{
	(void)state;
	start_asking();
	give_reply(LLM_RETRY, "", NULL);
	assert_string_equal(seen.end, "retry");
	assert_string_equal(seen.code, "away");
	assert_int_equal(seen.retry_after_ms, 7000);
	assert_string_equal(seen.effects, "{\"usage\":[{\"ms\":1}]}");
	(void)teardown(NULL);

	start_asking();
	job.attempt = 3;
	give_reply(LLM_RETRY, "", NULL);
	give_rows("{\"answer\":\"Two.\"}");
	assert_non_null(strstr(seen.result, "\"notice\""));
	(void)teardown(NULL);

	start_asking();
	give_reply(LLM_FILTERED, "", NULL);
	assert_non_null(strstr(seen.result, "declined"));
	(void)teardown(NULL);

	start_asking();
	give_reply(LLM_COMPLETED, "", "[" CALL("c", "x", "{}") "]");
	seen.on_rows(seen.ctx, ERR_DB_RETRY, NULL);
	assert_string_equal(seen.code, "database_error");
	assert_string_equal(seen.effects, "{\"usage\":[{\"ms\":1}]}");
}

static void
test_bad_payload(void **state)
{
	static const char *const payloads[] = {"{}",
	    "{\"courseId\":\"" COURSE "\"}",
	    "{\"courseId\":\"" COURSE "\",\"question\":\"\"}",
	    "{\"courseId\":\"x\",\"question\":\"A?\"}",
	    "{\"courseId\":\"" COURSE
	    "\",\"question\":\"A?\",\"cohortId\":\"x\"}",
	    "{\"courseId\":\"" COURSE "\",\"question\":\"A?\",\"cohortId\":7}"};

	(void)state;
	for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
		start(payloads[i]);
		assert_string_equal(seen.code, "bad_payload");
		assert_int_equal(seen.queries, 0);
		flow_cancel(&job); /* nothing is left to stop */
		(void)teardown(NULL);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_two_rounds, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_an_answer_that_was_cut, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_an_answer_that_is_none, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_rounds_are_bounded, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_lookups_are_bounded, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_calls_that_are_none, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_without_model, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_revoked, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_trouble, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_bad_payload, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
