/*
 * Runs the detector over recorded traffic with the clock of the recording: what would
 * have been stopped, when, and how many bytes had left by then.
 *
 *   replay_traffic [-o section.key=value]... [-w WHAT]... [-v] [-s SEC] [-l FILE]
 *       FILE...
 *
 * FILE is text, tab-separated, one question a line, in time order; "-" is standard input,
 * *.xz is read through xz: time client qname qtype rcode rdbytes minttl transport label
 * nans anshash firstans [payload [ns]] Each FILE meets a new detector. A cache stands
 * before it, as in the resolver: a question repeated within the TTL of its answer (at
 * least 5 s) is a hit and reaches detect_hit alone.
 *
 * -s counts only what happens after so many seconds. -l writes what the learn period
 * found (-o detection.learn=...).
 * -w leaves a term or rule out (cost fresh type steady haste shared signatures rules), to
 * see what it is worth. -v names what was stopped. One line a file comes out: FILE
 * questions  misses  first-stop  name-bytes  payload  leaked-names  leaked-payload  zones
 * refused first-stop: number of the first question that was stopped (0: none); name-bytes
 * and payload: what had passed before it (bytes of the labels, true payload); leaked-*:
 * what passed in all; zones: held or stopped; refused: single questions.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/dns.h"
#include "conf/conf.h"
#include "detect/detect.h"
#include "detect/inside.h"
#include "detect/weigh.h"

#define FIELDS_MAX	 14
#define TTL_FLOOR_SEC	 5.0
#define NEGATIVE_TTL_SEC 300.0
#define CACHE_SLOTS	 (1u << 22)
#define ZONES_MAX	 4096
#define WALL_AT_ZERO_MS	 INT64_C(1000)

struct cached {
	uint64_t key; /* 0: free */
	double until;
	uint32_t ticket;
};

struct stopped_zone {
	char name[DNAME_TEXT_MAX];
	const char *reason;
	unsigned questions;
};

struct run {
	const struct conf *conf;
	struct detect *detect;
	struct hashkey key;
	bool verbose, throttled_last;
	double start, time, from_sec;
	struct cached *cache;
	uint64_t questions, misses, first_stop, first_told, refused, throttled, stopped;
	double names_before, payload_before, payload_told, names, payload;
	uint64_t beacons, alarms;
	unsigned zone_count;
	struct stopped_zone *zones;
};

struct line {
	char *field[FIELDS_MAX];
	int count;
	double time, ttl;
	struct addr client;
	struct dname qname;
	uint16_t qtype;
	uint32_t rcode, rdata_bytes, answers;
	uint64_t rdata_hash;
	double payload;
	const char *server; /* NULL: not known */
};

static bool
parse(char *text, struct line *l)
{
	char *rest = text;

	text[strcspn(text, "\n")] = '\0';
	memset(l, 0, sizeof(*l));
	while (
	    l->count < FIELDS_MAX && (l->field[l->count] = strsep(&rest, "\t")) != NULL)
		l->count++;
	if (l->count < 12)
		return false;
	l->time = strtod(l->field[0], NULL);
	if (addr_from_text(l->field[1], 0, &l->client) != ERR_OK ||
	    dname_from_text(l->field[2], &l->qname) != ERR_OK ||
	    dns_type_parse(l->field[3], &l->qtype) != ERR_OK)
		return false;
	l->rcode = (uint32_t)strtoul(l->field[4], NULL, 10);
	l->rdata_bytes = (uint32_t)strtoul(l->field[5], NULL, 10);
	l->ttl = l->field[6][0] == '-' ? NEGATIVE_TTL_SEC : strtod(l->field[6], NULL);
	if (l->field[4][0] == '-' || l->ttl < TTL_FLOOR_SEC)
		l->ttl = TTL_FLOOR_SEC;
	l->answers = (uint32_t)strtoul(l->field[9], NULL, 10);
	l->rdata_hash = strtoull(l->field[10], NULL, 16);
	if (l->count > 12)
		l->payload = strtod(l->field[12], NULL);
	if (l->count > 13 && strcmp(l->field[13], "-") != 0 && l->field[13][0] != '\0')
		l->server = l->field[13];
	return true;
}

/* The column counts addresses too; the detector wants them apart. */
static uint32_t
data_bytes(const struct line *l, uint32_t *addresses)
{
	uint32_t size = l->qtype == TYPE_A ? 4 : l->qtype == TYPE_AAAA ? 16 : 0;

	*addresses = 0;
	if (size == 0 || l->answers == 0)
		return l->rdata_bytes;
	*addresses = l->rdata_bytes == l->answers * size ? l->answers : 1;
	return l->rdata_bytes > *addresses * size ? l->rdata_bytes - *addresses * size
						  : 0;
}

/* Of the addresses only a hash of the whole set is recorded: all are new with it. The
 * resolver knows each by itself, and is never stricter than this. */
static void
address_pieces(const struct line *l, uint32_t addresses, struct detect_answer *a)
{
	uint16_t size = l->qtype == TYPE_A ? 4 : 8;
	uint32_t bytes = addresses * (l->qtype == TYPE_A ? 4 : 16);

	for (; bytes != 0 && a->piece_count < DETECT_PIECES_MAX; bytes -= size) {
		a->pieces[a->piece_count] =
		    (struct detect_piece){ l->rdata_hash * 31 + a->piece_count, size };
		a->piece_count++;
	}
	a->rest_bytes = bytes;
	a->rest_hash = l->rdata_hash * 31 + DETECT_PIECES_MAX;
}

static struct cached *
cache_place(struct run *r, const struct line *l)
{
	uint64_t key =
	    dname_hash(&r->key, l->qname.bytes) ^ ((uint64_t)l->qtype << 1 | 1);
	size_t i = key % CACHE_SLOTS;

	for (unsigned n = 0; n < 64; n++, i = (i + 1) % CACHE_SLOTS) {
		if (r->cache[i].key == key)
			return &r->cache[i];
		if (r->cache[i].key == 0 || r->cache[i].until < l->time)
			break;
	}
	r->cache[i] = (struct cached){ .key = key };
	return &r->cache[i];
}

/* Bytes of the labels left of the zone: what a tunnel may have used. */
static double
name_bytes(struct run *r, const struct line *l)
{
	struct namehash h;
	enum suffix_kind kind;
	unsigned labels;
	double bytes = 0;

	namehash_fill(&h, &r->detect->key, l->qname.bytes);
	labels = suffix_zone_labels(r->detect->suffix, &h, &kind);
	for (unsigned i = 0; i + labels < h.count; i++)
		bytes += l->qname.bytes[h.at[i]];
	return bytes;
}

/* The questions stopped later count for the zone that has a measure. */
static void
note_stopped(struct run *r, const struct line *l)
{
	struct dname zone;

	for (unsigned i = 0; i < r->zone_count; i++)
		if (dname_from_text(r->zones[i].name, &zone) == ERR_OK &&
		    dname_is_below(l->qname.bytes, zone.bytes))
			r->zones[i].questions++;
}

static void
note_zone(struct run *r, const struct detect_verdict *v)
{
	char name[DNAME_TEXT_MAX];

	dname_to_text(v->event.zone.bytes, name);
	for (unsigned i = 0; i < r->zone_count; i++)
		if (strcmp(r->zones[i].name, name) == 0)
			return;
	if (r->zone_count == ZONES_MAX)
		return;
	memcpy(r->zones[r->zone_count].name, name, sizeof(name));
	r->zones[r->zone_count++].reason = v->event.reason;
}

static void
note(struct run *r, const struct detect_verdict *v)
{
	char text[2048];

	if (!v->has_event || r->time < r->start + r->from_sec)
		return;
	if (r->first_told == 0) {
		r->first_told = r->questions;
		r->payload_told = r->payload;
	}
	if (v->event.action == EVENT_OBSERVE) {
		r->beacons += strncmp(v->event.reason, "beacon", 6) == 0;
		r->alarms += strstr(v->event.reason, "many") != NULL;
	}
	if (v->event.action == EVENT_HOLD || v->event.action == EVENT_SINKHOLE)
		note_zone(r, v);
	if (r->verbose) {
		printf("  q%" PRIu64 " %s\n", r->questions,
		    event_text(&v->event, text, sizeof(text)));
		for (unsigned i = 0; i < v->event.evidence_count; i++)
			printf("      %s %.2f (%+.2f)\n", v->event.evidence[i].name,
			    v->event.evidence[i].value, v->event.evidence[i].weight);
	}
}

/* The recording has a name for it, or an address; any address that stands for the one
 * will do. */
static struct addr
server_of(struct run *r, const char *name)
{
	uint64_t hash = siphash13(&r->key, (const uint8_t *)name, strlen(name));
	struct addr a;

	if (addr_from_bytes(&a, (const uint8_t *)&hash, 4, 53) != ERR_OK)
		abort();
	return a;
}

static bool
ask(struct run *r, const struct line *l, const struct now *now, uint32_t *ticket)
{
	struct detect_question q = {
		.client = l->client, .qname = l->qname.bytes, .qtype = l->qtype
	};
	struct detect_answer a = { .client = l->client,
		.qname = l->qname.bytes,
		.qtype = l->qtype,
		.rcode = (uint16_t)l->rcode,
		.ttl_min_sec = (uint32_t)l->ttl,
		.rdata_hash = l->rdata_hash };
	struct detect_verdict v;

	detect_question(r->detect, r->conf, &q, now, &v);
	note(r, &v);
	if (v.action == DETECT_PASS && l->server != NULL) {
		a.authority = server_of(r, l->server);
		if (!detect_send(r->detect, v.zone_index, &a.authority, now->mono_ms))
			v.action = DETECT_SINKHOLE;
	}
	if (v.action == DETECT_PASS) {
		*ticket = v.zone_index;
		a.rdata_bytes = data_bytes(l, &a.address_count);
		address_pieces(l, a.address_count, &a);
		detect_answer(r->detect, r->conf, &a, now, &v);
		note(r, &v);
		if (v.action == DETECT_PASS)
			return true;
	}
	if (l->time < r->start + r->from_sec)
		return false;
	if (v.action == DETECT_REFUSE)
		r->refused++;
	r->throttled_last = v.action == DETECT_THROTTLE;
	r->throttled += r->throttled_last;
	r->stopped++;
	note_stopped(r, l);
	return false;
}

static void
one_line(struct run *r, const struct line *l)
{
	struct cached *c = cache_place(r, l);
	struct now now;
	double bytes;

	if (r->questions++ == 0)
		r->start = l->time;
	r->time = l->time;
	now.mono_ms =
	    1000 + (uint64_t)((l->time > r->start ? l->time - r->start : 0) * 1000.0);
	now.wall_ms = (int64_t)(l->time * 1000.0) + WALL_AT_ZERO_MS;
	if (c->until > l->time) {
		detect_hit(r->detect, c->ticket, &l->client, now.mono_ms);
		return;
	}
	r->misses++;
	if (ask(r, l, &now, &c->ticket)) {
		c->until = l->time + l->ttl;
		bytes = name_bytes(r, l);
		r->names += bytes;
		r->payload += l->payload;
		if (r->first_stop == 0) {
			r->names_before += bytes;
			r->payload_before += l->payload;
		}
		return;
	}
	c->key = 0;
	if (r->first_stop == 0 && !r->throttled_last)
		r->first_stop = r->questions;
}

static FILE *
open_input(const char *path, bool *piped)
{
	size_t len = strlen(path);
	char command[4096];

	*piped = len > 3 && strcmp(path + len - 3, ".xz") == 0;
	if (strcmp(path, "-") == 0)
		return stdin;
	if (!*piped)
		return fopen(path, "r");
	snprintf(command, sizeof(command), "xz -dc '%s'", path);
	return popen(command, "r");
}

static void
report(struct run *r, const char *path)
{
	const char *base = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;

	printf("%-32s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8.0f %8" PRIu64
	       " %8.0f %8.0f %8.0f %8.0f %5u %6" PRIu64 " %6" PRIu64 " %7" PRIu64
	       " %6" PRIu64 " %6" PRIu64 "\n",
	    base, r->questions, r->misses, r->first_told, r->payload_told, r->first_stop,
	    r->names_before, r->payload_before, r->names, r->payload, r->zone_count,
	    r->refused, r->throttled, r->stopped, r->beacons, r->alarms);
	for (unsigned i = 0; r->verbose && i < r->zone_count; i++)
		printf("  zone %s: %s, %u questions stopped\n", r->zones[i].name,
		    r->zones[i].reason, r->zones[i].questions);
}

static bool
replay(struct run *r, const char *path)
{
	static char text[65536];
	struct line l;
	bool piped;
	FILE *in = open_input(path, &piped);

	if (in == NULL) {
		perror(path);
		return false;
	}
	while (fgets(text, sizeof(text), in) != NULL)
		if (parse(text, &l))
			one_line(r, &l);
	if (piped)
		pclose(in);
	else if (in != stdin)
		fclose(in);
	report(r, path);
	return true;
}

struct how {
	uint32_t without;
	bool verbose;
	double from_sec;
	const char *learnt; /* where the learnt list goes; NULL */
};

static bool
write_learnt(const struct run *r, const char *path)
{
	struct now now = { .mono_ms = 1000 + (uint64_t)((r->time - r->start) * 1000.0) };
	FILE *out;
	bool good;

	if (path == NULL)
		return true;
	if ((out = fopen(path, "w")) == NULL) {
		perror(path);
		return false;
	}
	good = detect_learnt(r->detect, r->conf, &now, out) == ERR_OK;
	return fclose(out) == 0 && good;
}

/* Replays one file with what the command line says (${how}). */
static bool
replay_file(const struct conf *conf, const char *path, const struct how *how)
{
	struct run r = { .conf = conf,
		.verbose = how->verbose,
		.from_sec = how->from_sec,
		.key = { 11, 12 } };
	struct hashkey key = { 0x5ea1, 0xf00d };
	bool good = false;

	r.detect = detect_new(conf, &key, 1);
	r.cache = calloc(CACHE_SLOTS, sizeof(*r.cache));
	r.zones = calloc(ZONES_MAX, sizeof(*r.zones));
	if (r.detect == NULL || r.cache == NULL || r.zones == NULL) {
		fprintf(stderr, "no memory\n");
	} else {
		detect_ablate(r.detect, how->without);
		good = replay(&r, path) && write_learnt(&r, how->learnt);
	}
	free(r.zones);
	free(r.cache);
	detect_free(r.detect);
	return good;
}

static bool
add_without(const char *what, uint32_t *without)
{
	static const struct {
		const char *name;
		uint32_t bits;
	} names[] = { { "cost", 1u << WEIGH_COST }, { "fresh", 1u << WEIGH_FRESH },
		{ "type", 1u << WEIGH_TYPE }, { "steady", 1u << WEIGH_STEADY },
		{ "haste", 1u << WEIGH_HASTE }, { "shared", 1u << WEIGH_SHARED },
		{ "signatures", DETECT_WITHOUT_SIGNATURES },
		{ "rules", DETECT_WITHOUT_RULES } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(what, names[i].name) == 0) {
			*without |= names[i].bits;
			return true;
		}
	return false;
}

int
main(int argc, char **argv)
{
	static struct conf_errors errors;
	const char *overrides[64];
	size_t override_count = 0;
	struct how how = { 0 };
	bool good = true;
	struct conf *conf;
	int c;

	while ((c = getopt(argc, argv, "o:w:vs:l:")) != -1) {
		if (c == 'o' && override_count < 64)
			overrides[override_count++] = optarg;
		else if (c == 'v')
			how.verbose = true;
		else if (c == 's')
			how.from_sec = strtod(optarg, NULL);
		else if (c == 'l')
			how.learnt = optarg;
		else if (c != 'w' || !add_without(optarg, &how.without))
			return 2;
	}
	if (conf_load(NULL, overrides, override_count, &errors, &conf) != ERR_OK) {
		fprintf(stderr, "%s\n", errors.errors[0].text);
		return 2;
	}
	printf("%-32s %8s %8s %8s %8s %8s %8s %8s %8s %8s %5s %6s %6s %7s %6s %6s\n",
	    "file", "asked", "misses", "1sttold", "payload@", "1ststop", "names@",
	    "payload@", "names", "payload", "zones", "refuse", "slow", "stopped",
	    "beacon", "alarm");
	for (int i = optind; i < argc; i++)
		good = replay_file(conf, argv[i], &how) && good;
	conf_unref(conf);
	return good ? 0 : 1;
}
