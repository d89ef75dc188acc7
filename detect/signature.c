#include "detect/signature.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * Sources: iodine 0.7/0.8 (client.c: handshake_version, handshake_upenc; encoding.c),
 * dns2tcp 0.5.2 (common/includes/dns.h, requests.h). Names come here in lower case, as in
 * the cache.
 *
 * iodine, first question: 'v', base32 of the protocol version 0x0000050x and a 16-bit
 * number: "vaaaak" and five more of [a-z0-5], eleven in all. Codec probes: fixed
 * sentences, 'z' and four characters before them. dns2tcp: a command label "=auth",
 * "=connect" or "=resource" after the data.
 */

struct row {
	struct signature told;
	bool (*matches)(const struct namehash *h, unsigned left);
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
iodine_version(const struct namehash *h, unsigned left)
{
	const uint8_t *label = h->name;

	(void)left;
	if (label[0] != 11 || memcmp(label + 1, "vaaaak", 6) != 0)
		return false;
	for (unsigned i = 7; i <= 11; i++)
		if (!is_base32(label[i]))
			return false;
	return true;
}

static bool
iodine_codec_probe(const struct namehash *h, unsigned left)
{
	static const char *const probes[] = { "aa-aaahhh-drink-mal-ein-j", "aa-la-fl",
		"aabbccddeeffgghhiijjkkll", "aa0123456789\274\275\276\277" };

	(void)left;
	if (h->name[1] != 'z')
		return false;
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
		if (first_label_has(h, probes[i]))
			return true;
	return false;
}

static bool
dns2tcp_command(const struct namehash *h, unsigned left)
{
	static const char *const commands[] = { "\005=auth", "\010=connect",
		"\011=resource" };

	for (unsigned i = 0; i < left; i++) {
		const uint8_t *label = h->name + h->at[i];

		for (size_t c = 0; c < sizeof(commands) / sizeof(commands[0]); c++)
			if (label[0] == (uint8_t)commands[c][0] &&
			    memcmp(label, commands[c], strlen(commands[c])) == 0)
				return true;
	}
	return false;
}

#define TOOL(name, mark)                                                                 \
	{                                                                                \
		name, "signature " name, mark                                            \
	}
static const struct row rows[] = {
	{ TOOL("iodine", "version question"), iodine_version },
	{ TOOL("iodine", "codec probe"), iodine_codec_probe },
	{ TOOL("dns2tcp", "command label"), dns2tcp_command },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))
_Static_assert(ROWS < 255, "a row's number has eight bits");

const struct signature *
signature_find(const struct namehash *h, unsigned zone_labels, uint16_t qtype)
{
	unsigned left = h->count > zone_labels ? h->count - zone_labels : 0;

	(void)qtype; /* both tools use whatever type gets through */
	if (left == 0)
		return NULL;
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].matches(h, left))
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
