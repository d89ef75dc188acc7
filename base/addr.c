#include "base/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t v4_mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

#define HOST_TEXT_MAX                                                                    \
	64u /* longest host part that may be an address, scope and NUL included */

size_t
addr_bytes_len(const struct addr *a)
{
	return a->family == ADDR_V4 ? 4 : a->family == ADDR_V6 ? 16 : 0;
}

bool
addr_same_host(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && a->scope == b->scope &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool
addr_equal(const struct addr *a, const struct addr *b)
{
	return a->port == b->port && addr_same_host(a, b);
}

uint64_t
addr_hash(const struct hashkey *key, const struct addr *a)
{
	uint8_t bytes[16 + 4 + 2 + 1];

	memcpy(bytes, a->bytes, 16);
	memcpy(bytes + 16, &a->scope, 4);
	memcpy(bytes + 20, &a->port, 2);
	bytes[22] = a->family;
	return siphash13(key, bytes, sizeof(bytes));
}

static bool
is_link_local_v6(const uint8_t *bytes)
{
	return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

/* An IPv4-mapped address becomes IPv4 here, for all who come in. */
static void
set_v6(struct addr *out, const uint8_t *bytes, uint32_t scope)
{
	if (memcmp(bytes, v4_mapped, sizeof(v4_mapped)) == 0) {
		out->family = ADDR_V4;
		memcpy(out->bytes, bytes + 12, 4);
		return;
	}
	out->family = ADDR_V6;
	memcpy(out->bytes, bytes, 16);
	out->scope = is_link_local_v6(bytes) ? scope : 0;
}

enum err
addr_from_bytes(struct addr *out, const uint8_t *bytes, size_t len, uint16_t port)
{
	memset(out, 0, sizeof(*out));
	if (len == 4) {
		out->family = ADDR_V4;
		memcpy(out->bytes, bytes, 4);
	} else if (len == 16) {
		set_v6(out, bytes, 0);
	} else {
		return ERR_MALFORMED;
	}
	out->port = port;
	return ERR_OK;
}

void
addr_from_sockaddr(struct addr *out, const struct sockaddr *sa)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	memset(out, 0, sizeof(*out));
	if (sa->sa_family == AF_INET) {
		memcpy(&sin, sa, sizeof(sin));
		out->family = ADDR_V4;
		out->port = ntohs(sin.sin_port);
		memcpy(out->bytes, &sin.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&sin6, sa, sizeof(sin6));
		out->port = ntohs(sin6.sin6_port);
		set_v6(out, sin6.sin6_addr.s6_addr, sin6.sin6_scope_id);
	}
}

socklen_t
addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *out)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	memset(out, 0, sizeof(*out));
	if (a->family == ADDR_V4) {
		memset(&sin, 0, sizeof(sin));
		sin.sin_family = AF_INET;
		sin.sin_port = htons(a->port);
		memcpy(&sin.sin_addr, a->bytes, 4);
		memcpy(out, &sin, sizeof(sin));
		return sizeof(sin);
	}
	if (a->family == ADDR_V6) {
		memset(&sin6, 0, sizeof(sin6));
		sin6.sin6_family = AF_INET6;
		sin6.sin6_port = htons(a->port);
		sin6.sin6_scope_id = a->scope;
		memcpy(&sin6.sin6_addr, a->bytes, 16);
		memcpy(out, &sin6, sizeof(sin6));
		return sizeof(sin6);
	}
	return 0;
}

/* Decimal digits alone up to ${max}. */
static enum err
number_from_text(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (*text == '\0')
		return ERR_MALFORMED;
	for (; *text >= '0' && *text <= '9'; text++) {
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > max)
			return ERR_RANGE;
	}
	if (*text != '\0')
		return ERR_MALFORMED;
	*out = value;
	return ERR_OK;
}

/* A host without its port: "192.0.2.1", "fe80::1%2". The text may be changed. */
static enum err
host_from_text(char *text, struct addr *out)
{
	uint8_t bytes[16];
	uint64_t scope = 0;
	char *percent = strchr(text, '%');
	enum err e;

	if (percent != NULL) {
		*percent = '\0';
		if ((e = number_from_text(percent + 1, UINT32_MAX, &scope)) != ERR_OK)
			return e;
	} else if (inet_pton(AF_INET, text, bytes) == 1) {
		return addr_from_bytes(out, bytes, 4, 0);
	}
	if (inet_pton(AF_INET6, text, bytes) != 1)
		return ERR_MALFORMED;
	/* A scope says which link, so it belongs to link-local addresses only (RFC 4007
	 * 6). */
	if (percent != NULL && !is_link_local_v6(bytes))
		return ERR_MALFORMED;
	memset(out, 0, sizeof(*out));
	set_v6(out, bytes, (uint32_t)scope);
	return ERR_OK;
}

/* Splits "host@port" or "[host]:port" in place; ${*port} is NULL when there is none. */
static enum err
split_port(char *text, char **host, char **port)
{
	char *end;

	*port = NULL;
	*host = text;
	if (*text != '[') {
		if ((end = strchr(text, '@')) != NULL) {
			*end = '\0';
			*port = end + 1;
		}
		return ERR_OK;
	}
	*host = text + 1;
	if ((end = strchr(text, ']')) == NULL)
		return ERR_MALFORMED;
	*end++ = '\0';
	/* Brackets are for IPv6 (RFC 3986 3.2.2). */
	if (strchr(*host, ':') == NULL)
		return ERR_MALFORMED;
	if (*end == '\0')
		return ERR_OK;
	if (*end != ':' && *end != '@')
		return ERR_MALFORMED;
	*port = end + 1;
	return ERR_OK;
}

enum err
addr_from_text(const char *text, uint16_t default_port, struct addr *out)
{
	char copy[HOST_TEXT_MAX + 16];
	size_t len = strlen(text);
	uint64_t port_number = default_port;
	char *host, *port;
	enum err e;

	memset(out, 0, sizeof(*out));
	if (len >= sizeof(copy))
		return ERR_MALFORMED;
	memcpy(copy, text, len + 1);
	if ((e = split_port(copy, &host, &port)) != ERR_OK)
		return e;
	if ((e = host_from_text(host, out)) != ERR_OK)
		return e;
	if (port != NULL &&
	    (e = number_from_text(port, UINT16_MAX, &port_number)) != ERR_OK)
		return e;
	if (port != NULL && port_number == 0)
		return ERR_RANGE;
	out->port = (uint16_t)port_number;
	return ERR_OK;
}

char *
addr_host_text(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	int af = a->family == ADDR_V4 ? AF_INET : AF_INET6;
	size_t len;

	if (a->family == ADDR_NONE || inet_ntop(af, a->bytes, out, ADDR_TEXT_MAX) == NULL)
		snprintf(out, ADDR_TEXT_MAX, "none");
	len = strlen(out);
	if (a->scope != 0)
		snprintf(out + len, ADDR_TEXT_MAX - len, "%%%u", (unsigned)a->scope);
	return out;
}

char *
addr_to_text(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	size_t len;

	addr_host_text(a, out);
	len = strlen(out);
	if (a->port != 0)
		snprintf(out + len, ADDR_TEXT_MAX - len, "@%u", (unsigned)a->port);
	return out;
}

struct addr
addr_mask(const struct addr *a, unsigned bits)
{
	struct addr masked = { .family = a->family };
	size_t len = addr_bytes_len(a);
	size_t whole = bits / 8;

	if (whole >= len) {
		memcpy(masked.bytes, a->bytes, len);
		return masked;
	}
	memcpy(masked.bytes, a->bytes, whole);
	masked.bytes[whole] = (uint8_t)(a->bytes[whole] & (0xff00u >> bits % 8));
	return masked;
}

/* One row of a table of address blocks; the same bytes serve v4 and v6. */
struct block {
	uint8_t family;
	uint8_t bits;
	uint8_t bytes[4]; /* no block we name is longer than 32 bits */
};

static bool
in_blocks(const struct addr *a, const struct block *blocks, size_t count)
{
	struct prefix p;

	for (size_t i = 0; i < count; i++) {
		memset(&p, 0, sizeof(p));
		p.addr.family = blocks[i].family;
		memcpy(p.addr.bytes, blocks[i].bytes, sizeof(blocks[i].bytes));
		p.bits = blocks[i].bits;
		if (prefix_contains(&p, a))
			return true;
	}
	return false;
}

#define IN_BLOCKS(a, blocks)                                                             \
	in_blocks((a), (blocks), sizeof(blocks) / sizeof((blocks)[0]))

static bool
is_v6_number(const struct addr *a, uint8_t last)
{
	static const uint8_t zero[15];

	return a->family == ADDR_V6 && memcmp(a->bytes, zero, 15) == 0 &&
	       a->bytes[15] == last;
}

bool
addr_is_loopback(const struct addr *a)
{
	return (a->family == ADDR_V4 && a->bytes[0] == 127) || is_v6_number(a, 1);
}

bool
addr_is_unspecified(const struct addr *a)
{
	static const uint8_t zero[16];

	return a->family != ADDR_NONE && memcmp(a->bytes, zero, 16) == 0;
}

bool
addr_is_private(const struct addr *a)
{
	static const struct block blocks[] = {
		{ ADDR_V4, 8, { 10 } },		 /* RFC 1918 */
		{ ADDR_V4, 12, { 172, 16 } },	 /* RFC 1918 */
		{ ADDR_V4, 16, { 192, 168 } },	 /* RFC 1918 */
		{ ADDR_V4, 16, { 169, 254 } },	 /* RFC 3927, link local */
		{ ADDR_V4, 10, { 100, 64 } },	 /* RFC 6598, carriers' NAT */
		{ ADDR_V6, 7, { 0xfc } },	 /* RFC 4193 */
		{ ADDR_V6, 10, { 0xfe, 0x80 } }, /* RFC 4291 2.5.6, link local */
		{ ADDR_V6, 10, { 0xfe, 0xc0 } }, /* RFC 3879, old site local */
	};

	return IN_BLOCKS(a, blocks);
}

bool
addr_is_link_local(const struct addr *a)
{
	return a->family == ADDR_V6 && is_link_local_v6(a->bytes);
}

bool
addr_is_usable_upstream(const struct addr *a)
{
	static const struct block blocks[] = {
		{ ADDR_V4, 8, { 0 } },	  /* RFC 6890: this network */
		{ ADDR_V4, 4, { 224 } },  /* multicast */
		{ ADDR_V4, 4, { 240 } },  /* class E, and broadcast in it */
		{ ADDR_V6, 8, { 0xff } }, /* multicast */
	};

	if (addr_is_link_local(a) && a->scope == 0)
		return false;
	return a->family != ADDR_NONE && !addr_is_unspecified(a) && !IN_BLOCKS(a, blocks);
}
