#include "tests/detect/services.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/dns.h"
#include "tests/detect/draw.h"

#define DAY_SEC	    86400.0
#define MAIL_SERVER 7u

struct day {
	uint64_t seed;
	unsigned n; /* of this event */
	bool ended;
	traffic_fn *fn;
	void *ctx;
	struct traffic_question
	    q; /* time and client are kept from question to question */
};

/* One question. What its answer is stands in day.q beforehand, and is forgotten
 * afterwards. */
__attribute__((format(printf, 3, 4))) static void
say(struct day *d, uint16_t type, const char *format, ...)
{
	struct traffic_question kept = d->q;
	va_list args;

	va_start(args, format);
	vsnprintf(d->q.name, sizeof(d->q.name), format, args);
	va_end(args);
	d->q.type = type;
	if (d->q.ttl_sec == 0)
		d->q.ttl_sec = 300;
	if (!d->ended && !d->fn(d->ctx, &d->q))
		d->ended = true;
	d->q = (struct traffic_question){ .time_sec = kept.time_sec + 0.02,
		.client = kept.client,
		.server = kept.server };
}

static unsigned
from(struct day *d, unsigned n)
{
	return draw_below(&d->seed, n);
}

static void
client_of(struct day *d, unsigned clients)
{
	d->q.client = 100 + from(d, clients);
}

/* The k-th of a kind of things: always the same letters. */
static const char *
hash_of(uint64_t k, unsigned count, const char *alphabet, char *out)
{
	uint64_t seed = (k + 1) * UINT64_C(0x9e3779b97f4a7c15);

	draw(&seed);
	draw_letters(&seed, out, count, alphabet);
	return out;
}

static const char *
uuid_of(uint64_t k, char out[40])
{
	char hex[40];

	hash_of(k, 32, DRAW_HEX, hex);
	snprintf(out, 40, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
	    hex + 20);
	return out;
}

/* ---- mail ---- */

static void
block_list(struct day *d)
{
	unsigned a = 1 + from(d, 222), b = from(d, 256), c = from(d, 256),
		 e = from(d, 256);

	d->q.client = MAIL_SERVER;
	for (unsigned i = 0; i < 6; i++)
		say(d, TYPE_A, "%u.%u.%u.%u.bl.list%u-mail.org", e, c, b, a, i);
}

static void
block_list6(struct day *d)
{
	char digits[33], name[80], *o = name;

	d->q.client = MAIL_SERVER;
	draw_letters(&d->seed, digits, 16, DRAW_HEX);
	for (unsigned i = 0; i < 32; i++) /* a host ::25 of a random /64 */
		o += sprintf(o, "%c.",
		    i == 0   ? '5'
		    : i == 1 ? '2'
		    : i < 16 ? '0'
			     : digits[i - 16]);
	say(d, TYPE_A, "%sbl6.list-mail.org", name);
}

static const char *
sender_of(struct day *d, char out[48])
{
	char word[32];
	unsigned k = draw_rank(&d->seed, 20000);

	snprintf(out, 48, "%s%u.%s", draw_syllables(k * 3 + 17, word), k % 5,
	    k % 3 == 0	 ? "com"
	    : k % 3 == 1 ? "net"
			 : "co.uk");
	return out;
}

/* What a sender's records say: the same each time. */
static void
record(struct day *d, const char *sender, unsigned kind, uint32_t bytes)
{
	uint64_t hash = kind;

	for (; *sender != '\0'; sender++)
		hash = hash * 1099511628211u + (unsigned char)*sender;
	d->q.data_bytes = bytes;
	d->q.answer_hash = hash;
}

static void
spf(struct day *d)
{
	static const char *const selectors[] = { "s1", "k2", "selector1", "20230601",
		"mail2024", "fm3", "zendesk1", "dk-20240117-a", "mandrill" };
	char sender[48], customer[40];
	unsigned k;

	d->q.client = MAIL_SERVER;
	sender_of(d, sender);
	k = from(d, 12);
	say(d, TYPE_MX, "%s", sender);
	record(d, sender, 1, 90);
	say(d, TYPE_TXT, "%s", sender);
	record(d, sender, 2, 60);
	say(d, TYPE_TXT, "_dmarc.%s", sender);
	record(d, sender, 3 + k, 230);
	hash_of(strlen(sender) * 31u + (unsigned)sender[1], k == 9 ? 32 : 10, DRAW_BASE32,
	    customer);
	say(d, TYPE_TXT, "%s._domainkey.%s", k < 9 ? selectors[k] : customer, sender);
	say(d, TYPE_TXT, "_mta-sts.%s", sender);
	say(d, TYPE_TXT, "_spf%u.%s", from(d, 4), sender);
}

static void
spf_macro(struct day *d)
{
	unsigned a = 1 + from(d, 222), b = from(d, 256), c = from(d, 256),
		 e = from(d, 256);
	char sender[48];

	d->q.client = MAIL_SERVER;
	sender_of(d, sender);
	say(d, TYPE_TXT, "%s", sender);
	switch (from(d, 3)) {
	case 0: /* include:%{ir}.%{v}.%{d}.spf... */
		say(d, TYPE_TXT, "%u.%u.%u.%u.in-addr.%s.spf.mailproof.com", e, c, b, a,
		    sender);
		break;
	case 1: /* exists:%{i}._spf... */
		say(d, TYPE_A, "%u.%u.%u.%u._spf.crm-sender.com", a, b, c, e);
		break;
	default:
		say(d, TYPE_A, "%u.%u.%u.%u._ip.%s._ehlo.%s._spf.valid-sender.email", a,
		    b, c, e, sender, sender);
	}
}

static void
dane(struct day *d)
{
	char sender[48];

	d->q.client = MAIL_SERVER;
	sender_of(d, sender);
	say(d, TYPE_MX, "%s", sender);
	say(d, TYPE_TLSA, "_25._tcp.mx%u.%s", from(d, 3), sender);
}

static void
openpgp(struct day *d)
{
	char sender[48], hash[64];

	client_of(d, 30);
	sender_of(d, sender);
	say(d, TYPE_OPENPGPKEY, "%s._openpgpkey.%s",
	    hash_of(draw_rank(&d->seed, 3000), 56, DRAW_HEX, hash), sender);
}

static void
telephone(struct day *d)
{
	d->q.client = MAIL_SERVER;
	say(d, TYPE_NAPTR, "%u.%u.%u.%u.%u.%u.%u.3.1.8.e164.arpa", from(d, 10),
	    from(d, 10), from(d, 10), from(d, 10), from(d, 10), from(d, 10), from(d, 10));
}

/* ---- offices ---- */

static void
directory(struct day *d)
{
	unsigned site = draw_rank(&d->seed, 12);
	char uuid[40], sid[16];

	client_of(d, 300);
	snprintf(sid, sizeof(sid), "site-%s", site % 2 ? "osaka" : "tokyo");
	d->q.ttl_sec = 600;
	say(d, TYPE_SRV, "_ldap._tcp.%s-%u._sites.dc._msdcs.ad.harborline.com", sid,
	    site);
	say(d, TYPE_SRV, "_kerberos._tcp.%s-%u._sites.ad.harborline.com", sid, site);
	say(d, TYPE_SRV, "_ldap._tcp.%s.domains._msdcs.ad.harborline.com",
	    uuid_of(from(d, 2), uuid));
	say(d, TYPE_CNAME, "%s._msdcs.ad.harborline.com", uuid_of(5 + from(d, 8), uuid));
	say(d, TYPE_A, "dc%u.ad.harborline.com", from(d, 9));
	say(d, TYPE_SOA, "pc-%05u.ad.harborline.com", d->q.client);
}

static void
probes(struct day *d)
{
	char host[24];

	client_of(d, 200);
	for (unsigned i = 0; i < 3; i++) {
		draw_letters(
		    &d->seed, host, 7 + from(d, 9), "abcdefghijklmnopqrstuvwxyz");
		say(d, TYPE_A, "%s.corp.harborline.com", host);
	}
	say(d, TYPE_A, "wpad.corp.harborline.com");
	say(d, TYPE_A, "intranet.corp.harborline.com");
	say(d, TYPE_A, "www.harborline.com");
}

static void
site_of(struct day *d, char out[64])
{
	static const char *const hosts[] = { "www", "api", "cdn", "img", "login", "m" };
	char word[32];
	unsigned k = draw_rank(&d->seed, 30000);

	snprintf(out, 64, "%s.%s%u.com", hosts[draw_rank(&d->seed, 6)],
	    draw_syllables(k, word), k % 7);
}

static void
suffix(struct day *d)
{
	char site[64];

	d->q.client = 100;
	site_of(d, site);
	say(d, TYPE_A, "%s.corp.harborline.com", site);
	say(d, TYPE_A, "%s", site);
}

static void
cluster(struct day *d)
{
	static const char *const suffixes[] = { "shop.svc.cluster.local",
		"svc.cluster.local", "cluster.local", "eu-west-1.compute.internal",
		"prod.harborline.net", "" };
	char site[64];

	client_of(d, 10);
	site_of(d, site);
	for (unsigned i = 0; i < 6; i++)
		say(d, TYPE_A, "%s%s%s", site, suffixes[i][0] != '\0' ? "." : "",
		    suffixes[i]);
}

static void
discovery(struct day *d)
{
	static const char *const makers[] = { "HP\\032LaserJet\\032MFP\\032M428fdw",
		"Brother\\032HL-L2350DW\\032series", "EPSON\\032ET-2850\\032Series",
		"Canon\\032iR-ADV\\032C5535" };
	unsigned k = from(d, 40);

	client_of(d, 120);
	say(d, TYPE_PTR, "b._dns-sd._udp.harborline.com");
	say(d, TYPE_PTR, "lb._dns-sd._udp.0.%u.168.192.in-addr.arpa", from(d, 30));
	say(d, TYPE_PTR, "_ipp._tcp.harborline.com");
	say(d, TYPE_SRV, "%s\\032[%06X]._ipp._tcp.harborline.com", makers[k % 4],
	    k * 40503u & 0xffffffu);
	say(d, TYPE_TXT, "%s\\032[%06X]._ipp._tcp.harborline.com", makers[k % 4],
	    k * 40503u & 0xffffffu);
}

static void
acme(struct day *d)
{
	char word[32];

	d->q.client = 100;
	d->q.ttl_sec = 30;
	d->q.data_bytes = 43;
	d->q.answer_hash = draw(&d->seed);
	say(d, TYPE_TXT, "_acme-challenge.%s.app.harborline.com",
	    draw_syllables(from(d, 300) + 300, word));
}

/* ---- the web ---- */

static void
cdn(struct day *d)
{
	char hash[40];

	client_of(d, 200);
	say(d, TYPE_A, "d%s.edge-fast.net",
	    hash_of(draw_rank(&d->seed, 5000), 13, DRAW_BASE36, hash));
	say(d, TYPE_A, "e%u.dsc%c.akari-edge.net", draw_rank(&d->seed, 20000),
	    (int)('a' + from(d, 8)));
}

static void
video(struct day *d)
{
	char hash[40];

	client_of(d, 200);
	say(d, TYPE_A, "rr%u---sn-%s.videocaches.com", 1 + from(d, 8),
	    hash_of(draw_rank(&d->seed, 12), 12, DRAW_BASE36, hash));
}

static void
stores(struct day *d)
{
	char hash[40];
	unsigned k = draw_rank(&d->seed, 400);

	client_of(d, 200);
	say(d, TYPE_A, "%s-%s.objects.blobhaus.io", k % 2 ? "prod" : "assets",
	    hash_of(k, 8, DRAW_BASE36, hash));
}

static void
devices(struct day *d)
{
	char uuid[40];

	client_of(d, 60);
	d->q.ttl_sec = 60;
	say(d, TYPE_A, "%s.telemetry.thingmaker.io", uuid_of(d->q.client, uuid));
}

static void
visits(struct day *d)
{
	char hash[40];

	client_of(d, 200);
	draw_letters(&d->seed, hash, 16, DRAW_HEX);
	say(d, TYPE_A, "%s.beacon.visitcount.net", hash);
}

static void
latency(struct day *d)
{
	static const char *const places[] = { "fra", "nrt", "iad", "gru", "syd" };
	char hash[16];

	client_of(d, 40);
	for (unsigned i = 0; i < 5; i++) {
		draw_letters(&d->seed, hash, 10, DRAW_BASE36);
		say(d, TYPE_A, "%s.%s.latency-probe.net", hash, places[i]);
	}
}

static void
clicks(struct day *d)
{
	char hash[16];

	client_of(d, 200);
	say(d, TYPE_A, "u%u.ct.letterpost.net", draw_rank(&d->seed, 3000) * 37 + 1000);
	say(d, TYPE_A, "%s.r.tr.mailjetty.com",
	    hash_of(draw_rank(&d->seed, 2000), 8, DRAW_BASE36, hash));
}

static void
avcloud(struct day *d)
{
	char hash[48];

	client_of(d, 150);
	d->q.data_bytes = 12;
	d->q.answer_hash = from(d, 3);
	say(d, TYPE_TXT, "%s.f.hashcloud.net",
	    hash_of(draw_rank(&d->seed, 3000), 40, DRAW_HEX, hash));
}

static void
avcloud_rare(struct day *d)
{
	char hash[48];

	client_of(d, 150);
	say(d, TYPE_A, "%s.q.shieldlook.com",
	    hash_of(from(d, 2) ? draw_rank(&d->seed, 300) : draw(&d->seed), 26,
		DRAW_BASE32, hash));
}

static void
trackers(struct day *d)
{
	char word[32];
	unsigned k = draw_rank(&d->seed, 120);

	client_of(d, 3);
	d->q.ttl_sec = 60;
	say(d, TYPE_A, "tracker.%s%u.%s", draw_syllables(k + 600, word), k % 4,
	    k % 2 ? "org" : "to");
}

static void
chains(struct day *d)
{
	client_of(d, 100);
	d->q.data_bytes = 160 + from(d, 80);
	d->q.answer_hash = from(d, 400);
	d->q.ttl_sec = 20;
	say(d, TYPE_A, "tm-%u.teamwork-cloud.com", from(d, 6));
	d->q.data_bytes = 900;
	d->q.answer_hash = 1000 + from(d, 3);
	say(d, TYPE_TXT, "teamwork-cloud.com");
}

static void
reverse(struct day *d)
{
	d->q.client = 100;
	say(d, TYPE_PTR, "%u.%u.%u.%u.in-addr.arpa", from(d, 256),
	    draw_rank(&d->seed, 256), draw_rank(&d->seed, 30), 50 + from(d, 4));
}

/* ---- many domains on one server ---- */

static void
hosting(struct day *d)
{
	static const char *const hosts[] = { "www", "mail", "shop", "autodiscover",
		"webmail", "blog-2024", "cpanel", "static-assets", "newsletter-archive" };
	char word[32];
	unsigned k = draw_rank(&d->seed, 8000);

	client_of(d, 200);
	d->q.server = 1 + k % 2;
	say(d, TYPE_A, "%s.%s%u.de", hosts[draw_rank(&d->seed, 9)],
	    draw_syllables(k * 5, word), k % 9);
}

static void
parked(struct day *d)
{
	char word[32], host[16];
	unsigned k = from(d, 4000);

	client_of(d, 20);
	d->q.server = 3;
	draw_letters(&d->seed, host, 5 + from(d, 8), "abcdefghijklmnopqrstuvwxyz");
	say(d, TYPE_A, "%s.%s%u.com", from(d, 3) != 0 ? "www" : host,
	    draw_syllables(k * 11, word), k % 9);
}

/* ---- all of them ---- */

static const struct {
	const char *name;
	double every_sec; /* mean, exponential */
	void (*ask)(struct day *d);
} services[SERVICE_COUNT] = {
	[SERVICE_BLOCK_LIST] = { "block lists", 20, block_list },
	[SERVICE_BLOCK_LIST6] = { "block list of IPv6", 60, block_list6 },
	[SERVICE_SPF] = { "SPF, DKIM, DMARC", 15, spf },
	[SERVICE_SPF_MACRO] = { "SPF with macros", 30, spf_macro },
	[SERVICE_DANE] = { "DANE", 30, dane },
	[SERVICE_OPENPGP] = { "OPENPGPKEY", 600, openpgp },
	[SERVICE_ENUM] = { "ENUM", 60, telephone },
	[SERVICE_DIRECTORY] = { "directory", 10, directory },
	[SERVICE_PROBES] = { "random hosts with suffix", 60, probes },
	[SERVICE_SUFFIX] = { "search suffix, one client", 20, suffix },
	[SERVICE_CLUSTER] = { "ndots:5", 10, cluster },
	[SERVICE_DISCOVERY] = { "DNS-SD over unicast", 30, discovery },
	[SERVICE_ACME] = { "ACME", 600, acme },
	[SERVICE_CDN] = { "CDN", 5, cdn },
	[SERVICE_VIDEO] = { "video caches", 20, video },
	[SERVICE_STORES] = { "object store", 60, stores },
	[SERVICE_DEVICES] = { "a UUID a machine", 60, devices },
	[SERVICE_VISITS] = { "a name a visit", 60, visits },
	[SERVICE_LATENCY] = { "latency probes", 90, latency },
	[SERVICE_CLICKS] = { "mail links", 60, clicks },
	[SERVICE_AVCLOUD] = { "antivirus, popular files", 10, avcloud },
	[SERVICE_AVCLOUD_RARE] = { "antivirus, rare files", 20, avcloud_rare },
	[SERVICE_TRACKERS] = { "trackers", 5, trackers },
	[SERVICE_CHAINS] = { "chains and large TXT", 20, chains },
	[SERVICE_REVERSE] = { "reverse look-ups", 5, reverse },
	[SERVICE_HOSTING] = { "one hoster's domains", 3, hosting },
	[SERVICE_PARKED] = { "parked domains", 4, parked },
};

const char *
service_name(enum service s)
{
	return services[s].name;
}

void
service_day(uint64_t seed, enum service s, traffic_fn *fn, void *ctx)
{
	struct day d = { .seed = seed * 2 + 1, .fn = fn, .ctx = ctx };
	double now = 0;

	for (; now < DAY_SEC && !d.ended; d.n++) {
		now += draw_exponential(&d.seed, services[s].every_sec);
		if (d.q.time_sec < now)
			d.q.time_sec = now;
		d.q.server = 0;
		services[s].ask(&d);
	}
}
