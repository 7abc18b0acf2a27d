#include "tests/unit/worker/fake_job.h"

#include <string.h>

#include "common/buf.h"
#include "common/json.h"
#include "common/mem.h"
#include "tests/unit/common/unit.h"
#include "worker/assistant/assistant.h"
#include "worker/assistant/personas.h"
#include "worker/assistant/prompts.h"
#include "worker/pgconn.h"

/* Every test of this folder is linked with them, also one with its own. */
#define WEAK __attribute__((weak))
struct pgquery *__wrap_pgpool_send(struct pgpool *p, enum pgquery_kind kind,
    const char *sql, int n, const char *const *values, int64_t timeout_ms,
    pgquery_fn done, void *ctx) WEAK;
void __wrap_pgquery_cancel(struct pgquery *q) WEAK;
struct llm_call *__wrap_llm_start(struct llm *l, const struct job *job,
    const struct llm_request *request, llm_fn done, void *ctx) WEAK;
void __wrap_llm_cancel(struct llm_call *call) WEAK;
void __wrap_job_complete(
    struct job *job, json_object *result, json_object *effects) WEAK;
void __wrap_job_retry(struct job *job, const char *error, const char *code,
    const char *detail, int64_t retry_after_ms, json_object *effects) WEAK;
void __wrap_job_fail(struct job *job, const char *error, const char *code,
    const char *detail, json_object *effects) WEAK;

struct fake_seen fake_seen;
struct job fake_job;
struct conf fake_conf;

static struct assistant assistant = {.conf = &fake_conf};
static struct services services = {.conf = &fake_conf, .shared = &assistant};
static pgquery_fn on_rows;
static llm_fn on_answer;
static void *callback_ctx;

/* In a field that may hold an older text. */
static void
keep(char **field, char *text)
{
	mem_free(*field);
	*field = text;
}

struct pgquery *
__wrap_pgpool_send(struct pgpool *p, enum pgquery_kind kind, const char *sql,
    int n, const char *const *values, int64_t timeout_ms, pgquery_fn done,
    void *ctx)
{
	struct buf b;

	(void)p;
	assert_null(on_rows);
	assert_null(on_answer);
	assert_int_equal(kind, PGQUERY_REPEATABLE);
	assert_int_equal(timeout_ms, 1000);
	buf_init(&b, 10000);
	for (int i = 0; i < n; i++)
		buf_printf(&b, "%s|", values[i] != NULL ? values[i] : "(null)");
	keep(&fake_seen.values, buf_take(&b));
	keep(&fake_seen.sql, x_strdup(sql));
	on_rows = done;
	callback_ctx = ctx;
	return (struct pgquery *)&fake_seen;
}

void
__wrap_pgquery_cancel(struct pgquery *q)
{
	assert_ptr_equal(q, &fake_seen);
	fake_seen.is_query_cancelled = true;
	on_rows = NULL;
}

static void
keep_message(size_t i, const struct llm_message *m)
{
	keep(&fake_seen.roles[i], x_strdup(m->role));
	keep(&fake_seen.contents[i], x_strdup(m->content));
	fake_seen.is_optional[i] = m->is_optional;
}

struct llm_call *
__wrap_llm_start(struct llm *l, const struct job *job,
    const struct llm_request *request, llm_fn done, void *ctx)
{
	assert_ptr_equal(l, assistant.llm);
	assert_ptr_equal(job, &fake_job);
	assert_null(on_rows);
	assert_null(on_answer);
	assert_in_range(request->count, 1, FAKE_MESSAGES_MAX);
	for (size_t i = 0; i < request->count; i++)
		keep_message(i, &request->messages[i]);
	fake_seen.asked++;
	fake_seen.count = request->count;
	fake_seen.max_tokens = request->max_tokens;
	keep(&fake_seen.temperature, x_strdup(request->temperature));
	keep(&fake_seen.tenant, x_strdup(request->tenant));
	keep(&fake_seen.schema,
	    request->schema != NULL ? x_strdup(json_text(request->schema))
				    : NULL);
	on_answer = done;
	callback_ctx = ctx;
	return (struct llm_call *)&fake_seen;
}

void
__wrap_llm_cancel(struct llm_call *call)
{
	assert_ptr_equal(call, &fake_seen);
	fake_seen.is_call_cancelled = true;
	on_answer = NULL;
}

static void
keep_end(struct job *j, const char *end, const char *error, const char *code,
    json_object *effects)
{
	assert_ptr_equal(j, &fake_job);
	assert_null(j->state);
	assert_null(fake_seen.end);
	fake_seen.end = end;
	fake_seen.error = x_strdup(error);
	fake_seen.code = x_strdup(code);
	fake_seen.effects = x_strdup(effects != NULL ? json_text(effects) : "");
	json_object_put(effects);
}

void
__wrap_job_complete(struct job *j, json_object *result, json_object *effects)
{
	fake_seen.result = x_strdup(json_text(result));
	json_object_put(result);
	keep_end(j, "complete", "", "", effects);
}

void
__wrap_job_retry(struct job *j, const char *error, const char *code,
    const char *detail, int64_t retry_after_ms, json_object *effects)
{
	(void)detail;
	fake_seen.retry_after_ms = retry_after_ms;
	keep_end(j, "retry", error, code, effects);
}

void
__wrap_job_fail(struct job *j, const char *error, const char *code,
    const char *detail, json_object *effects)
{
	(void)detail;
	keep_end(j, "fail", error, code, effects);
}

int
fake_setup(void **state)
{
	static char threshold[] = "0.51", brand[] = "Harbour Lane",
		    empty[] = "";
	static char cohorts[] = "/cohorts";

	(void)state;
	fake_conf = (struct conf){0};
	fake_conf.database.statement_timeout_ms = 1000;
	fake_conf.assistant.passages = 5;
	fake_conf.assistant.threshold = threshold;
	fake_conf.assistant.brand = brand;
	fake_conf.assistant.prompts = empty;
	fake_conf.assistant.history = 10;
	fake_conf.assistant.summary_after = 16;
	fake_conf.assistant.cohort_link = cohorts;
	fake_conf.assistant.workshop_link = empty;
	fake_conf.assistant.on_demand_link = empty;
	assistant.llm = (struct llm *)&assistant;
	assert_int_equal(prompts_new("", &assistant.prompts), ERR_OK);
	assert_int_equal(personas_new("", &assistant.personas), ERR_OK);
	return 0;
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

void
fake_cancel(void)
{
	handler_of(fake_job.type)->cancel(&fake_job);
}

static void
forget(void)
{
	if (fake_job.state != NULL)
		fake_cancel();
	mem_free(fake_seen.sql);
	mem_free(fake_seen.values);
	for (size_t i = 0; i < FAKE_MESSAGES_MAX; i++) {
		mem_free(fake_seen.roles[i]);
		mem_free(fake_seen.contents[i]);
	}
	mem_free(fake_seen.temperature);
	mem_free(fake_seen.tenant);
	mem_free(fake_seen.schema);
	mem_free(fake_seen.result);
	mem_free(fake_seen.effects);
	mem_free(fake_seen.error);
	mem_free(fake_seen.code);
	fake_seen = (struct fake_seen){0};
	on_rows = NULL;
	on_answer = NULL;
	json_object_put(fake_job.payload);
	fake_job = (struct job){0};
}

int
fake_teardown(void **state)
{
	(void)state;
	forget();
	prompts_free(assistant.prompts);
	personas_free(assistant.personas);
	return 0;
}

void
fake_use_model(void)
{
	fake_conf.provider_count = 1;
}

void
fake_start(const char *type, const char *payload)
{
	const char *why;

	forget();
	fake_job = (struct job){.id = "j-17",
	    .attempt = 1,
	    .max_attempts = 3,
	    .type = type,
	    .user_id = "u-1",
	    .session_id = "s-1",
	    .services = &services};
	assert_int_equal(
	    json_parse(payload, strlen(payload), &fake_job.payload, &why),
	    ERR_OK);
	handler_of(type)->start(&fake_job);
}

static void
give(enum err e, const PGresult *res)
{
	pgquery_fn done = on_rows;

	assert_non_null(done);
	on_rows = NULL;
	done(callback_ctx, e, res);
}

static PGresult *
one_column(void)
{
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	char name[] = "value";
	PGresAttDesc column = {.name = name, .typlen = -1, .atttypmod = -1};

	assert_int_equal(PQsetResultAttrs(res, 1, &column), 1);
	return res;
}

void
fake_give_row(const char *value)
{
	PGresult *res = one_column();
	char *copy = value != NULL ? x_strdup(value) : NULL;
	int len = value != NULL ? (int)strlen(value) : -1;

	assert_int_equal(PQsetvalue(res, 0, 0, copy, len), 1);
	give(ERR_OK, res);
	mem_free(copy);
	PQclear(res);
}

void
fake_give_rows(int n)
{
	PGresult *res = one_column();
	char value[] = "{}";

	for (int i = 0; i < n; i++)
		assert_int_equal(PQsetvalue(res, i, 0, value, 2), 1);
	give(ERR_OK, res);
	PQclear(res);
}

void
fake_give_error(enum err e)
{
	give(e, NULL);
}

/* Every request has used something. */
static void
answer(struct llm_answer *a)
{
	llm_fn done = on_answer;
	json_object *usage = json_object_new_array();
	json_object *one = json_object_new_object();

	assert_non_null(done);
	on_answer = NULL;
	json_add_int(one, "n", (int64_t)fake_seen.asked);
	json_object_array_add(usage, one);
	a->usage = usage;
	a->detail = "";
	done(callback_ctx, a);
	json_object_put(usage);
}

void
fake_say(const char *text)
{
	answer(&(struct llm_answer){
	    .outcome = LLM_COMPLETED, .text = text, .code = ""});
}

void
fake_say_cut(const char *text)
{
	answer(&(struct llm_answer){.outcome = LLM_COMPLETED,
	    .text = text,
	    .is_truncated = true,
	    .code = ""});
}

void
fake_trouble(enum llm_outcome outcome, const char *code)
{
	answer(&(struct llm_answer){
	    .outcome = outcome, .code = code, .retry_after_ms = 7000});
}

bool
fake_has(const char *text, const char *part)
{
	assert_non_null(text);
	return strstr(text, part) != NULL;
}
