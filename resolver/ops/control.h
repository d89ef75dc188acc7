#ifndef OPS_CONTROL_H
#define OPS_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <jansson.h>

#include "cache/anscache.h"
#include "cache/rrcache.h"
#include "resolver/iter/keytable.h"
#include "conf/conf.h"
#include "detect/detect.h"
#include "resolver/net/loop.h"
#include "resolver/ops/reload.h"
#include "resolver/ops/trust.h"
#include "resolver/os/journal.h"

/*
 * The control socket: a Unix stream socket for operators, served by the main thread's
 * loop.
 *
 * A request is a line of JSON (control_request.h), a reply one JSON document a line;
 * requests of one connection are answered in their order. Who may write to the socket is
 * an operator: its mode is 0660, owner and group those of the daemon. What an operator
 * changes is journaled with his user id.
 *
 * Bounded: CONTROL_CONNS_MAX connections, CONTROL_LINE_MAX bytes a request, a byte limit
 * on what waits for a reader, and a time limit for one that does not read or says
 * nothing.
 */

#define CONTROL_CONNS_MAX 16u
#define CONTROL_PENDING_MAX                                                              \
	(8u << 20) /* the longest reply is 1,000 events of at most 4 KB, escaped */
#define CONTROL_FOLLOW_MAX     (1u << 20) /* beyond this a follower has stopped reading */
#define CONTROL_SILENCE_MAX_MS 60000u	  /* a connection without request */
#define CONTROL_STALL_MAX_MS   10000u	  /* a reader that takes nothing */
#define CONTROL_PATH_ERROR_MAX 512u

/** The daemon as the commands see it. Borrowed, all of it; any pointer may be NULL (its
 * commands then say "unavailable"). */
struct control_env {
	struct detect *detect;
	struct journal *journal;
	struct rrcache *rrcache;
	struct keytable *keytable;
	struct anscache *anscache;
	struct reload *reload;
	struct trust *trust;
	const struct conf *(*conf)(
	    void *ctx); /* the one in force; borrowed until the loop's next turn */
	json_t *(*status)(void *ctx); /* return a new object each; what is theirs to tell
					 is added to it here */
	json_t *(*stats)(void *ctx);
	void *ctx;
};

struct control;

/**
 * control_bind(path, uid, gid, fd, error):
 * A listening socket at ${path}, before privileges go; makes its directory (0755) when
 * that alone is missing. A socket that nobody answers on is left from a crash and
 * removed; one that is answered on is ERR_EXISTS, and anything that is no socket is left
 * alone (ERR_EXISTS). Given to ${uid} and ${gid} when we are root. Errors: ERR_RANGE
 * (path too long), ERR_IO. ${error} is for the operator.
 */
MUST_USE enum err control_bind(
    const char *path, uid_t uid, gid_t gid, int *fd, char error[CONTROL_PATH_ERROR_MAX]);

/** control_new(loop, fd, path, env): takes ${fd}; copies ${env} and ${path}; listens to
 * the journal when there is one. NULL without memory. */
struct control *control_new(
    struct loop *loop, int fd, const char *path, const struct control_env *env);
/** control_free(c): closes all connections, removes the socket. Before the journal's and
 * the reload's free. */
void control_free(struct control *c);

#endif
