#ifndef OPS_STATE_H
#define OPS_STATE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/err.h"
#include "detect/detect.h"

/*
 * What must outlive a restart: the state of detection, in one file of the state
 * directory. Saved to a new file beside it, synced, then renamed, so that a crash
 * at any moment leaves a whole one. The text itself is detect's (detect_save).
 */

#define STATE_ERROR_MAX	  512u
#define STATE_FILE	  "detect.state"
#define STATE_LEARNT_FILE "learnt.list"

/** state_make_dir(dir, uid, gid, error): makes ${dir} (0750, and one missing parent) and
 * gives it to ${uid} when we may; one that is there is left as it is. ERR_IO: ${error}
 * says why. */
MUST_USE enum err state_make_dir(
    const char *dir, uid_t uid, gid_t gid, char error[STATE_ERROR_MAX]);

/** state_check_dir(dir, error): whether we, as we are now, shall be able to save there.
 * ERR_IO: ${error} says why not. */
MUST_USE enum err state_check_dir(const char *dir, char error[STATE_ERROR_MAX]);

/** state_save(dir, d, now, error): ERR_IO: the older file is still there and ${error}
 * says why. Blocks for the disk: not on a worker. */
MUST_USE enum err state_save(const char *dir, struct detect *d, const struct now *now,
    char error[STATE_ERROR_MAX]);

/** state_save_learnt(dir, d, conf, now, error): what the learn period found, for review;
 * nothing when there was none. ERR_IO and blocking as above. */
MUST_USE enum err state_save_learnt(const char *dir, struct detect *d,
    const struct conf *conf, const struct now *now, char error[STATE_ERROR_MAX]);

/**
 * state_load(dir, d, now, error):
 * Errors: ERR_NOTFOUND (no file: the first start, nothing to tell), ERR_IO,
 * ERR_MALFORMED: ${error} is "FILE:LINE: why"; what stood before that line is in force.
 * All of them are no reason not to start.
 */
MUST_USE enum err state_load(const char *dir, struct detect *d, const struct now *now,
    char error[STATE_ERROR_MAX]);

#endif
