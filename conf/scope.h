#ifndef CONF_SCOPE_H
#define CONF_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Interfaces by name in link-local addresses (RFC 4007 11): "fe80::1%eth0@53" is
 * "fe80::1%2@53" where eth0 is the second interface. What interfaces there are is read
 * from a file, as everything in this folder; those that have an IPv6 address, since no
 * other has a link that the address could be on.
 */

#define SCOPE_FILE "/proc/net/if_inet6"

/* Room for an address as text with its scope and port. */
#define SCOPE_TEXT_MAX 128u

/**
 * scope_number(text, file, out):
 * ${text} with the interface's number in the place of its name; as it is when it has no
 * scope, or a number. NULL, or what is wrong, in words that live for ever; ${*out} has
 * room for SCOPE_TEXT_MAX.
 */
const char *scope_number(const char *text, const char *file, char out[SCOPE_TEXT_MAX]);

#endif
