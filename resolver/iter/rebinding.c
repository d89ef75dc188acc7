#include "resolver/iter/rebinding.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/wire/reader.h"

/* RFC 9460 14.3.2 */
#define SVCPARAM_IPV4HINT 4u
#define SVCPARAM_IPV6HINT 6u

/* Where an IPv6 address carries an IPv4 one: RFC 6052 2.1, RFC 4291 2.5.5.1, RFC 3056 2.
 * (Mapped ones are IPv4 already: base/addr.h.) */
static const struct {
	uint8_t len, at;
	uint8_t head[12];
} carriers[] = {
	{ 12, 12, { 0x00, 0x64, 0xff, 0x9b } },
	{ 12, 12, { 0 } },
	{ 2, 2, { 0x20, 0x02 } },
};

static bool
is_listed(const struct conf *c, const struct addr *a)
{
	for (size_t i = 0; i < c->private_address_count; i++)
		if (prefix_contains(&c->private_addresses[i], a))
			return true;
	return false;
}

static bool
is_private(const struct conf *c, const uint8_t *bytes, size_t len)
{
	struct addr a, inner;

	if (addr_from_bytes(&a, bytes, len, 0) != ERR_OK)
		return false;
	if (is_listed(c, &a))
		return true;
	if (a.family != ADDR_V6)
		return false;
	for (size_t i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++)
		if (memcmp(a.bytes, carriers[i].head, carriers[i].len) == 0 &&
		    addr_from_bytes(&inner, a.bytes + carriers[i].at, 4, 0) == ERR_OK &&
		    is_listed(c, &inner))
			return true;
	return false;
}

/* Some address of the list ${bytes} of addresses of ${size} bytes each. */
static bool
holds_private(const struct conf *c, const uint8_t *bytes, size_t len, size_t size)
{
	for (; bytes != NULL && len >= size; bytes += size, len -= size)
		if (is_private(c, bytes, size))
			return true;
	return false;
}

/* RFC 9460 2.2: priority, target, parameters. What does not parse is no hint. */
static bool
hints_private(const struct conf *c, const struct rdata *rdata)
{
	struct reader r;

	reader_init(&r, rdata->bytes, rdata->len);
	reader_u16(&r);
	reader_name_skip(&r);
	while (!r.failed && reader_left(&r) > 0) {
		uint16_t key = reader_u16(&r);
		uint16_t len = reader_u16(&r);
		const uint8_t *value = reader_bytes(&r, len);

		if ((key == SVCPARAM_IPV4HINT && holds_private(c, value, len, 4)) ||
		    (key == SVCPARAM_IPV6HINT && holds_private(c, value, len, 16)))
			return true;
	}
	return false;
}

static bool
is_dropped(const struct conf *c, uint16_t type, const struct rdata *rdata)
{
	switch (type) {
	case TYPE_A:
	case TYPE_AAAA:
		return is_private(c, rdata->bytes, rdata->len);
	case TYPE_SVCB:
	case TYPE_HTTPS:
		return hints_private(c, rdata);
	default:
		return false;
	}
}

static unsigned
filter_set(const struct conf *c, struct rrset *set)
{
	unsigned kept = 0, dropped;

	for (unsigned i = 0; i < set->count; i++)
		if (!is_dropped(c, set->type, &set->rdata[i]))
			set->rdata[kept++] = set->rdata[i];
	if ((dropped = set->count - kept) == 0)
		return 0;
	set->count = (uint16_t)kept;
	set->sig_count = 0;
	set->security = SECURITY_INSECURE;
	return dropped;
}

static bool
may_be_private(const struct iter_task *t)
{
	const struct conf *c = t->conf;
	const struct conf_zone *own = conf_zone_of(c, t->qname);

	if (own != NULL && *own->name != 0)
		return true;
	for (size_t i = 0; i < c->private_name_count; i++)
		if (dname_is_below(t->qname, c->private_names[i]))
			return true;
	return false;
}

/* Sets left without a record go. */
static unsigned
filter_list(const struct conf *c, struct rrset **at)
{
	unsigned dropped = 0;

	while (*at != NULL) {
		dropped += filter_set(c, *at);
		if ((*at)->count == 0)
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
	return dropped;
}

void
rebinding_filter(struct iter_task *t, struct answer *a)
{
	unsigned dropped;

	if (t->conf->private_address_count == 0 || may_be_private(t))
		return;
	dropped = filter_list(t->conf, &a->answer);
	dropped += filter_list(t->conf, &a->additional);
	if (dropped == 0)
		return;
	t->it->counters[ITER_COUNT_PRIVATE] += dropped;
	if (a->security == SECURITY_SECURE)
		a->security = SECURITY_INSECURE;
	a->ede_code = EDE_BLOCKED;
	a->ede_text = "private address in a public answer";
}
