#include "base/dns.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct mnemonic {
	uint16_t value;
	const char *text;
};

/* In the order of their numbers: dns_type_text searches by halves. */
static const struct mnemonic types[] = {
	{ TYPE_A, "A" },
	{ TYPE_NS, "NS" },
	{ TYPE_MD, "MD" },
	{ TYPE_MF, "MF" },
	{ TYPE_CNAME, "CNAME" },
	{ TYPE_SOA, "SOA" },
	{ TYPE_MB, "MB" },
	{ TYPE_MG, "MG" },
	{ TYPE_MR, "MR" },
	{ TYPE_NULL, "NULL" },
	{ TYPE_WKS, "WKS" },
	{ TYPE_PTR, "PTR" },
	{ TYPE_HINFO, "HINFO" },
	{ TYPE_MINFO, "MINFO" },
	{ TYPE_MX, "MX" },
	{ TYPE_TXT, "TXT" },
	{ TYPE_RP, "RP" },
	{ TYPE_AFSDB, "AFSDB" },
	{ TYPE_SIG, "SIG" },
	{ TYPE_KEY, "KEY" },
	{ TYPE_PX, "PX" },
	{ TYPE_AAAA, "AAAA" },
	{ TYPE_LOC, "LOC" },
	{ TYPE_NXT, "NXT" },
	{ TYPE_SRV, "SRV" },
	{ TYPE_NAPTR, "NAPTR" },
	{ TYPE_KX, "KX" },
	{ TYPE_CERT, "CERT" },
	{ TYPE_A6, "A6" },
	{ TYPE_DNAME, "DNAME" },
	{ TYPE_OPT, "OPT" },
	{ TYPE_APL, "APL" },
	{ TYPE_DS, "DS" },
	{ TYPE_SSHFP, "SSHFP" },
	{ TYPE_RRSIG, "RRSIG" },
	{ TYPE_NSEC, "NSEC" },
	{ TYPE_DNSKEY, "DNSKEY" },
	{ TYPE_DHCID, "DHCID" },
	{ TYPE_NSEC3, "NSEC3" },
	{ TYPE_NSEC3PARAM, "NSEC3PARAM" },
	{ TYPE_TLSA, "TLSA" },
	{ TYPE_SMIMEA, "SMIMEA" },
	{ TYPE_HIP, "HIP" },
	{ TYPE_CDS, "CDS" },
	{ TYPE_CDNSKEY, "CDNSKEY" },
	{ TYPE_OPENPGPKEY, "OPENPGPKEY" },
	{ TYPE_CSYNC, "CSYNC" },
	{ TYPE_ZONEMD, "ZONEMD" },
	{ TYPE_SVCB, "SVCB" },
	{ TYPE_HTTPS, "HTTPS" },
	{ TYPE_SPF, "SPF" },
	{ TYPE_TKEY, "TKEY" },
	{ TYPE_TSIG, "TSIG" },
	{ TYPE_IXFR, "IXFR" },
	{ TYPE_AXFR, "AXFR" },
	{ TYPE_MAILB, "MAILB" },
	{ TYPE_MAILA, "MAILA" },
	{ TYPE_ANY, "ANY" },
	{ TYPE_URI, "URI" },
	{ TYPE_CAA, "CAA" },
	{ TYPE_DLV, "DLV" },
};

static const struct mnemonic rcodes[] = {
	{ RCODE_NOERROR, "NOERROR" },
	{ RCODE_FORMERR, "FORMERR" },
	{ RCODE_SERVFAIL, "SERVFAIL" },
	{ RCODE_NXDOMAIN, "NXDOMAIN" },
	{ RCODE_NOTIMP, "NOTIMP" },
	{ RCODE_REFUSED, "REFUSED" },
	{ RCODE_YXDOMAIN, "YXDOMAIN" },
	{ RCODE_BADVERS, "BADVERS" },
	{ RCODE_BADCOOKIE, "BADCOOKIE" },
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *
mnemonic_of(const struct mnemonic *table, size_t count, unsigned value)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (table[middle].value == value)
			return table[middle].text;
		if (table[middle].value < value)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const char *
dns_type_text(uint16_t type, char out[DNS_MNEMONIC_MAX])
{
	const char *text = mnemonic_of(types, LENGTH(types), type);

	if (text != NULL)
		snprintf(out, DNS_MNEMONIC_MAX, "%s", text);
	else
		snprintf(out, DNS_MNEMONIC_MAX, "TYPE%u", (unsigned)type);
	return out;
}

/* Decimal digits alone, 0..65535. */
static enum err
number_parse(const char *text, uint16_t *out)
{
	unsigned value = 0;

	if (*text == '\0')
		return ERR_MALFORMED;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return ERR_MALFORMED;
		value = value * 10 + (unsigned)(*text - '0');
		if (value > UINT16_MAX)
			return ERR_MALFORMED;
	}
	*out = (uint16_t)value;
	return ERR_OK;
}

enum err
dns_type_parse(const char *text, uint16_t *type)
{
	for (size_t i = 0; i < LENGTH(types); i++) {
		if (strcasecmp(types[i].text, text) == 0) {
			*type = types[i].value;
			return ERR_OK;
		}
	}
	if (strncasecmp(text, "TYPE", 4) != 0)
		return ERR_MALFORMED;
	return number_parse(text + 4, type);
}

const char *
dns_rcode_text(unsigned rcode, char out[DNS_MNEMONIC_MAX])
{
	const char *text = mnemonic_of(rcodes, LENGTH(rcodes), rcode);

	if (text != NULL)
		snprintf(out, DNS_MNEMONIC_MAX, "%s", text);
	else
		snprintf(out, DNS_MNEMONIC_MAX, "RCODE%u", rcode);
	return out;
}

bool
dns_type_is_meta(uint16_t type)
{
	/* RFC 6895 3.1: 128..255 are QTYPEs and Meta-TYPEs; OPT is the one outside. */
	return type == TYPE_OPT || (type >= 128 && type <= TYPE_ANY);
}
