#ifndef OPS_CTL_CLIENT_H
#define OPS_CTL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * The tool's end of the control socket: one connection, a line out, lines in. Blocks.
 */

struct ctl_client;

#define CTL_CLIENT_ERROR_MAX 256u

/** ctl_client_new(path, timeout_ms, out, error): connects. ERR_IO: nobody is there, no
 * permission, or a daemon that does not turn and whose queue is full had no place within
 * ${timeout_ms}; ${error} says which. Requests are sent within that time, too. */
MUST_USE enum err ctl_client_new(const char *path, unsigned timeout_ms,
    struct ctl_client **out, char error[CTL_CLIENT_ERROR_MAX]);
void ctl_client_free(struct ctl_client *c);
/** ctl_client_send(c, line): ${line} with its newline. ERR_IO. */
MUST_USE enum err ctl_client_send(struct ctl_client *c, const char *line);
/** ctl_client_read(c, timeout_ms): the next line without its newline, valid until the
 * next call; NULL at the end, after ${timeout_ms} of silence (0: waits for ever), or when
 * a line is longer than any reply. */
const char *ctl_client_read(struct ctl_client *c, unsigned timeout_ms);

#endif
