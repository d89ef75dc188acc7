#ifndef OPS_CONTROL_QUEUE_H
#define OPS_CONTROL_QUEUE_H

#include <stdint.h>

/*
 * Events on their way to followers: the journal's thread puts lines in, the main loop
 * takes them out when the queue's descriptor is readable. Bounded; a full queue counts a
 * loss and the journal goes on. While nobody follows, putting costs a lock and nothing
 * else.
 */

#define CONTROL_QUEUE_LINES 1024u /* the events of a bad second */

struct control_queue;

/** control_queue_new(): NULL without memory or descriptors. */
struct control_queue *control_queue_new(void);
void control_queue_free(struct control_queue *q);
/** control_queue_fd(q): readable when something was put in; control_queue_awake(q) makes
 * it unreadable again. */
int control_queue_fd(const struct control_queue *q);
void control_queue_awake(struct control_queue *q);
/** One follower more, one less. */
void control_queue_follow(struct control_queue *q);
void control_queue_unfollow(struct control_queue *q);
/** control_queue_put(q, line): any thread; copies; what journal_listen wants. */
void control_queue_put(void *q, const char *line);
/** control_queue_take(q): the oldest line, the caller's to free(); NULL when there is
 * none. */
char *control_queue_take(struct control_queue *q);
/** control_queue_lost(q): lines lost since the last call. */
uint64_t control_queue_lost(struct control_queue *q);

#endif
