#include "detect/wellknown.h"

#include <stdlib.h>
#include <string.h>

/* Sources: IANA, "Underscored and Globally Scoped DNS Node Names"; RFC 6763 (DNS-SD), RFC
 * 6186, 8460, 8461 (mail), Microsoft's AD DS locator records; DKIM selectors that large
 * mail services give their customers; RFC 2142 and habit for the hosts. */
static const char *const labels[] = { "_domainkey", "_dmarc", "_report", "_spf",
	"_mta-sts", "_smtp", "_tls", "_tcp", "_udp", "_sctp", "_http", "_https", "_dns",
	"_dns-sd", "_dnssec-signal", "_acme-challenge", "_ldap", "_ldaps", "_kerberos",
	"_kpasswd", "_kerberos-master", "_gc", "_msdcs", "_sites", "_pdc", "_dc",
	"_domains", "_sip", "_sips", "_sipfederationtls", "_sipinternaltls",
	"_xmpp-client", "_xmpp-server", "_imap", "_imaps", "_pop3", "_pop3s",
	"_submission", "_submissions", "_autodiscover", "_caldav", "_caldavs", "_carddav",
	"_carddavs", "_ntp", "_stun", "_stuns", "_turn", "_turns", "_vlmcs", "_matrix",
	"_jmap", "_bimi", "_atproto", "_25", "_443", "_853", "_ipp", "_services", "_esni",
	"_validation-contactemail", "default-first-site-name", "default", "selector1",
	"selector2", "google", "k1", "k2", "k3", "s1", "s2", "dkim", "mail", "mail1",
	"mail2", "smtp", "imap", "pop", "pop3", "mx", "mx1", "mx2", "webmail",
	"autodiscover", "autoconfig", "enterpriseregistration", "enterpriseenrollment",
	"lyncdiscover", "msoid", "mta-sts", "www", "www1", "www2", "ftp", "ns", "ns1",
	"ns2", "ns3", "ns4", "dns1", "dns2", "wpad", "isatap", "time", "ntp", "api",
	"app", "apps", "cdn", "static", "img", "images", "assets", "media", "login",
	"auth", "sso", "m", "blog", "shop", "store", "support", "help", "docs", "status",
	"vpn", "remote", "download" };
#define LABELS (sizeof(labels) / sizeof(labels[0]))
_Static_assert(LABELS <= 128, "WELLKNOWN_BITS");

#define SLOTS                                                                            \
	512u /* mostly free: most labels are none of these, and the first look says so   \
	      */

struct wellknown {
	uint64_t slots[SLOTS];
};

static size_t
slot_of(const struct wellknown *w, uint64_t hash)
{
	size_t i = hash % SLOTS;

	while (w->slots[i] != 0 && w->slots[i] != hash)
		i = (i + 1) % SLOTS;
	return i;
}

struct wellknown *
wellknown_new(const struct hashkey *key)
{
	struct wellknown *w = calloc(1, sizeof(*w));
	uint8_t label[64];

	if (w == NULL)
		return NULL;
	for (size_t n = 0; n < LABELS; n++) {
		size_t len = strlen(labels[n]);
		uint64_t hash;

		label[0] = (uint8_t)len;
		memcpy(label + 1, labels[n], len);
		hash = siphash13(key, label, len + 1);
		w->slots[slot_of(w, hash)] = hash;
	}
	return w;
}

void
wellknown_free(struct wellknown *w)
{
	free(w);
}

size_t
wellknown_bytes(const struct wellknown *w)
{
	return sizeof(*w);
}

bool
wellknown_has(const struct wellknown *w, uint64_t label_hash)
{
	return w->slots[slot_of(w, label_hash)] == label_hash;
}
