#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/siphash.h"

/*
 * Internet addresses, transport addresses and prefixes. An IPv4-mapped IPv6
 * address becomes IPv4 wherever an address enters, so that one host has one form.
 */

enum addr_family { ADDR_NONE = 0, ADDR_V4 = 4, ADDR_V6 = 6 };

struct addr {
	uint8_t family; /* enum addr_family */
	uint8_t unused;
	uint16_t port;	   /* host order; 0 where only the host matters */
	uint32_t scope;	   /* interface index of a link-local IPv6 address, else 0 */
	uint8_t bytes[16]; /* network order; v4 uses the first four, the rest are 0 */
};

struct prefix {
	struct addr addr; /* bits behind the prefix are 0; port 0 */
	uint8_t bits;	  /* 0..32 or 0..128 */
};

/* "[xxxx:...:255.255.255.255%4294967295]:65535" and its NUL. */
#define ADDR_TEXT_MAX 80u

/** addr_bytes_len(a): 4, 16 or 0. */
size_t addr_bytes_len(const struct addr *a);
/** addr_equal(a, b): host and port (and scope). */
bool addr_equal(const struct addr *a, const struct addr *b);
/** addr_same_host(a, b): without the port. */
bool addr_same_host(const struct addr *a, const struct addr *b);
/** addr_hash(key, a): keyed hash over host and port. */
uint64_t addr_hash(const struct hashkey *key, const struct addr *a);

/** addr_from_bytes(out, bytes, len, port): ${len} 4 or 16 as in A and AAAA rdata;
 * ERR_MALFORMED else. */
MUST_USE enum err addr_from_bytes(
    struct addr *out, const uint8_t *bytes, size_t len, uint16_t port);
/** addr_from_sockaddr(out, sa): ADDR_NONE for any other family. */
void addr_from_sockaddr(struct addr *out, const struct sockaddr *sa);
/** addr_to_sockaddr(a, out): returns the length for bind/sendto; 0 for ADDR_NONE. */
socklen_t addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *out);

/**
 * addr_from_text(text, default_port, out):
 * "192.0.2.1", "192.0.2.1@53", "2001:db8::1", "2001:db8::1@53", "fe80::1%2@53",
 * "[::1]:53". Errors: ERR_MALFORMED, ERR_RANGE (port).
 */
MUST_USE enum err addr_from_text(
    const char *text, uint16_t default_port, struct addr *out);
/** addr_to_text(a, out): "192.0.2.1" or "192.0.2.1@53" when the port is not 0. Returns
 * ${out}. */
char *addr_to_text(const struct addr *a, char out[ADDR_TEXT_MAX]);
/** addr_host_text(a, out): without the port. Returns ${out}. */
char *addr_host_text(const struct addr *a, char out[ADDR_TEXT_MAX]);

/** addr_mask(a, bits): the address with the bits behind the first ${bits} cleared, port
 * and scope 0. */
struct addr addr_mask(const struct addr *a, unsigned bits);
/** addr_is_loopback / addr_is_unspecified / addr_is_private (RFC 1918, 4193, link local,
 * 6598). */
bool addr_is_loopback(const struct addr *a);
bool addr_is_unspecified(const struct addr *a);
bool addr_is_private(const struct addr *a);
/** addr_is_link_local(a): of IPv6: it means nothing without its scope (RFC 4007 6). */
bool addr_is_link_local(const struct addr *a);
/** addr_is_usable_upstream(a): a unicast host on the Internet that a query may be sent to
 *  (not unspecified, multicast, broadcast, 0/8, class E, nor link-local without its link;
 * loopback and private are judged by the caller). */
bool addr_is_usable_upstream(const struct addr *a);

/** prefix_from_text(text, out): "192.0.2.0/24", "2001:db8::/32", or a bare address.
 *  Errors: ERR_MALFORMED, ERR_RANGE (length). Bits behind the prefix must be 0
 * (ERR_RANGE). */
MUST_USE enum err prefix_from_text(const char *text, struct prefix *out);
char *prefix_to_text(const struct prefix *p, char out[ADDR_TEXT_MAX]);
bool prefix_contains(const struct prefix *p, const struct addr *a);

/*
 * A map from prefixes to small numbers with longest-prefix match; immutable
 * once built, so it needs no lock.
 */
struct prefixmap;
struct prefixmap *prefixmap_new(void);
void prefixmap_free(struct prefixmap *m);
/** prefixmap_add(m, p, value): ERR_EXISTS when ${p} is there already, ERR_NOMEM. */
MUST_USE enum err prefixmap_add(
    struct prefixmap *m, const struct prefix *p, uint32_t value);
/** prefixmap_find(m, a, value): the value of the longest prefix that holds ${a}; false
 * when none does. */
bool prefixmap_find(const struct prefixmap *m, const struct addr *a, uint32_t *value);

#endif
