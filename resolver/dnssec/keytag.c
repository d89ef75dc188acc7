#include "resolver/dnssec/keytag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"

/*
 * Tags of trust anchors as words.
 *
 *   RFC 8145 5.1: "_ta-" and the tags in hexadecimal, four digits each, ascending, with
 * a hyphen between; the first label of the anchor's zone. RFC 8509 2.1:
 * "root-key-sentinel-is-ta-" or "root-key-sentinel-not-ta-" and one tag in decimal, five
 * digits; the first label of any name.
 */

#define SENTINEL_DIGITS 5u

static int
compare_tags(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* The different tags of ${ds} in ascending order. */
static size_t
tags_of(const struct rrset *ds, uint16_t tags[RRSET_RECORDS_MAX])
{
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < ds->count && i < RRSET_RECORDS_MAX; i++)
		if (ds->rdata[i].len >= 2)
			tags[count++] = (uint16_t)(ds->rdata[i].bytes[0] << 8 |
						   ds->rdata[i].bytes[1]);
	qsort(tags, count, sizeof(tags[0]), compare_tags);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || tags[kept - 1] != tags[i])
			tags[kept++] = tags[i];
	return kept;
}

bool
keytag_signal_name(const struct rrset *ds, struct dname *out)
{
	uint16_t tags[RRSET_RECORDS_MAX];
	size_t count = tags_of(ds, tags), len;
	char label[DNAME_LABEL_MAX + 1] = "_ta";
	uint8_t first[DNAME_LABEL_MAX + 2];

	if (count > KEYTAG_SIGNAL_MAX)
		count = KEYTAG_SIGNAL_MAX;
	len = strlen(label);
	for (size_t i = 0; i < count; i++)
		len +=
		    (size_t)snprintf(label + len, sizeof(label) - len, "-%04x", tags[i]);
	if (count == 0)
		return false;
	first[0] = (uint8_t)len;
	memcpy(first + 1, label, len);
	first[len + 1] = 0;
	if (dname_concat(out->bytes, first, 1, ds->owner) != ERR_OK)
		return false;
	out->len = (uint8_t)dname_len(out->bytes);
	return true;
}

/* The tag behind ${prefix} in the first label of ${name}; false: it is not such a label.
 */
static bool
read_label(const uint8_t *name, const char *prefix, uint16_t *tag)
{
	size_t len = strlen(prefix);
	uint8_t lower[DNAME_LABEL_MAX];
	uint32_t value = 0;

	if (name[0] != len + SENTINEL_DIGITS)
		return false;
	dname_lower_bytes(lower, name + 1, name[0]);
	if (memcmp(lower, prefix, len) != 0)
		return false;
	for (size_t i = len; i < name[0]; i++) {
		if (lower[i] < '0' || lower[i] > '9')
			return false;
		value = value * 10 + (lower[i] - '0');
	}
	*tag = (uint16_t)value;
	return value <= UINT16_MAX;
}

static bool
is_trusted(const struct rrset *root, uint16_t tag)
{
	uint16_t tags[RRSET_RECORDS_MAX];
	size_t count = root == NULL ? 0 : tags_of(root, tags);

	for (size_t i = 0; i < count; i++)
		if (tags[i] == tag)
			return true;
	return false;
}

enum keytag_sentinel
keytag_sentinel(const uint8_t *qname, uint16_t qtype, const struct rrset *root)
{
	uint16_t tag;

	if (qtype != TYPE_A && qtype != TYPE_AAAA)
		return SENTINEL_NONE;
	if (read_label(qname, "root-key-sentinel-is-ta-", &tag))
		return is_trusted(root, tag) ? SENTINEL_PASS : SENTINEL_FAIL;
	if (read_label(qname, "root-key-sentinel-not-ta-", &tag))
		return is_trusted(root, tag) ? SENTINEL_FAIL : SENTINEL_PASS;
	return SENTINEL_NONE;
}
