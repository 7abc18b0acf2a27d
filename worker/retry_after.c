#include "worker/retry_after.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "common/text.h"

#define VALUE_MAX 64

static int64_t
retry_after_clamp(int64_t ms)
{
	if (ms < 0)
		return 0;
	return ms < RETRY_AFTER_MAX_MS ? ms : RETRY_AFTER_MAX_MS;
}

/* digits [ "." digits ] times scale, -1 if it is anything else. */
static int64_t
retry_after_number(const char *s, int64_t scale)
{
	int64_t whole = 0, part = 0, unit = scale;

	if (*s < '0' || *s > '9')
		return -1;
	for (; *s >= '0' && *s <= '9'; s++)
		whole = whole < RETRY_AFTER_MAX_MS ? whole * 10 + (*s - '0')
						   : RETRY_AFTER_MAX_MS;
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9'; s++) {
			unit /= 10;
			part += unit * (*s - '0');
		}
	}
	return *s == '\0' ? retry_after_clamp(whole * scale + part) : -1;
}

static int64_t
retry_after_date(const char *s, int64_t now_ms)
{
	static const char *const formats[] = {
	    "%a, %d %b %Y %H:%M:%S GMT", /* the one in use */
	    "%A, %d-%b-%y %H:%M:%S GMT", /* RFC 850 */
	    "%a %b %e %H:%M:%S %Y",      /* asctime() */
	};

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		struct tm tm = {0};
		const char *end = strptime(s, formats[i], &tm);

		if (end != NULL && *end == '\0')
			return retry_after_clamp(
			    (int64_t)timegm(&tm) * 1000 - now_ms);
	}
	return -1;
}

/* Copies without the blanks around; false if it is too long to be sane. */
static bool
retry_after_trim(const char *value, char out[VALUE_MAX])
{
	size_t len;
	const char *s = text_trim(value, &len);

	if (len >= VALUE_MAX)
		return false;
	memcpy(out, s, len);
	out[len] = '\0';
	return true;
}

int64_t
retry_after_ms(
    const char *milliseconds, const char *seconds_or_date, int64_t now_ms)
{
	char value[VALUE_MAX];
	int64_t ms = -1;

	if (milliseconds != NULL && retry_after_trim(milliseconds, value))
		ms = retry_after_number(value, 1);
	if (ms >= 0 || seconds_or_date == NULL ||
	    !retry_after_trim(seconds_or_date, value))
		return ms;
	ms = retry_after_number(value, 1000);
	return ms >= 0 ? ms : retry_after_date(value, now_ms);
}
