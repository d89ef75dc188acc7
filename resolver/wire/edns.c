#include "resolver/wire/edns.h"

#include <string.h>

#include "base/dns.h"

#define TTL_DO	     0x8000u /* RFC 3225 3 */
#define UDP_SIZE_MIN 512u    /* RFC 6891 6.2.3 */
#define OPT_FIXED    11u     /* root, type, class, ttl, rdlength */
#define OPTION_FIXED 4u	     /* code, length */

/* Options that a second one of may not stand in one record; a bit each in a set. */
static unsigned
option_bit(uint16_t code)
{
	switch (code) {
	case EDNS_OPT_COOKIE:
		return 1;
	case EDNS_OPT_NSID:
		return 2;
	case EDNS_OPT_PADDING:
		return 4;
	default:
		return 0;
	}
}

/* RFC 7873 4: the client's eight bytes alone, or with 8..32 of the server's. */
static void
read_cookie(const uint8_t *value, size_t len, struct edns *out)
{
	out->cookie_malformed = len != 8 && (len < 16 || len > EDNS_COOKIE_MAX);
	if (out->cookie_malformed)
		return;
	memcpy(out->cookie, value, len);
	out->cookie_len = (uint8_t)len;
}

/*
 * A diagnostic and no more (RFC 8914 2): the first counts, one that is too short is
 * passed over.
 */
static void
read_ede(const uint8_t *value, size_t len, struct edns *out)
{
	if (len < 2 || out->has_ede)
		return;
	out->has_ede = true;
	out->ede_code = (uint16_t)(value[0] << 8 | value[1]);
}

/* RFC 9567 5.1: an uncompressed name and nothing behind it; what is none is no channel.
 */
static void
read_agent(const uint8_t *value, size_t len, struct edns *out)
{
	size_t pos = 0;

	while (pos < len && value[pos] != 0 && value[pos] <= DNAME_LABEL_MAX)
		pos += value[pos] + 1u;
	if (pos + 1 != len || value[pos] != 0 || len > DNAME_MAX)
		return;
	out->agent = value;
	out->agent_len = (uint8_t)len;
}

static void
read_option(uint16_t code, const uint8_t *value, size_t len, struct edns *out)
{
	if (code == EDNS_OPT_COOKIE)
		read_cookie(value, len, out);
	else if (code == EDNS_OPT_EDE)
		read_ede(value, len, out);
	else if (code == EDNS_OPT_REPORT_CHANNEL)
		read_agent(value, len, out);
	else if (code == EDNS_OPT_KEEPALIVE)
		out->wants_keepalive = true;
}

static enum err
read_options(const uint8_t *rdata, size_t len, struct edns *out)
{
	struct reader r;
	unsigned seen = 0;

	reader_init(&r, rdata, len);
	for (unsigned options = 0; reader_left(&r) > 0; options++) {
		uint16_t code = reader_u16(&r);
		uint16_t size = reader_u16(&r);
		const uint8_t *value = reader_bytes(&r, size);
		unsigned bit = option_bit(code);

		if (r.failed || options == EDNS_OPTIONS_MAX || (seen & bit) != 0)
			return ERR_MALFORMED;
		read_option(code, value, size, out);
		seen |= bit;
	}
	return ERR_OK;
}

enum err
edns_read(
    uint16_t class, uint32_t ttl, const uint8_t *rdata, size_t len, struct edns *out)
{
	memset(out, 0, sizeof(*out));
	out->present = true;
	out->udp_size = class < UDP_SIZE_MIN ? UDP_SIZE_MIN : class;
	out->rcode_high = (uint8_t)(ttl >> 24);
	out->version = (uint8_t)(ttl >> 16);
	out->dnssec_ok = (ttl & TTL_DO) != 0;
	/* What the options of a later version look like nobody knows (RFC 6891 6.1.3). */
	if (out->version != 0)
		return ERR_OK;
	return read_options(rdata, len, out);
}

static size_t
ede_text_len(const struct edns_out *out)
{
	return out->ede_text == NULL ? 0 : strlen(out->ede_text);
}

size_t
edns_size(const struct edns_out *out)
{
	size_t size = OPT_FIXED;

	if (out->cookie != NULL && out->cookie_len > 0)
		size += OPTION_FIXED + out->cookie_len;
	if (out->keepalive_100ms >= 0)
		size += OPTION_FIXED + 2;
	if (out->ede_code != EDE_NONE)
		size += OPTION_FIXED + 2 + ede_text_len(out);
	return size;
}

/* What is given up, one after the other, until the rest fits: least needed first. */
static struct edns_out
fitting(const struct edns_out *out, size_t room)
{
	struct edns_out fit = *out;

	if (edns_size(&fit) > room || edns_size(&fit) - OPT_FIXED > UINT16_MAX)
		fit.ede_text = NULL;
	if (edns_size(&fit) > room)
		fit.ede_code = EDE_NONE;
	if (edns_size(&fit) > room)
		fit.keepalive_100ms = -1;
	if (edns_size(&fit) > room)
		fit.cookie = NULL;
	return fit;
}

static void
write_option_head(struct writer *w, uint16_t code, size_t len)
{
	writer_u16(w, code);
	writer_u16(w, (uint16_t)len);
}

void
edns_write(struct writer *w, const struct edns_out *out)
{
	struct edns_out fit = fitting(out, w->cap - w->pos);
	uint32_t ttl = (uint32_t)fit.rcode_high << 24 | (fit.dnssec_ok ? TTL_DO : 0);

	writer_u8(w, 0);
	writer_u16(w, TYPE_OPT);
	writer_u16(w, fit.udp_size);
	writer_u32(w, ttl);
	writer_u16(w, (uint16_t)(edns_size(&fit) - OPT_FIXED));
	if (fit.cookie != NULL && fit.cookie_len > 0) {
		write_option_head(w, EDNS_OPT_COOKIE, fit.cookie_len);
		writer_bytes(w, fit.cookie, fit.cookie_len);
	}
	if (fit.keepalive_100ms >= 0) {
		write_option_head(w, EDNS_OPT_KEEPALIVE, 2);
		writer_u16(w, (uint16_t)fit.keepalive_100ms);
	}
	if (fit.ede_code != EDE_NONE) {
		write_option_head(w, EDNS_OPT_EDE, 2 + ede_text_len(&fit));
		writer_u16(w, (uint16_t)fit.ede_code);
		writer_bytes(w, fit.ede_text, ede_text_len(&fit));
	}
}
