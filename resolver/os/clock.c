#include "resolver/os/clock.h"

#include <time.h>

static int64_t
in_ms(clockid_t which)
{
	struct timespec t = { 0, 0 };

	clock_gettime(which, &t); /* cannot fail for the clocks below */
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
clock_now(struct now *out)
{
	out->mono_ms =
	    (uint64_t)in_ms(CLOCK_MONOTONIC) + 1; /* 0 means "never" elsewhere */
	out->wall_ms = in_ms(CLOCK_REALTIME);
}

uint64_t
clock_cpu_ns(void)
{
	struct timespec t = { 0, 0 };

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
