#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/dns.h"
#include "tests/detect/draw.h"
#include "tests/detect/traffic.h"

#define TUNNEL_CLIENT 0x090909u

/* ---- a company ---- */

struct company {
	uint64_t seed;
	unsigned clients;
	struct traffic_question q;
};

static const char *const hosts[] = { "www", "", "api", "cdn", "img", "static", "mail",
	"login", "app", "assets", "m", "shop" };
#define HOSTS (sizeof(hosts) / sizeof(hosts[0]))

static void
ask_web(struct company *c)
{
	char site[32];
	unsigned number = draw_rank(&c->seed, 20000);
	const char *host = hosts[draw_rank(&c->seed, HOSTS)];

	snprintf(c->q.name, sizeof(c->q.name), "%s%s%s%u.com", host,
	    *host != '\0' ? "." : "", draw_syllables(number, site), number % 7);
	c->q.type = draw_below(&c->seed, 3) == 0 ? TYPE_AAAA : TYPE_A;
	c->q.ttl_sec = 60u << draw_below(&c->seed, 7);
	if (draw_below(&c->seed, 4) == 0)
		c->q.data_bytes = 30 + number % 40; /* a CNAME, the same each time */
	c->q.answer_hash = number * 16u + (unsigned)(*host);
}

static void
ask_cdn(struct company *c)
{
	uint64_t node = draw_rank(&c->seed, 3000) + 1u;
	char *o = c->q.name;

	node *= UINT64_C(0x9e3779b97f4a7c15);
	*o++ = 'd';
	o = draw_letters(&node, o, 13, DRAW_BASE32);
	strcpy(o, ".fastedge.net");
	c->q.ttl_sec = 60;
}

static void
ask_block_list(struct company *c)
{
	c->q.client = c->clients + draw_below(&c->seed, 2);
	snprintf(c->q.name, sizeof(c->q.name), "%u.%u.%u.%u.zen.spamhaus.org",
	    draw_below(&c->seed, 256), draw_below(&c->seed, 256),
	    draw_below(&c->seed, 256), 1 + draw_below(&c->seed, 222));
	c->q.ttl_sec = 300;
}

/* Checks of files that are much alike on all machines: by popularity. */
static void
ask_antivirus(struct company *c)
{
	uint64_t file = draw_rank(&c->seed, 4000) + 1u;
	char *o;

	file *= UINT64_C(0xd1342543de82ef95);
	o = draw_letters(&file, c->q.name, 26, DRAW_BASE32);
	strcpy(o, ".p.avqs.kumoguard.com");
	c->q.ttl_sec = 3600;
}

/* An unlisted service with a name of its own for each visit: what trips first. */
static void
ask_measurement(struct company *c)
{
	char *o = draw_letters(&c->seed, c->q.name, 32, DRAW_HEX);

	strcpy(o, ".rum.adpixel.com");
	c->q.ttl_sec = 30;
}

static void
ask_reverse(struct company *c)
{
	snprintf(c->q.name, sizeof(c->q.name), "%u.%u.%u.%u.in-addr.arpa",
	    draw_below(&c->seed, 256), draw_below(&c->seed, 256),
	    draw_rank(&c->seed, 256), 1 + draw_rank(&c->seed, 222));
	c->q.type = TYPE_PTR;
	c->q.ttl_sec = 3600;
}

static void
ask_mistyped(struct company *c)
{
	char *o =
	    draw_letters(&c->seed, c->q.name, 4 + draw_below(&c->seed, 8), DRAW_BASE32);

	strcpy(o, draw_below(&c->seed, 2) ? ".com" : ".corp.lan");
	c->q.ttl_sec = 900;
}

void
traffic_company(
    uint64_t seed, unsigned clients, unsigned hours, traffic_fn *fn, void *ctx)
{
	static const struct {
		unsigned part; /* of 1,000 */
		void (*ask)(struct company *c);
	} mix[] = { { 900, ask_web }, { 30, ask_cdn }, { 25, ask_block_list },
		{ 20, ask_antivirus }, { 4, ask_measurement }, { 11, ask_reverse },
		{ 10, ask_mistyped } };
	struct company c = { .seed = seed * 2 + 1, .clients = clients };
	double now = 0, end = hours * 3600.0;

	while (now < end) {
		unsigned at = draw_below(&c.seed, 1000), i = 0;

		memset(&c.q, 0, sizeof(c.q));
		now += (double)draw_below(&c.seed, 2000) / 1000.0 * 15.0 / clients;
		c.q.time_sec = now;
		c.q.client = draw_below(&c.seed, clients);
		c.q.type = TYPE_A;
		while (at >= mix[i].part)
			at -= mix[i++].part;
		mix[i].ask(&c);
		if (!fn(ctx, &c.q))
			return;
	}
}

/* ---- channels ---- */

struct channel {
	uint64_t seed;
	unsigned n; /* of this question */
	struct traffic_question *q;
};

static void
end_name(struct channel *c, char *o, const char *zone)
{
	snprintf(o, sizeof(c->q->name) - (size_t)(o - c->q->name), ".%s", zone);
}

static const char *
iodine_mark(unsigned n)
{
	static const char *const marks[] = { "vaaaakaskoq",
		"laawwldpixc0ixlqd0qkghp5chybeu3i", "ytbstw",
		"zstxaa-aaahhh-drink-mal-ein-j\\228germeister-",
		"zstzaabbccddeeffgghhiijjkkllmmnnooppqqrrssttuuvvwwxxyyzz" };

	return n < sizeof(marks) / sizeof(marks[0]) ? marks[n] : NULL;
}

static void
iodine(struct channel *c, uint16_t type, const char *alphabet)
{
	const char *mark = iodine_mark(c->n);
	char *o = c->q->name;

	c->q->type = type;
	c->q->data_bytes = 100;
	if (mark != NULL) {
		strcpy(o, mark);
		o += strlen(o);
	} else {
		o = draw_letters(&c->seed, o, 57, alphabet);
		*o++ = '.';
		o = draw_letters(&c->seed, o, 57, alphabet);
		c->q->payload = 70;
	}
	end_name(c, o, "t.riverdata.net");
}

static void
ask_iodine(struct channel *c)
{
	iodine(c, TYPE_NULL, DRAW_HOST);
}

static void
ask_iodine_cname(struct channel *c)
{
	iodine(c, TYPE_CNAME, DRAW_BASE32);
}

static void
ask_dns2tcp(struct channel *c)
{
	static const char *const commands[] = { "=auth", "=auth", "=connect" };
	char *o = draw_letters(&c->seed, c->q->name, c->n == 0 ? 10 : 60, DRAW_HOST);

	c->q->type = TYPE_TXT;
	c->q->data_bytes = 60;
	if (c->n < 3)
		o += sprintf(o, ".%s", commands[c->n]);
	else
		c->q->payload = 40;
	end_name(c, o, "d.riverdata.net");
}

static void
ask_hex(struct channel *c)
{
	c->q->time_sec = c->n * 20.0;
	c->q->payload = 4;
	end_name(c, draw_letters(&c->seed, c->q->name, 8, DRAW_HEX), "updates-check.com");
}

static void
ask_base32(struct channel *c)
{
	c->q->time_sec = c->n * 600.0;
	c->q->payload = 15;
	end_name(
	    c, draw_letters(&c->seed, c->q->name, 24, DRAW_BASE32), "metrics-store.org");
}

static void
ask_decimal(struct channel *c)
{
	c->q->payload = 2;
	end_name(
	    c, draw_letters(&c->seed, c->q->name, 6, "0123456789"), "order-numbers.net");
}

static void
ask_words(struct channel *c)
{
	char *o = c->q->name;
	char word[32];

	c->q->time_sec = c->n * 30.0;
	c->q->payload = 3;
	for (int i = 0; i < 3; i++)
		o += sprintf(o, "%s%s", i != 0 ? "-" : "",
		    draw_syllables(4096 + draw_below(&c->seed, 1024), word));
	end_name(c, o, "newsletter-host.com");
}

static void
ask_spread(struct channel *c)
{
	ask_base32(c);
	c->q->time_sec = c->n * 2.0;
	c->q->client = 0x0a0000u + draw_below(&c->seed, 30);
}

static void
ask_down(struct channel *c)
{
	c->q->time_sec = c->n * 10.0;
	c->q->type = TYPE_TXT;
	c->q->data_bytes = 180;
	strcpy(c->q->name, "status.feed-reader.net");
}

static void
ask_beacon(struct channel *c)
{
	c->q->time_sec = c->n * 300.0;
	c->q->answer_hash = 1;
	strcpy(c->q->name, "check.quiet-beacon.net");
}

static void
ask_beacon_hex(struct channel *c)
{
	ask_hex(c);
	c->q->time_sec = c->n * 300.0 + draw_below(&c->seed, 150);
}

static void
ask_many_zones(struct channel *c)
{
	char *o = draw_letters(&c->seed, c->q->name, 32, DRAW_BASE32);
	char zone[64], word[32];

	c->q->time_sec = c->n * 420.0;
	c->q->payload = 20;
	snprintf(zone, sizeof(zone), "%s%u.com", draw_syllables(c->n + 5000, word), c->n);
	end_name(c, o, zone);
}

static void
ask_many_bots(struct channel *c)
{
	char *o = draw_letters(&c->seed, c->q->name, 48, DRAW_BASE32);
	char zone[64], word[32];

	c->q->time_sec = c->n * 420.0;
	c->q->client = 0x0b0000u + c->n % 50;
	c->q->payload = 30;
	snprintf(zone, sizeof(zone), "%s%u.net", draw_syllables(c->n + 9000, word), c->n);
	end_name(c, o, zone);
}

static void
ask_dnscat2(struct channel *c)
{
	char *o = draw_letters(&c->seed, c->q->name, 4, DRAW_HEX);

	o += sprintf(o, "01340f");
	c->q->payload = 15;
	end_name(c, draw_letters(&c->seed, o, 38, DRAW_HEX), "cat.riverdata.net");
}

static void
ask_dnstt(struct channel *c)
{
	char *o = c->q->name;

	o += sprintf(o, "xniy5qd6kl4p52");
	*o++ = "abcdefgh"[draw_below(&c->seed, 8)];
	c->q->type = TYPE_TXT;
	c->q->time_sec = c->n * 0.5;
	c->q->data_bytes = 40;
	end_name(c, draw_letters(&c->seed, o, 12, DRAW_BASE32), "tt.riverdata.net");
}

static void
ask_sliver(struct channel *c)
{
	char *o = c->q->name;

	o += sprintf(o, "ba2bb4du8w");
	c->q->payload = 20;
	end_name(c, draw_letters(&c->seed, o, 40, "ab1c2d3e4f5g6h7j8k9m0npqrtuvwxyz"),
	    "c2.riverdata.net");
}

static void
ask_cobalt(struct channel *c)
{
	char *o = c->q->name;

	o += sprintf(o, "post.1");
	o = draw_letters(&c->seed, o, 24, DRAW_HEX);
	o += sprintf(o, ".%x.3832307e", c->n);
	c->q->payload = 12;
	end_name(c, o, "cs.riverdata.net");
}

static void
ask_exfiltrator(struct channel *c)
{
	char *o = c->q->name;

	if (c->n == 0) {
		o += sprintf(o, "init.ojsxa33soqxhu2lq.base32");
	} else {
		o += sprintf(o, "%u.", c->n - 1);
		o = draw_letters(&c->seed, o, 60, DRAW_BASE32);
		c->q->payload = 37;
	}
	end_name(c, o, "ex.riverdata.net");
}

static void
ask_ozyman(struct channel *c)
{
	char *o = draw_letters(&c->seed, c->q->name, 48, DRAW_BASE32);

	o += sprintf(o, "-%u.id-21432.up", c->n);
	c->q->payload = 30;
	end_name(c, o, "oz.riverdata.net");
}

static void
ask_dig(struct channel *c)
{
	char *o = draw_letters(&c->seed, c->q->name, 60, DRAW_HEX);

	c->q->payload = 30;
	end_name(c, o, "x.riverdata.net");
}

static const struct {
	const char *name;
	void (*ask)(struct channel *c);
} channels[TRAFFIC_CHANNELS] = {
	[TRAFFIC_IODINE] = { "iodine NULL", ask_iodine },
	[TRAFFIC_IODINE_CNAME] = { "iodine CNAME", ask_iodine_cname },
	[TRAFFIC_DNS2TCP] = { "dns2tcp TXT", ask_dns2tcp },
	[TRAFFIC_HEX_SLOW] = { "8 hex digits, 0.2 B/s", ask_hex },
	[TRAFFIC_BASE32_SLOW] = { "base32, 0.025 B/s", ask_base32 },
	[TRAFFIC_DECIMAL] = { "6 digits a second", ask_decimal },
	[TRAFFIC_WORDS] = { "words", ask_words },
	[TRAFFIC_SPREAD] = { "over 30 clients", ask_spread },
	[TRAFFIC_DOWN_TXT] = { "down, one name", ask_down },
	[TRAFFIC_BEACON] = { "beacon, one name", ask_beacon },
	[TRAFFIC_BEACON_HEX] = { "beacon, 8 hex digits", ask_beacon_hex },
	[TRAFFIC_MANY_ZONES] = { "one client, many zones", ask_many_zones },
	[TRAFFIC_MANY_BOTS] = { "50 clients, many zones", ask_many_bots },
	[TRAFFIC_DNSCAT2] = { "dnscat2", ask_dnscat2 },
	[TRAFFIC_DNSTT] = { "dnstt", ask_dnstt },
	[TRAFFIC_SLIVER] = { "Sliver", ask_sliver },
	[TRAFFIC_COBALT] = { "Cobalt Strike", ask_cobalt },
	[TRAFFIC_EXFILTRATOR] = { "DNSExfiltrator", ask_exfiltrator },
	[TRAFFIC_OZYMAN] = { "OzymanDNS", ask_ozyman },
	[TRAFFIC_DIG] = { "xxd and dig", ask_dig },
};

const char *
traffic_name(enum traffic_channel c)
{
	return channels[c].name;
}

void
traffic_channel(uint64_t seed, enum traffic_channel which, unsigned questions,
    traffic_fn *fn, void *ctx)
{
	struct traffic_question q;
	struct channel c = { .seed = seed * 2 + 1, .q = &q };

	for (c.n = 0; c.n < questions; c.n++) {
		memset(&q, 0, sizeof(q));
		q.time_sec = c.n;
		q.client = TUNNEL_CLIENT;
		q.type = TYPE_A;
		q.answer_hash = draw(&c.seed);
		channels[which].ask(&c);
		if (!fn(ctx, &q))
			return;
	}
}
