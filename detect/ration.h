#ifndef DETECT_RATION_H
#define DETECT_RATION_H

#include <stdatomic.h>
#include <stdint.h>

/*
 * How many beacons are told: what an analyst asks for is a beat that is new. A network
 * of 400 people has 600 quiet programs that each ask one name at a steady interval, and
 * all of them are new to a detector that has just been started.
 *
 * 1. Of the beats that began in the first day (86,400 seconds from the first question on)
 * ten are told. The others were there before, and are counted.
 * 2. Of those that began later ten are told a day. One that finds the ration used up
 * waits for its turn; so decoys put a report off and do not hide it.
 */

#define RATION_A_DAY 10u

struct ration {
	_Atomic uint32_t since_sec;	   /* of the first question; 0: none yet */
	_Atomic uint64_t first_told, told; /* day << 32 | number */
};

enum ration_answer { RATION_TELL, RATION_WAIT, RATION_NEVER };

/** ration_begin(r, now_sec): a question; the first one begins the first day. */
static inline void
ration_begin(struct ration *r, uint32_t now_sec)
{
	uint32_t none = 0;

	if (atomic_load_explicit(&r->since_sec, memory_order_relaxed) == 0)
		atomic_compare_exchange_strong(&r->since_sec, &none, now_sec);
}

/** ration_take(r, first_sec, now_sec): may a beat that began at ${first_sec} be told? No
 * lock needed. */
enum ration_answer ration_take(struct ration *r, uint32_t first_sec, uint32_t now_sec);

#endif
