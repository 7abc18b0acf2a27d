/* Both clocks, and the fixed values that tests put in their place. */
#include "common/clock.h"

#include <limits.h>
#include <stdatomic.h>
#include <time.h>

static _Atomic int64_t fake_mono_ms = -1;
static _Atomic int64_t fake_wall_ms = -1;

static int64_t
clock_read(clockid_t id)
{
	struct timespec t;

	/* Cannot fail for these two clocks on Linux. */
	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
clock_mono_ms(void)
{
	int64_t fake = atomic_load(&fake_mono_ms);

	return fake >= 0 ? fake : clock_read(CLOCK_MONOTONIC);
}

int64_t
clock_wall_ms(void)
{
	int64_t fake = atomic_load(&fake_wall_ms);

	return fake >= 0 ? fake : clock_read(CLOCK_REALTIME);
}

int
clock_left_ms(int64_t deadline_ms)
{
	int64_t now_ms = clock_mono_ms();

	if (deadline_ms <= now_ms)
		return 0;
	if (deadline_ms - now_ms > INT_MAX)
		return INT_MAX;
	return (int)(deadline_ms - now_ms);
}

void
clock_fake(int64_t mono_ms, int64_t wall_ms)
{
	atomic_store(&fake_mono_ms, mono_ms);
	atomic_store(&fake_wall_ms, wall_ms);
}
