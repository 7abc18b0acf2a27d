#include "worker/backoff.h"

#include <assert.h>
#include <sys/random.h>

/* From 0 up to and with span. */
static int64_t
backoff_share(int64_t span, uint32_t random)
{
	/* Spans are of days at most: far from the overflow at 2^31 ms. */
	return (int64_t)(((uint64_t)span * random + random) >> 32);
}

int64_t
backoff_ms(int failures, int64_t base_ms, int64_t cap_ms, uint32_t random)
{
	int64_t window = base_ms;

	assert(failures > 0 && base_ms > 0 && cap_ms >= base_ms);
	for (int i = 1; i < failures && window < cap_ms; i++)
		window *= 2;
	if (window > cap_ms)
		window = cap_ms;
	return window - window / 2 + backoff_share(window / 2, random);
}

int64_t
backoff_after_ms(int64_t asked_ms, uint32_t random)
{
	return asked_ms + backoff_share(asked_ms / 10, random);
}

int64_t
backoff_period_ms(int64_t period_ms, uint32_t random)
{
	return period_ms - period_ms / 5 +
	    backoff_share(period_ms / 5 * 2, random);
}

uint32_t
backoff_random(void)
{
	uint32_t random = 0;

	/* So few bytes come whole once the kernel has booted. Without them all
	 * that is lost is the jitter. */
	(void)!getrandom(&random, sizeof random, 0);
	return random;
}
