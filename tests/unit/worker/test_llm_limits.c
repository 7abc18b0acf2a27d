/* What rate-limit headers say, in all dialects. */
#include "tests/unit/common/unit.h"

#include <string.h>
#include <strings.h>

#include "worker/handlers/llm_limits.h"

#define NOW INT64_C(1795435200000) /* Mon, 23 Nov 2026 12:00:00 GMT */

static const struct {
	const char *value;
	int64_t ms;
} waits[] = {
    {"1", 1000},
    {"1s", 1000},
    {" 20 ", 20000},
    {"7.66", 7660},
    {"0.0004", 1},
    {"2m59.56s", 179560},
    {"6m0s", 300000}, /* more than the most */
    {"4m0s", 240000},
    {"12ms", 12},
    {"9ms", 9},
    {"500us", 1},
    {"1h2m3.5s", 300000},
    {"0h0m3.5s", 3500},
    {"1m0.000001s", 60001},
    {"99999999999999999999", 300000},
    {"99999999999999999999h", 300000},
    {"1795435230", 30000},
    {"1795435230.5", 30500},
    {"1795435230500", 30500},
    {"1795435199", -1}, /* was before */
    {"2026-11-23T12:00:30Z", 30000},
    {"2026-11-23T12:00:30.5Z", 30500},
    {"2026-11-23T13:00:30+01:00", 30000},
    {"2026-11-23T10:30:30-01:30", 30000},
    {"2026-11-23T12:30:00Z", 300000},
    {"2026-11-23T11:59:59Z", -1},
    {"Mon, 23 Nov 2026 12:00:30 GMT", 30000},
    {"Mon, 23 Nov 2026 11:00:30 GMT", -1},
    {"0", -1},
    {"-1", -1},
    {"0s", -1},
    {"0.0", -1},
    {"", -1},
    {" ", -1},
    {"soon", -1},
    {"1x", -1},
    {"1s2", -1},
    {"1s ", 1000},
    {"1 s", -1},
    {".5", -1},
    {"1.5.5", -1},
    {"s", -1},
    {"2026-11-23", -1},
    {"2026-11-23T12:00:30", -1},
    {"2026-11-23T12:00:30+1", -1},
    {"2026-11-23T99:00:30Z", -1},
    {"NaN", -1},
    {"Infinity", -1},
    {"1e9", -1},
    {"11111111111111111111111111111111111111111111111111111111111111111", -1},
};

static void
test_waits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		int64_t ms = llm_limits_wait_ms(waits[i].value, NOW);

		if (ms != waits[i].ms)
			fail_msg("\"%s\": %lld instead of %lld", waits[i].value,
			    (long long)ms, (long long)waits[i].ms);
	}
}

/* ctx: pairs of name and value, ended by NULL. */
static const char *
find(const void *ctx, const char *name)
{
	for (const char *const *p = ctx; *p != NULL; p += 2) {
		if (strcasecmp(*p, name) == 0)
			return p[1];
	}
	return NULL;
}

static const struct {
	const char *headers[16];
	struct llm_limits want;
} dialects[] = {
    {{NULL}, {-1, -1, -1, -1, -1, -1}},
    {{"x-ratelimit-limit-requests", "60", "x-ratelimit-remaining-requests",
	 "59", "x-ratelimit-reset-requests", "1s", "x-ratelimit-limit-tokens",
	 "150000", "x-ratelimit-remaining-tokens", "149984",
	 "x-ratelimit-reset-tokens", "4m0s"},
	{60, 59, 1000, 150000, 149984, 240000}},
    {{"x-ratelimit-limit-tokens_usage_based", "900",
	 "x-ratelimit-remaining-tokens_usage_based", "0",
	 "x-ratelimit-reset-tokens_usage_based", "12ms"},
	{-1, -1, -1, 900, 0, 12}},
    {{"anthropic-ratelimit-requests-limit", "50",
	 "anthropic-ratelimit-requests-remaining", "49",
	 "anthropic-ratelimit-requests-reset", "2026-11-23T12:00:01Z",
	 "anthropic-ratelimit-input-tokens-limit", "40000",
	 "anthropic-ratelimit-input-tokens-remaining", "39000"},
	{50, 49, 1000, 40000, 39000, -1}},
    {{"x-ratelimit-limit", "20", "x-ratelimit-remaining", "0",
	 "x-ratelimit-reset", "1795435260000"},
	{20, 0, 60000, -1, -1, -1}},
    /* What some send when they know nothing. */
    {{"x-ratelimit-limit-requests", "0", "x-ratelimit-remaining-requests", "-1",
	 "x-ratelimit-reset-requests", "-1", "x-ratelimit-limit-tokens", "many",
	 "x-ratelimit-remaining-tokens", "", "x-ratelimit-reset-tokens", "0"},
	{-1, -1, -1, -1, -1, -1}},
};

static void
test_dialects(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
		struct llm_limits got;

		llm_limits_read(find, dialects[i].headers, NOW, &got);
		assert_memory_equal(&got, &dialects[i].want, sizeof got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_waits),
	    cmocka_unit_test(test_dialects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
