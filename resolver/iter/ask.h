#ifndef ITER_ASK_H
#define ITER_ASK_H

#include "resolver/iter/task.h"

/*
 * Step "send": the query to the chosen server, as bytes. Its name in random case
 * (0x20, draft-vixie-dnsext-dns0x20) where the server bears that.
 */
enum step_id ask_step(struct iter_task *t, struct frame *f);

#endif
