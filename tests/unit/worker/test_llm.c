/*
 * The way of a call from provider to provider, with the gate and the wire
 * replaced.
 *
 * link: -Wl,--wrap=llm_gate_new,--wrap=llm_gate_close,--wrap=llm_gate_ask
 * link: -Wl,--wrap=llm_gate_cancel,--wrap=llm_gate_report
 * link: -Wl,--wrap=llm_try_start,--wrap=llm_try_embed,--wrap=llm_try_cancel
 */
#include "tests/unit/common/unit.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "worker/handlers/llm_gate.h"
#include "worker/handlers/llm_try.h"
#include "worker/handlers/llm_usage.h"

#define NOW INT64_C(1000000000)
#define WORD_MAX 64

struct llm_gate *__wrap_llm_gate_new(uv_loop_t *loop, const struct conf *conf,
    struct llm_key *keys, size_t place_count);
void __wrap_llm_gate_close(struct llm_gate *g);
struct llm_admission *__wrap_llm_gate_ask(
    struct llm_gate *g, const struct llm_ask *ask, llm_pass_fn done, void *ctx);
void __wrap_llm_gate_cancel(struct llm_admission *a);
void __wrap_llm_gate_report(struct llm_gate *g, const struct llm_report *r);
struct llm_try *__wrap_llm_try_start(struct transfers *transfers,
    const struct conf_provider *provider, const char *api_key, unsigned quirks,
    const struct llm_request *request, llm_try_fn done, void *ctx);
struct llm_try *__wrap_llm_try_embed(struct transfers *transfers,
    const struct conf_provider *provider, const char *api_key,
    int64_t dimensions, unsigned quirks, const char *const *texts, size_t count,
    llm_try_fn done, void *ctx);
void __wrap_llm_try_cancel(struct llm_try *t);

/* What went out last, and who waits for it. */
static struct {
	char offered[WORD_MAX]; /* places */
	int64_t tokens, cost, ask_deadline_ms;
	llm_pass_fn on_pass;
	void *pass_ctx;
	char provider[WORD_MAX], key[WORD_MAX];
	unsigned quirks;
	size_t messages, texts;
	int64_t max_tokens, timeout_ms, dimensions;
	llm_try_fn on_try;
	void *try_ctx;
	int tries, reports, cancels;
	struct llm_report report;
} sent;

/* How the call ended. */
static struct {
	int times;
	enum llm_outcome outcome;
	char text[WORD_MAX], code[WORD_MAX], usage[2000];
	int64_t retry_after_ms;
	size_t vectors;
} end;

static char names[3][16] = {"main", "backup", "embeddings"};
static char model[] = "m", none[] = "", url[] = "http://llm/v1";
static char secret[] = "sk-secret";
static struct conf conf;
static struct services services = {.conf = &conf};
static struct job job = {.id = "j1", .services = &services};
static struct llm *llm;
static char log_text[4000];
static int object; /* whose address stands in for opaque things */

struct llm_gate *
__wrap_llm_gate_new(uv_loop_t *loop, const struct conf *c, struct llm_key *keys,
    size_t place_count)
{
	(void)loop;
	(void)c;
	(void)keys;
	assert_int_equal(place_count, 3);
	return (struct llm_gate *)(void *)&object;
}

void
__wrap_llm_gate_close(struct llm_gate *g)
{
	assert_non_null(g);
}

struct llm_admission *
__wrap_llm_gate_ask(
    struct llm_gate *g, const struct llm_ask *ask, llm_pass_fn done, void *ctx)
{
	size_t len = 0;

	(void)g;
	assert_string_equal(ask->tenant, "t");
	sent.offered[0] = '\0';
	for (size_t i = 0; i < ask->offer_count; i++)
		len += (size_t)snprintf(sent.offered + len, WORD_MAX - len,
		    "%zu ", ask->offers[i].at);
	if (ask->offer_count > 0) {
		sent.tokens = ask->offers[0].tokens;
		sent.cost = ask->offers[0].cost_micros;
	}
	sent.ask_deadline_ms = ask->deadline_ms;
	sent.on_pass = done;
	sent.pass_ctx = ctx;
	return (struct llm_admission *)(void *)&object;
}

void
__wrap_llm_gate_cancel(struct llm_admission *a)
{
	(void)a;
	sent.cancels++;
}

void
__wrap_llm_gate_report(struct llm_gate *g, const struct llm_report *r)
{
	(void)g;
	sent.report = *r;
	sent.reports++;
}

static struct llm_try *
note_try(const struct conf_provider *p, const char *api_key, unsigned quirks,
    llm_try_fn done, void *ctx)
{
	(void)snprintf(sent.provider, WORD_MAX, "%s", p->name);
	(void)snprintf(sent.key, WORD_MAX, "%s", api_key);
	sent.timeout_ms = p->timeout_ms;
	sent.quirks = quirks;
	sent.on_try = done;
	sent.try_ctx = ctx;
	sent.tries++;
	return (struct llm_try *)(void *)&object;
}

struct llm_try *
__wrap_llm_try_start(struct transfers *transfers,
    const struct conf_provider *provider, const char *api_key, unsigned quirks,
    const struct llm_request *request, llm_try_fn done, void *ctx)
{
	(void)transfers;
	sent.messages = request->count;
	sent.max_tokens = request->max_tokens;
	return note_try(provider, api_key, quirks, done, ctx);
}

struct llm_try *
__wrap_llm_try_embed(struct transfers *transfers,
    const struct conf_provider *provider, const char *api_key,
    int64_t dimensions, unsigned quirks, const char *const *texts, size_t count,
    llm_try_fn done, void *ctx)
{
	(void)transfers;
	assert_string_equal(texts[0], "one");
	sent.texts = count;
	sent.dimensions = dimensions;
	return note_try(provider, api_key, quirks, done, ctx);
}

void
__wrap_llm_try_cancel(struct llm_try *t)
{
	(void)t;
	sent.cancels++;
}

static void
keep_log(const char *line)
{
	size_t len = strlen(log_text);

	(void)snprintf(log_text + len, sizeof log_text - len, "%s\n", line);
}

static int
set_up(void **state)
{
	struct conf_provider *all[] = {
	    &conf.providers[0], &conf.providers[1], &conf.embeddings.at};

	(void)state;
	memset(&sent, 0, sizeof sent);
	memset(&end, 0, sizeof end);
	log_text[0] = '\0';
	log_capture(keep_log);
	clock_fake(NOW, NOW);
	for (size_t i = 0; i < 3; i++)
		*all[i] = (struct conf_provider){.name = names[i],
		    .base_url = url,
		    .api_key = secret,
		    .api_key_file = none,
		    .query = none,
		    .model = model,
		    .max_tokens = 300,
		    .price_in = 2000000,
		    .price_cached = 1000000,
		    .price_out = 4000000,
		    .timeout_ms = 60000};
	conf.embeddings.at.max_tokens = 0;
	conf.embeddings.dimensions = 64;
	conf.provider_count = 2;
	job.deadline_ms = NOW + 100000;
	llm = llm_new(NULL, &conf);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	llm_close(llm);
	clock_fake(-1, -1);
	log_capture(NULL);
	return 0;
}

static void
on_end(void *ctx, const struct llm_answer *a)
{
	assert_ptr_equal(ctx, &end);
	end.times++;
	end.outcome = a->outcome;
	end.vectors = a->count;
	end.retry_after_ms = a->retry_after_ms;
	(void)snprintf(
	    end.text, WORD_MAX, "%s", a->text != NULL ? a->text : "");
	(void)snprintf(end.code, WORD_MAX, "%s", a->code);
	(void)snprintf(end.usage, sizeof end.usage, "%s",
	    a->usage != NULL ? json_text(a->usage) : "");
}

static struct llm_call *
start(void)
{
	static const struct llm_message messages[] = {
	    {.role = "system", .content = "Be brief."},
	    {.role = "user", .content = "Before?", .is_optional = true},
	    {.role = "user", .content = "Why?"}};
	const struct llm_request request = {.messages = messages,
	    .count = 3,
	    .tenant = "t",
	    .max_tokens = 500,
	    .temperature = "0.2"};

	return llm_start(llm, &job, &request, on_end, &end);
}

static void
let(enum llm_verdict verdict, size_t at)
{
	sent.on_pass(sent.pass_ctx,
	    &(struct llm_pass){.verdict = verdict,
		.at = at,
		.reservation = 70 + (int64_t)at,
		.wait_ms = verdict == LLM_WAIT ? 90000 : 0});
}

static void
reply(enum llm_signal signal, int64_t retry_after_ms, unsigned quirk)
{
	const struct llm_try_reply r = {.signal = signal,
	    .text = signal == LLM_SIGNAL_OK ? "Because." : NULL,
	    .vector_count = 2,
	    .prompt_tokens = 100,
	    .cached_tokens = 40,
	    .completion_tokens = 10,
	    .limits = {-1, -1, -1, -1, -1, -1},
	    .retry_after_ms = retry_after_ms,
	    .code = signal == LLM_SIGNAL_OK ? "" : "provider_x",
	    .detail = "HTTP 500",
	    .request_id = "req-1",
	    .quirk = quirk,
	    .first_byte_ms = 30,
	    .total_ms = 50};

	sent.on_try(sent.try_ctx, &r);
}

static void
test_an_answer(void **state)
{
	(void)state;
	(void)start();
	assert_string_equal(sent.offered, "0 1 ");
	assert_true(sent.tokens > 300 && sent.tokens < 330);
	assert_true(sent.cost > 1200 && sent.cost < 1260);
	assert_int_equal(sent.ask_deadline_ms, NOW + 95000);
	let(LLM_GO, 0);
	assert_string_equal(sent.provider, "main");
	assert_string_equal(sent.key, secret);
	assert_int_equal(sent.max_tokens, 300); /* the provider's cap */
	assert_int_equal(sent.timeout_ms, 60000);
	reply(LLM_SIGNAL_OK, -1, 0);
	assert_int_equal(end.times, 1);
	assert_int_equal(end.outcome, LLM_COMPLETED);
	assert_string_equal(end.text, "Because.");
	assert_string_equal(end.usage,
	    "[{\"provider\":\"main\",\"model\":\"m\",\"kind\":\"chat\","
	    "\"tenant\":\"t\",\"outcome\":\"completed\",\"promptTokens\":100,"
	    "\"cachedTokens\":40,\"completionTokens\":10,\"costMicros\":200,"
	    "\"isEstimated\":false,\"requestId\":\"req-1\",\"ms\":50}]");
	assert_int_equal(sent.report.end, LLM_END_OK);
	assert_int_equal(sent.report.reservation, 70);
	assert_int_equal(sent.report.tokens, 110);
	assert_int_equal(sent.report.cost_micros, 200);
	assert_int_equal(sent.report.age_ms, 20);
	assert_null(strstr(log_text, "llm_failed"));
}

static void
test_signals(void **state)
{
	static const struct {
		int line;
		enum llm_signal signal;
		enum llm_end end;
		enum llm_outcome outcome; /* when nobody else can */
		bool is_final;
	} rows[] = {
	    {__LINE__, LLM_SIGNAL_UNREACHABLE, LLM_END_FAILED, LLM_RETRY, 0},
	    {__LINE__, LLM_SIGNAL_RATE_LIMITED, LLM_END_LIMITED, LLM_RETRY, 0},
	    {__LINE__, LLM_SIGNAL_QUOTA, LLM_END_QUOTA, LLM_PERMANENT, 0},
	    {__LINE__, LLM_SIGNAL_AUTH, LLM_END_AUTH, LLM_PERMANENT, 0},
	    {__LINE__, LLM_SIGNAL_NOT_FOUND, LLM_END_AUTH, LLM_PERMANENT, 0},
	    {__LINE__, LLM_SIGNAL_UNSUPPORTED, LLM_END_ALIVE, LLM_PERMANENT, 0},
	    {__LINE__, LLM_SIGNAL_FILTERED, LLM_END_ALIVE, LLM_FILTERED, 1},
	    {__LINE__, LLM_SIGNAL_EMPTY, LLM_END_ALIVE, LLM_RETRY, 0},
	    {__LINE__, LLM_SIGNAL_INTERRUPTED, LLM_END_FAILED, LLM_RETRY, 0},
	    {__LINE__, LLM_SIGNAL_BAD_REPLY, LLM_END_ALIVE, LLM_RETRY, 0},
	    {__LINE__, LLM_SIGNAL_REFUSED, LLM_END_ALIVE, LLM_PERMANENT, 0},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		(void)start();
		let(LLM_GO, 0);
		reply(rows[i].signal, -1, 0);
		ROW_INT(&rows[i], sent.report.end, rows[i].end);
		ROW_INT(&rows[i], end.times, rows[i].is_final);
		if (!rows[i].is_final) {
			ROW_STR(&rows[i], sent.offered, "1 ");
			let(LLM_GO, 1);
			ROW_STR(&rows[i], sent.provider, "backup");
			reply(rows[i].signal, -1, 0);
		}
		ROW_INT(&rows[i], end.times, 1);
		ROW_INT(&rows[i], end.outcome, rows[i].outcome);
		ROW_STR(&rows[i], end.code, "provider_x");
		ROW_TRUE(&rows[i],
		    strstr(log_text,
			"ev=llm_failed job=j1 provider=main code=provider_x "
			"detail=\"HTTP 500\"") != NULL);
		(void)tear_down(state);
		(void)set_up(state);
	}
}

static void
test_a_model_that_thinks_gets_more_room_once(void **state)
{
	(void)state;
	(void)start();
	let(LLM_GO, 0);
	assert_int_equal(sent.max_tokens, 300);
	reply(LLM_SIGNAL_TOKEN_LIMIT, -1, 0);
	assert_int_equal(sent.report.end, LLM_END_ALIVE);
	let(LLM_GO, 0);
	assert_string_equal(sent.provider, "main");
	assert_int_equal(sent.max_tokens, 1200);
	reply(LLM_SIGNAL_TOKEN_LIMIT, -1, 0);
	assert_string_equal(sent.offered, "1 ");
	let(LLM_GO, 1);
	reply(LLM_SIGNAL_TOKEN_LIMIT, -1, 0);
	assert_int_equal(end.times, 1);
	assert_int_equal(end.outcome, LLM_PERMANENT);
}

static void
test_the_failure_that_may_pass_counts(void **state)
{
	(void)state;
	(void)start();
	let(LLM_GO, 0);
	reply(LLM_SIGNAL_RATE_LIMITED, 200000, 0);
	let(LLM_GO, 1);
	reply(LLM_SIGNAL_AUTH, -1, 0);
	assert_int_equal(end.outcome, LLM_RETRY);
	assert_int_equal(end.retry_after_ms, 60000);
	assert_non_null(strstr(end.usage, "\"provider\":\"main\""));
	assert_non_null(strstr(end.usage, "\"provider\":\"backup\""));
	(void)start();
	let(LLM_GO, 0);
	reply(LLM_SIGNAL_RATE_LIMITED, 7000, 0);
	let(LLM_GO, 1);
	reply(LLM_SIGNAL_UNREACHABLE, -1, 0);
	assert_int_equal(end.retry_after_ms, 7000);
}

static void
test_verdicts(void **state)
{
	static const struct {
		int line;
		enum llm_verdict verdict;
		enum llm_outcome outcome;
		const char *code;
		int64_t wait_ms;
	} rows[] = {
	    {__LINE__, LLM_DOWN, LLM_PERMANENT, "providers_down", -1},
	    {__LINE__, LLM_OVER_BUDGET, LLM_PERMANENT, "budget_used_up", -1},
	    {__LINE__, LLM_WAIT, LLM_RETRY, "providers_busy", 60000},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		end.times = 0;
		(void)start();
		let(rows[i].verdict, 0);
		ROW_INT(&rows[i], end.times, 1);
		ROW_INT(&rows[i], end.outcome, rows[i].outcome);
		ROW_STR(&rows[i], end.code, rows[i].code);
		ROW_INT(&rows[i], end.retry_after_ms, rows[i].wait_ms);
		ROW_STR(&rows[i], end.usage, "");
	}
	assert_int_equal(sent.tries, 0);
	(void)start();
	let(LLM_GO, 0);
	reply(LLM_SIGNAL_UNREACHABLE, -1, 0);
	let(LLM_DOWN, 0); /* the other one is */
	assert_int_equal(end.outcome, LLM_RETRY);
	assert_string_equal(end.code, "provider_x");
}

static void
test_a_quirk_is_learned(void **state)
{
	(void)state;
	(void)start();
	let(LLM_GO, 0);
	assert_int_equal(sent.quirks, 0);
	reply(LLM_SIGNAL_UNSUPPORTED, -1, LLM_QUIRK_NO_TEMPERATURE);
	assert_string_equal(sent.offered, "0 1 ");
	let(LLM_GO, 0);
	assert_int_equal(sent.quirks, LLM_QUIRK_NO_TEMPERATURE);
	reply(LLM_SIGNAL_UNSUPPORTED, -1, LLM_QUIRK_NO_TOOLS);
	let(LLM_GO, 0);
	reply(LLM_SIGNAL_OK, -1, 0);
	assert_int_equal(end.outcome, LLM_COMPLETED);
	(void)start();
	let(LLM_GO, 0);
	assert_int_equal(
	    sent.quirks, LLM_QUIRK_NO_TEMPERATURE | LLM_QUIRK_NO_TOOLS);
	reply(LLM_SIGNAL_OK, -1, 0);
	(void)start();
	let(LLM_GO, 1);
	assert_int_equal(sent.quirks, 0); /* another provider's */
	reply(LLM_SIGNAL_OK, -1, 0);
}

static void
test_too_long_a_prompt_is_shortened_once(void **state)
{
	(void)state;
	(void)start();
	let(LLM_GO, 0);
	assert_int_equal(sent.messages, 3);
	reply(LLM_SIGNAL_TOO_LONG, -1, 0);
	assert_string_equal(sent.offered, "0 1 ");
	let(LLM_GO, 0);
	assert_int_equal(sent.messages, 2);
	reply(LLM_SIGNAL_TOO_LONG, -1, 0);
	assert_string_equal(sent.offered, "1 ");
	let(LLM_GO, 1);
	reply(LLM_SIGNAL_TOO_LONG, -1, 0);
	assert_int_equal(end.outcome, LLM_PERMANENT);
	assert_int_equal(sent.tries, 3);
	conf.providers[0].context = 128 + 20;
	(void)start();
	let(LLM_GO, 0);
	assert_int_equal(sent.messages, 2); /* before it is told */
	reply(LLM_SIGNAL_OK, -1, 0);
}

static void
test_time_runs_out(void **state)
{
	(void)state;
	(void)start();
	clock_fake(NOW + 55000, NOW);
	let(LLM_GO, 0);
	assert_int_equal(sent.timeout_ms, 40000);
	clock_fake(NOW + 95000, NOW);
	reply(LLM_SIGNAL_UNREACHABLE, -1, 0);
	assert_int_equal(end.times, 1); /* and nobody else is asked */
	assert_int_equal(end.outcome, LLM_RETRY);
}

static void
test_cancelling(void **state)
{
	(void)state;
	llm_cancel(start());
	assert_int_equal(sent.cancels, 1);
	assert_int_equal(sent.reports, 0);
}

static void
test_cancelling_under_way(void **state)
{
	struct llm_call *call = start();

	(void)state;
	let(LLM_GO, 0);
	llm_cancel(call);
	assert_int_equal(sent.cancels, 1);
	assert_int_equal(sent.report.end, LLM_END_UNKNOWN);
	assert_int_equal(sent.report.reservation, 70);
	assert_true(sent.report.tokens > 0); /* may be on the bill */
	assert_int_equal(end.times, 0);
}

static void
test_vectors(void **state)
{
	const char *const texts[] = {"one", "two"};

	(void)state;
	(void)llm_embed(llm, &job, "t", texts, 2, on_end, &end);
	assert_string_equal(sent.offered, "2 ");
	let(LLM_GO, 2);
	assert_string_equal(sent.provider, "embeddings");
	assert_int_equal(sent.texts, 2);
	assert_int_equal(sent.dimensions, 64);
	reply(LLM_SIGNAL_OK, -1, 0);
	assert_int_equal(end.vectors, 2);
	assert_non_null(strstr(end.usage, "\"kind\":\"embeddings\""));
}

static void
test_costs(void **state)
{
	static const struct {
		int line;
		int64_t in, cached, out;       /* prices */
		int64_t prompt, hits, written; /* tokens */
		int64_t want;
	} rows[] = {
	    {__LINE__, 0, 0, 0, 1000, 0, 1000, 0},
	    {__LINE__, 150000, 0, 600000, 1000000, 0, 1000000, 750000},
	    {__LINE__, 150000, 0, 600000, 1, 0, 0, 1}, /* begun ones count */
	    {__LINE__, 2000000, 1000000, 0, 100, 40, 0, 160},
	    {__LINE__, 2000000, 0, 0, 100, 40, 0, 200}, /* no own price */
	    {__LINE__, 2000000, 1000000, 0, 100, 900, 0, 100},
	    {__LINE__, INT64_MAX, 0, 0, INT64_MAX, 0, 0, 1000000000000000},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct conf_provider p = {.price_in = rows[i].in,
		    .price_cached = rows[i].cached,
		    .price_out = rows[i].out};

		ROW_INT(&rows[i],
		    llm_cost(&p, rows[i].prompt, rows[i].hits, rows[i].written),
		    rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	    TEST(test_an_answer),
	    TEST(test_signals),
	    TEST(test_a_model_that_thinks_gets_more_room_once),
	    TEST(test_the_failure_that_may_pass_counts),
	    TEST(test_verdicts),
	    TEST(test_a_quirk_is_learned),
	    TEST(test_too_long_a_prompt_is_shortened_once),
	    TEST(test_time_runs_out),
	    TEST(test_cancelling),
	    TEST(test_cancelling_under_way),
	    TEST(test_vectors),
	    TEST(test_costs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
