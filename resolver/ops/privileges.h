#ifndef OPS_PRIVILEGES_H
#define OPS_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * What the daemon may do to the machine, and how it gives that up. The order is the
 * caller's: look up the user, raise limits, bind sockets and make directories for that
 * user, then drop. Nothing here can be taken back.
 *
 * Every error text is for the operator: what was tried, for whom, what the system said.
 */

#define PRIVILEGES_ERROR_MAX 256u

struct privileges {
	bool drop; /* we are root and are to become somebody else */
	uid_t uid; /* who we are to be, or are */
	gid_t gid;
	char user[64]; /* its name; "" when it has none */
};

/**
 * privileges_look_up(user, out, error):
 * Whom to become. ${user} "" or not being root: whom we are already.
 * Errors: ERR_NOTFOUND (no such user), ERR_REFUSED (${user} is root by number: that drops
 * nothing).
 */
MUST_USE enum err privileges_look_up(
    const char *user, struct privileges *out, char error[PRIVILEGES_ERROR_MAX]);

/** privileges_check_user(user, error): whether root could become ${user} on this machine,
 * whoever we are. Errors: as privileges_look_up. */
MUST_USE enum err privileges_check_user(
    const char *user, char error[PRIVILEGES_ERROR_MAX]);

/**
 * privileges_raise_files(needed, error):
 * At least ${needed} open descriptors; the hard limit goes up too when we may.
 * Errors: ERR_LIMIT: fewer are to be had; the limit is as high as it gets and ${error}
 * says how high.
 */
MUST_USE enum err privileges_raise_files(size_t needed, char error[PRIVILEGES_ERROR_MAX]);
/** privileges_files(): how many descriptors may be open now. */
size_t privileges_files(void);

/**
 * privileges_drop(p, error):
 * Becomes ${p} for good, verified; no capability is left in any set, no_new_privs is
 * set, no core is dumped (a core holds clients' questions), files are made with umask
 * 027. Errors: ERR_IO: the caller must end, since it is half one and half the other.
 */
MUST_USE enum err privileges_drop(
    const struct privileges *p, char error[PRIVILEGES_ERROR_MAX]);

#endif
