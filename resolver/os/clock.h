#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include "base/clock.h"

/** clock_now(out): the only place that asks the system for the time. */
void clock_now(struct now *out);
/** clock_cpu_ns(): CPU time of the calling thread, for costs and benches. */
uint64_t clock_cpu_ns(void);

#endif
