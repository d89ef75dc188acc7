#ifndef NET_SOCK_H
#define NET_SOCK_H

#include <stdbool.h>

#include "base/addr.h"
#include "base/err.h"

/*
 * What the doors and the pool of outgoing sockets do alike to a fresh socket. Used
 * inside net/ alone. Errors leave errno as the failing call set it.
 */

/**
 * sock_open(family, type, out_fd):
 * A non-blocking, close-on-exec socket of SOCK_DGRAM or SOCK_STREAM; IPv6 sockets take no
 * IPv4 (RFC 3493 5.3), so that one host has one form. Errors: ERR_IO.
 */
MUST_USE enum err sock_open(enum addr_family family, int type, int *out_fd);
/** sock_set(fd, level, option, value): ERR_IO. */
MUST_USE enum err sock_set(int fd, int level, int option, int value);
/** sock_try(fd, level, option, value): the same where failing does no harm. */
void sock_try(int fd, int level, int option, int value);
/** sock_bind(fd, at): ERR_IO. */
MUST_USE enum err sock_bind(int fd, const struct addr *at);
/** sock_is_shortage(number): an errno of ours and of nobody else: descriptors, memory or
 * ports are used up. */
bool sock_is_shortage(int number);
/** sock_local(fd, out): the address ${fd} is bound to; ADDR_NONE when there is none. */
void sock_local(int fd, struct addr *out);
/** sock_close(fd): closes and leaves errno alone. */
void sock_close(int fd);

/**
 * sock_no_fragments(fd, family):
 * Datagrams of ${fd} are neither fragmented here nor on the way (RFC 9715).
 */
void sock_no_fragments(int fd, enum addr_family family);

#endif
