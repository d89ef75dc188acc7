#include "detect/signature.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * Sources: the tools' own code and protocol texts. Names come here in lower case, as in
 * the cache. What is certain at once:
 *
 * iodine 0.7/0.8 (client.c: handshake_version, handshake_upenc; encoding.c): first
 * question 'v', base32 of the protocol version 0x0000050x and a 16-bit number: "vaaaak"
 * and five more of [a-z0-5], eleven in all. Codec probes: fixed sentences, 'z' and four
 * characters before them.
 * dns2tcp 0.5.2 (common/includes/dns.h, requests.h): a command label "=auth", "=connect"
 * or "=resource" after the data.
 * dnscat2 0.07 (client/drivers/dns/driver_dns.c): the label "dnscat" where no domain is
 * set.
 * DNSExfiltrator (dnsExfiltrator.cs): "init", the file's name, "base64" or "base32".
 * OzymanDNS 0.1 (droute.pl): "id-" and a number, then "up" or "down".
 * Cobalt Strike (user guide, DNS stager): three letters, "stage", a number.
 *
 * What is certain when two names have the same session:
 *
 * dnscat2 (doc/protocol.md): bytes in hex: 16-bit packet number, type 00 01 02 03 or ff,
 * 16-bit session.
 * dnstt (dnstt-client/dns.go): base32 of 8 bytes of client, then 0xe0 + 3 or 8 bytes of
 * padding; TXT.
 * Sliver 1.5 (implant dnsclient.go, dnspb): base32 in an alphabet of its own of a
 * protobuf: 08 type 10 number; the lower bits of the number are the session.
 * Cobalt Strike (user guide, DNS beacon): a prefix, a digit (how many labels of data) and
 * hex, a counter in hex, eight hex digits of session.
 * iodine, once it has chosen base128: a user's number in hex, then bytes 0xbc to 0xfd.
 */

struct row {
	struct signature told;
	unsigned least; /* labels' bytes left of the zone, without the length bytes */
	/* ${session}: left alone when the mark is certain */
	bool (*matches)(const struct namehash *h, unsigned left, uint16_t *session);
};

static bool
is_base32(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '5');
}

/* The first label holds ${text}, anywhere. */
static bool
first_label_has(const struct namehash *h, const char *text)
{
	return memmem(h->name + 1, h->name[0], text, strlen(text)) != NULL;
}

static bool
iodine_version(const struct namehash *h, unsigned left, uint16_t *session)
{
	const uint8_t *label = h->name;

	(void)left, (void)session;
	if (label[0] != 11 || memcmp(label + 1, "vaaaak", 6) != 0)
		return false;
	for (unsigned i = 7; i <= 11; i++)
		if (!is_base32(label[i]))
			return false;
	return true;
}

static bool
iodine_codec_probe(const struct namehash *h, unsigned left, uint16_t *session)
{
	static const char *const probes[] = { "aa-aaahhh-drink-mal-ein-j", "aa-la-fl",
		"aabbccddeeffgghhiijjkkll", "aa0123456789\274\275\276\277" };

	(void)left, (void)session;
	if (h->name[1] != 'z')
		return false;
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
		if (first_label_has(h, probes[i]))
			return true;
	return false;
}

static bool
dns2tcp_command(const struct namehash *h, unsigned left, uint16_t *session)
{
	static const char *const commands[] = { "\005=auth", "\010=connect",
		"\011=resource" };

	(void)session;
	for (unsigned i = 0; i < left; i++) {
		const uint8_t *label = h->name + h->at[i];

		if (label[1] != '=') /* as almost none */
			continue;
		for (size_t c = 0; c < sizeof(commands) / sizeof(commands[0]); c++)
			if (label[0] == (uint8_t)commands[c][0] &&
			    memcmp(label, commands[c], strlen(commands[c])) == 0)
				return true;
	}
	return false;
}

/* ---- helpers for the forms ---- */

static const uint8_t *
label_at(const struct namehash *h, unsigned i)
{
	return h->name + h->at[i];
}

static bool
label_is(const uint8_t *label, const char *text)
{
	return label[0] == strlen(text) && memcmp(label + 1, text, label[0]) == 0;
}

/* In which alphabets a character is. */
enum { HEX = 1, DECIMAL = 2, LETTER = 4, BASE32 = 8, SLIVER = 16 };

static const uint8_t alphabets_of[256] = {
	['0' ... '1'] = HEX | DECIMAL | SLIVER,
	['2' ... '7'] = HEX | DECIMAL | SLIVER | BASE32,
	['8' ... '9'] = HEX | DECIMAL | SLIVER,
	['a' ... 'f'] = LETTER | BASE32 | HEX | SLIVER,
	['g' ... 'h'] = LETTER | BASE32 | SLIVER,
	['i'] = LETTER | BASE32,
	['j' ... 'k'] = LETTER | BASE32 | SLIVER,
	['l'] = LETTER | BASE32,
	['m' ... 'n'] = LETTER | BASE32 | SLIVER,
	['o'] = LETTER | BASE32,
	['p' ... 'r'] = LETTER | BASE32 | SLIVER,
	['s'] = LETTER | BASE32,
	['t' ... 'z'] = LETTER | BASE32 | SLIVER,
};

static bool
all_in(const uint8_t *text, unsigned len, unsigned alphabet)
{
	for (unsigned i = 0; i < len; i++)
		if ((alphabets_of[text[i]] & alphabet) == 0)
			return false;
	return true;
}

/* Never 0: that says certain. */
static uint16_t
session_of(const uint8_t *text, unsigned len)
{
	uint64_t x = 1;

	for (unsigned i = 0; i < len; i++)
		x = namehash_mix(x, text[i]);
	return (uint16_t)(x | 1);
}

/* The first ${cap} characters of the labels left of the zone, dots left out, while they
 * are in ${alphabet}. */
static unsigned
join_labels(const struct namehash *h, unsigned left, unsigned alphabet, uint8_t *out,
    unsigned cap)
{
	unsigned n = 0;

	for (unsigned i = 0; i < left && n < cap; i++) {
		const uint8_t *label = label_at(h, i);

		if (!all_in(label + 1, label[0], alphabet))
			break;
		for (unsigned k = 1; k <= label[0] && n < cap; k++)
			out[n++] = label[k];
	}
	return n;
}

/* Five bits a character, in the order of ${alphabet}. */
static void
from_base32(const uint8_t *text, unsigned bytes, const char *alphabet, uint8_t *out)
{
	uint32_t bits = 0;
	unsigned have = 0;

	for (unsigned n = 0; n < bytes; text++) {
		bits = bits << 5 | (uint32_t)(strchr(alphabet, *text) - alphabet);
		have += 5;
		if (have >= 8) {
			have -= 8;
			out[n++] = (uint8_t)(bits >> have);
		}
	}
}

/* ---- certain ---- */

static bool
dnscat2_no_domain(const struct namehash *h, unsigned left, uint16_t *session)
{
	(void)session;
	return left >= 2 && label_is(h->name, "dnscat") && label_at(h, 1)[0] >= 18 &&
	       all_in(label_at(h, 1) + 1, label_at(h, 1)[0], HEX);
}

static bool
dnsexfiltrator_init(const struct namehash *h, unsigned left, uint16_t *session)
{
	const uint8_t *last;

	(void)session;
	if (left < 3 || !label_is(h->name, "init"))
		return false;
	for (unsigned i = 2; i < left; i++) {
		last = label_at(h, i);
		if (label_is(last, "base64") || label_is(last, "base32"))
			return true;
	}
	return false;
}

static bool
ozymandns_channel(const struct namehash *h, unsigned left, uint16_t *session)
{
	(void)session;
	for (unsigned i = 0; i + 1 < left; i++) {
		const uint8_t *label = label_at(h, i), *way = label_at(h, i + 1);

		if (label[0] > 3 && memcmp(label + 1, "id-", 3) == 0 &&
		    all_in(label + 4, label[0] - 3u, DECIMAL) &&
		    (label_is(way, "up") || label_is(way, "down")))
			return true;
	}
	return false;
}

static bool
cobalt_stage(const struct namehash *h, unsigned left, uint16_t *session)
{
	const uint8_t *first = h->name;

	(void)session;
	return left >= 3 && first[0] == 3 && label_is(label_at(h, 1), "stage") &&
	       all_in(first + 1, 3, LETTER) && label_at(h, 2)[0] >= 4 &&
	       all_in(label_at(h, 2) + 1, label_at(h, 2)[0], DECIMAL);
}

/* ---- certain when the session comes again ---- */

/* Nine bytes at least: number, type, session, two sequence numbers. */
#define DNSCAT2_DIGITS_MIN 18u

static bool
dnscat2_packet(const struct namehash *h, unsigned left, uint16_t *session)
{
	static const char *const types[] = { "00", "01", "02", "03", "ff" };
	uint8_t hex[DNSCAT2_DIGITS_MIN];

	if (join_labels(h, left, HEX, hex, sizeof(hex)) < DNSCAT2_DIGITS_MIN)
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (memcmp(hex + 4, types[i], 2) == 0) {
			*session = session_of(hex + 6, 4);
			return true;
		}
	return false;
}

/* Fifteen characters are the client's eight bytes and the one that tells the padding. */
#define DNSTT_CHARACTERS 15u

static bool
dnstt_packet(const struct namehash *h, unsigned left, uint16_t *session)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint8_t text[DNSTT_CHARACTERS + 5], bytes[9];

	if (join_labels(h, left, BASE32, text, sizeof(text)) < sizeof(text))
		return false;
	from_base32(text, sizeof(bytes), alphabet, bytes);
	if (bytes[8] != 0xe3 && bytes[8] != 0xe8)
		return false;
	*session = session_of(bytes, 8);
	return true;
}

#define SLIVER_CHARACTERS 20u

static bool
sliver_message(const struct namehash *h, unsigned left, uint16_t *session)
{
	static const char alphabet[] = "ab1c2d3e4f5g6h7j8k9m0npqrtuvwxyz";
	uint8_t text[SLIVER_CHARACTERS], bytes[3];

	if (join_labels(h, left, SLIVER, text, sizeof(text)) < sizeof(text))
		return false;
	from_base32(text, sizeof(bytes), alphabet, bytes);
	if (bytes[0] != 0x08 || bytes[1] == 0 || bytes[1] > 9 || bytes[2] != 0x10)
		return false;
	*session = session_of(text + 5, 4);
	return true;
}

static bool
cobalt_beacon(const struct namehash *h, unsigned left, uint16_t *session)
{
	const uint8_t *data, *counter, *id;

	if (left < 4)
		return false;
	data = label_at(h, 1);
	if (data[0] < 8 || data[1] < '1' || data[1] > '4' ||
	    !all_in(data + 1, data[0], HEX))
		return false;
	for (unsigned i = 2; i + 1 < left; i++) {
		counter = label_at(h, i);
		id = label_at(h, i + 1);
		if (counter[0] <= 8 && all_in(counter + 1, counter[0], HEX) &&
		    id[0] == 8 && all_in(id + 1, 8, HEX)) {
			*session = session_of(id + 1, 8);
			return true;
		}
	}
	return false;
}

#define IODINE_DATA_MIN 40u

static bool
iodine_base128(const struct namehash *h, unsigned left, uint16_t *session)
{
	const uint8_t *label = h->name;
	unsigned high = 0;

	(void)left;
	if (label[0] < IODINE_DATA_MIN || !all_in(label + 1, 1, HEX))
		return false;
	for (unsigned i = 2; i <= label[0]; i++)
		high += label[i] >= 0xbc && label[i] <= 0xfd;
	if (high * 4 < label[0])
		return false;
	*session = session_of(label + 1, 1);
	return true;
}

#define TOOL(name, mark)                                                                 \
	{                                                                                \
		name, "signature " name, mark                                            \
	}
static const struct row rows[] = {
	{ TOOL("iodine", "version question"), 11, iodine_version },
	{ TOOL("iodine", "codec probe"), 9, iodine_codec_probe },
	{ TOOL("dns2tcp", "command label"), 5, dns2tcp_command },
	{ TOOL("dnscat2", "label without a domain"), 24, dnscat2_no_domain },
	{ TOOL("DNSExfiltrator", "first question"), 11, dnsexfiltrator_init },
	{ TOOL("OzymanDNS", "channel label"), 6, ozymandns_channel },
	{ TOOL("Cobalt Strike", "stager"), 12, cobalt_stage },
	{ TOOL("Cobalt Strike", "beacon's session"), 18, cobalt_beacon },
	{ TOOL("Sliver", "message and session"), SLIVER_CHARACTERS, sliver_message },
	{ TOOL("dnstt", "client and padding"), DNSTT_CHARACTERS + 5, dnstt_packet },
	{ TOOL("dnscat2", "packet type and session"), DNSCAT2_DIGITS_MIN,
	    dnscat2_packet },
	{ TOOL("iodine", "user and base128"), IODINE_DATA_MIN, iodine_base128 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))
_Static_assert(ROWS < 255, "a row's number has eight bits");

const struct signature *
signature_find(
    const struct namehash *h, unsigned zone_labels, uint16_t qtype, uint16_t *session)
{
	unsigned left = h->count > zone_labels ? h->count - zone_labels : 0;
	unsigned bytes = h->at[left] - left; /* most names are too short for most marks */

	(void)qtype; /* the tools use whatever type gets through */
	*session = 0;
	if (left == 0)
		return NULL;
	for (size_t i = 0; i < ROWS; i++)
		if (bytes >= rows[i].least && rows[i].matches(h, left, session))
			return &rows[i].told;
	return NULL;
}

uint8_t
signature_number(const struct signature *s)
{
	for (size_t i = 0; i < ROWS; i++)
		if (&rows[i].told == s)
			return (uint8_t)(i + 1);
	return 0;
}

const struct signature *
signature_at(uint8_t number)
{
	return number == 0 || number > ROWS ? NULL : &rows[number - 1].told;
}
