#include "worker/handlers/llm_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "common/text.h"
#include "worker/retry_after.h"

#define VALUE_MAX 64
#define COUNT_MAX INT64_C(1000000000000000)
#define MILLION INT64_C(1000000)
#define WHOLE_MAX (4 * MILLION * MILLION) /* times a million fits */
#define EPOCH_S_MIN (1000 * MILLION)      /* smaller numbers are seconds */
#define EPOCH_MS_MIN (100000 * MILLION)   /* greater ones milliseconds */
#define DIALECTS 4

/* A row for each field of struct llm_limits, in its order. */
static const char *const llm_limit_names[6][DIALECTS] = {
    {"x-ratelimit-limit-requests", "anthropic-ratelimit-requests-limit",
	"x-ratelimit-limit", "ratelimit-limit"},
    {"x-ratelimit-remaining-requests", "anthropic-ratelimit-requests-remaining",
	"x-ratelimit-remaining", "ratelimit-remaining"},
    {"x-ratelimit-reset-requests", "anthropic-ratelimit-requests-reset",
	"x-ratelimit-reset", "ratelimit-reset"},
    {"x-ratelimit-limit-tokens", "anthropic-ratelimit-tokens-limit",
	"x-ratelimit-limit-tokens_usage_based",
	"anthropic-ratelimit-input-tokens-limit"},
    {"x-ratelimit-remaining-tokens", "anthropic-ratelimit-tokens-remaining",
	"x-ratelimit-remaining-tokens_usage_based",
	"anthropic-ratelimit-input-tokens-remaining"},
    {"x-ratelimit-reset-tokens", "anthropic-ratelimit-tokens-reset",
	"x-ratelimit-reset-tokens_usage_based",
	"anthropic-ratelimit-input-tokens-reset"},
};

/* Takes digits [ "." digits ] off *s, in millionths. */
static bool
llm_take_number(const char **s, int64_t *out)
{
	int64_t whole = 0, part = 0, unit = MILLION;
	const char *p = *s;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		whole = whole < WHOLE_MAX / 10 ? whole * 10 + (*p - '0')
					       : WHOLE_MAX;
	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9'; p++) {
			unit /= 10;
			part += unit * (*p - '0');
		}
	}
	*s = p;
	*out = whole * MILLION + part;
	return true;
}

/* Microseconds in the unit at *s, which is taken off; 0 if it is none. */
static int64_t
llm_take_unit(const char **s)
{
	static const struct {
		const char *name;
		int64_t us;
	} units[] = {{"ms", 1000}, {"us", 1}, {"h", 3600 * MILLION},
	    {"m", 60 * MILLION}, {"s", MILLION}};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		size_t len = strlen(units[i].name);

		if (strncmp(*s, units[i].name, len) == 0) {
			*s += len;
			return units[i].us;
		}
	}
	return 0;
}

/* A number with nothing behind it, or numbers with units; -1 if neither. */
static int64_t
llm_wait_number(const char *s, int64_t now_ms)
{
	int64_t us = 0, n, unit;

	if (!llm_take_number(&s, &n))
		return -1;
	if (*s == '\0' && n / MILLION >= EPOCH_MS_MIN)
		return n / MILLION - now_ms;
	if (*s == '\0')
		return n / MILLION >= EPOCH_S_MIN ? n / 1000 - now_ms
						  : (n + 999) / 1000;
	do {
		if ((unit = llm_take_unit(&s)) == 0)
			return -1;
		if (n / MILLION > LLM_WAIT_MAX_MS)
			n = LLM_WAIT_MAX_MS * MILLION;
		/* In this order neither overflows nor is a part lost. */
		us += n / MILLION * unit + n % MILLION * unit / MILLION;
		if (us > LLM_WAIT_MAX_MS * 1000)
			us = LLM_WAIT_MAX_MS * 1000;
	} while (llm_take_number(&s, &n));
	return *s == '\0' ? (us + 999) / 1000 : -1;
}

/* 2026-11-23T12:00:00.5Z or with +01:00 in place of the Z; -1 if it is not. */
static int64_t
llm_wait_rfc3339(const char *s, int64_t now_ms)
{
	struct tm tm = {0}, offset = {0};
	const char *p = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t at_s, part = 0;
	bool is_west;

	if (p == NULL)
		return -1;
	at_s = (int64_t)timegm(&tm);
	if (*p == '.') {
		const char *digits = p++;

		while (*p >= '0' && *p <= '9')
			p++;
		if (p - digits > 1)
			part = (digits[1] - '0') * 100;
	}
	if (strcmp(p, "Z") != 0) {
		is_west = *p == '-';
		if (*p != '+' && *p != '-')
			return -1;
		p = strptime(p + 1, "%H:%M", &offset);
		if (p == NULL || *p != '\0')
			return -1;
		at_s += (is_west ? 60 : -60) *
		    (offset.tm_hour * 60 + offset.tm_min);
	}
	return at_s * 1000 + part - now_ms;
}

int64_t
llm_limits_wait_ms(const char *value, int64_t now_wall_ms)
{
	char s[VALUE_MAX];
	size_t len;
	const char *at = text_trim(value, &len);
	int64_t ms = -1;

	if (len == 0 || len >= sizeof s)
		return -1;
	memcpy(s, at, len);
	s[len] = '\0';
	if (strchr(s, 'T') != NULL && *s >= '0' && *s <= '9')
		ms = llm_wait_rfc3339(s, now_wall_ms);
	else if (*s >= '0' && *s <= '9')
		ms = llm_wait_number(s, now_wall_ms);
	else
		ms = retry_after_ms(NULL, s, now_wall_ms);
	if (ms <= 0)
		return -1;
	return ms < LLM_WAIT_MAX_MS ? ms : LLM_WAIT_MAX_MS;
}

void
llm_limits_read(llm_header_fn header, const void *ctx, int64_t now_wall_ms,
    struct llm_limits *out)
{
	int64_t values[6];

	for (size_t i = 0; i < 6; i++) {
		values[i] = -1;
		for (size_t n = 0; n < DIALECTS && values[i] < 0; n++) {
			const char *value = header(ctx, llm_limit_names[i][n]);

			if (value == NULL)
				continue;
			if (i % 3 == 2)
				values[i] = llm_limits_wait_ms(
				    value, now_wall_ms);
			/* No limit is 0: that is how some say nothing. */
			else if (text_to_int(value, i % 3 == 0, COUNT_MAX,
				     &values[i]) != ERR_OK)
				values[i] = -1;
		}
	}
	*out = (struct llm_limits){
	    values[0], values[1], values[2], values[3], values[4], values[5]};
}
