#ifndef ITER_ADDRESS_H
#define ITER_ADDRESS_H

#include "resolver/iter/task.h"

/*
 * Step "addresses": the addresses of one more name server of the frame's zone, asked
 * for in a frame of its own. One name and one family at a time; what it brings is tried
 * before the next. The number of names is bounded per delegation, that of names that do
 * not exist per question (NXNSAttack, NRDelegation).
 */
enum step_id address_step(struct iter_task *t, struct frame *f);

/** address_is_wanting(t, f): there is a name that address_step could still ask for. */
bool address_is_wanting(struct iter_task *t, struct frame *f);

#endif
