#ifndef BASE_DNS_H
#define BASE_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The DNS's own numbers (IANA "DNS Parameters") and their mnemonics. Only what
 * some part of sekisho names; every other type is TYPE<n> (RFC 3597).
 */

enum {
	TYPE_A = 1,
	TYPE_NS = 2,
	TYPE_MD = 3,
	TYPE_MF = 4,
	TYPE_CNAME = 5,
	TYPE_SOA = 6,
	TYPE_MB = 7,
	TYPE_MG = 8,
	TYPE_MR = 9,
	TYPE_NULL = 10,
	TYPE_WKS = 11,
	TYPE_PTR = 12,
	TYPE_HINFO = 13,
	TYPE_MINFO = 14,
	TYPE_MX = 15,
	TYPE_TXT = 16,
	TYPE_RP = 17,
	TYPE_AFSDB = 18,
	TYPE_SIG = 24,
	TYPE_KEY = 25,
	TYPE_PX = 26,
	TYPE_AAAA = 28,
	TYPE_LOC = 29,
	TYPE_NXT = 30,
	TYPE_SRV = 33,
	TYPE_NAPTR = 35,
	TYPE_KX = 36,
	TYPE_CERT = 37,
	TYPE_A6 = 38,
	TYPE_DNAME = 39,
	TYPE_OPT = 41,
	TYPE_APL = 42,
	TYPE_DS = 43,
	TYPE_SSHFP = 44,
	TYPE_RRSIG = 46,
	TYPE_NSEC = 47,
	TYPE_DNSKEY = 48,
	TYPE_DHCID = 49,
	TYPE_NSEC3 = 50,
	TYPE_NSEC3PARAM = 51,
	TYPE_TLSA = 52,
	TYPE_SMIMEA = 53,
	TYPE_HIP = 55,
	TYPE_CDS = 59,
	TYPE_CDNSKEY = 60,
	TYPE_OPENPGPKEY = 61,
	TYPE_CSYNC = 62,
	TYPE_ZONEMD = 63,
	TYPE_SVCB = 64,
	TYPE_HTTPS = 65,
	TYPE_SPF = 99,
	TYPE_TKEY = 249,
	TYPE_TSIG = 250,
	TYPE_IXFR = 251,
	TYPE_AXFR = 252,
	TYPE_MAILB = 253,
	TYPE_MAILA = 254,
	TYPE_ANY = 255,
	TYPE_URI = 256,
	TYPE_CAA = 257,
	TYPE_DLV = 32769,
	TYPE_PRIVATE_FIRST = 65280,
	TYPE_PRIVATE_LAST = 65534
};

enum { CLASS_IN = 1, CLASS_CH = 3, CLASS_HS = 4, CLASS_NONE = 254, CLASS_ANY = 255 };

enum {
	RCODE_NOERROR = 0,
	RCODE_FORMERR = 1,
	RCODE_SERVFAIL = 2,
	RCODE_NXDOMAIN = 3,
	RCODE_NOTIMP = 4,
	RCODE_REFUSED = 5,
	RCODE_YXDOMAIN = 6,
	RCODE_BADVERS = 16,
	RCODE_BADCOOKIE = 23
};

enum { OPCODE_QUERY = 0, OPCODE_NOTIFY = 4, OPCODE_UPDATE = 5 };

/* The second 16 bits of a header (RFC 1035 4.1.1, RFC 4035 3). */
enum {
	FLAG_QR = 0x8000,
	FLAG_AA = 0x0400,
	FLAG_TC = 0x0200,
	FLAG_RD = 0x0100,
	FLAG_RA = 0x0080,
	FLAG_AD = 0x0020,
	FLAG_CD = 0x0010,
	FLAG_OPCODE_MASK = 0x7800,
	FLAG_RCODE_MASK = 0x000f
};

/* Extended DNS errors (RFC 8914 4); EDE_NONE is ours: no option at all. */
enum {
	EDE_NONE = -1,
	EDE_OTHER = 0,
	EDE_STALE_ANSWER = 3,
	EDE_FORGED_ANSWER = 4,
	EDE_INDETERMINATE = 5,
	EDE_BOGUS = 6,
	EDE_CACHED_ERROR = 13,
	EDE_NOT_READY = 14,
	EDE_BLOCKED = 15,
	EDE_CENSORED = 16,
	EDE_FILTERED = 17,
	EDE_PROHIBITED = 18,
	EDE_STALE_NXDOMAIN = 19,
	EDE_NOT_AUTHORITATIVE = 20,
	EDE_NOT_SUPPORTED = 21,
	EDE_NO_REACHABLE_AUTHORITY = 22,
	EDE_NETWORK_ERROR = 23,
	EDE_INVALID_DATA = 24
};

/* Room for the longest mnemonic ("NSEC3PARAM", "TYPE65535") and its NUL. */
#define DNS_MNEMONIC_MAX 16u

/** dns_type_text(type, out): the mnemonic of ${type} or TYPE<n>, NUL-terminated in
 * ${out}; returns ${out}. */
const char *dns_type_text(uint16_t type, char out[DNS_MNEMONIC_MAX]);
/**
 * dns_type_parse(text, type):
 * A mnemonic in any case, or TYPE<n> (RFC 3597 5). ERR_MALFORMED when it is neither.
 */
MUST_USE enum err dns_type_parse(const char *text, uint16_t *type);
/** dns_rcode_text(rcode, out): "NXDOMAIN", or RCODE<n>; returns ${out}. */
const char *dns_rcode_text(unsigned rcode, char out[DNS_MNEMONIC_MAX]);

/** dns_type_is_meta(type): OPT, TKEY, TSIG, IXFR..ANY: never data in a zone (RFC
 * 6895 3.1). */
bool dns_type_is_meta(uint16_t type);

#endif
