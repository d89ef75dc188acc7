#include "resolver/wire/rdata.h"

#include <string.h>

#include "base/dns.h"

/*
 * The shape of a type's rdata is a string of letters, read left to right:
 *
 *   1 2 4 8 a   that many bytes of any value (a: 16)
 *   c           a name, compressed when written and when read: the types of
 *               RFC 1035, which every implementation knows
 *   r           a name never compressed when written, but read if it is: types
 *               that old servers compressed (RFC 3597 4; for DNAME RFC 2672 4.1,
 *               for KX RFC 2230 3.1)
 *   n           a name that must not be compressed at all
 *   s           a character-string: a length byte and that many bytes
 *   S           one or more of them, to the end (RFC 1035 3.3.14)
 *   t           a character-string that is not empty (RFC 8659 4.1, a CAA tag)
 *   x           the rest, maybe nothing
 *   X           the rest, at least one byte
 *   w           a bitmap of types, to the end (RFC 4034 4.1.2)
 *   p           address prefixes, to the end (RFC 3123 4)
 *   o           service parameters, to the end (RFC 9460 2.2)
 *   h           a HIP record whole (RFC 8005 5)
 *
 * A type without a shape is opaque, and so are the meta types.
 */
static const char *const shapes[] = {
	[TYPE_A] = "4",
	[TYPE_NS] = "c",
	[TYPE_MD] = "c",
	[TYPE_MF] = "c",
	[TYPE_CNAME] = "c",
	[TYPE_SOA] = "cc44444",
	[TYPE_MB] = "c",
	[TYPE_MG] = "c",
	[TYPE_MR] = "c",
	[TYPE_WKS] = "41x",
	[TYPE_PTR] = "c",
	[TYPE_HINFO] = "ss",
	[TYPE_MINFO] = "cc",
	[TYPE_MX] = "2c",
	[TYPE_TXT] = "S",
	[TYPE_RP] = "rr",
	[TYPE_AFSDB] = "2r",
	[21] = "2r", /* RT, RFC 1183; nobody calls it by name */
	[TYPE_SIG] = "2114442rX",
	[TYPE_KEY] = "211x",
	[TYPE_PX] = "2rr",
	[TYPE_AAAA] = "a",
	[TYPE_LOC] = "1111444",
	[TYPE_NXT] = "rX",
	[TYPE_SRV] = "222r",
	[TYPE_NAPTR] = "22sssr",
	[TYPE_KX] = "2r",
	[TYPE_CERT] = "221X",
	[TYPE_DNAME] = "r",
	[TYPE_APL] = "p",
	[TYPE_DS] = "211X",
	[TYPE_SSHFP] = "11X",
	[TYPE_RRSIG] = "2114442nX",
	[TYPE_NSEC] = "nw",
	[TYPE_DNSKEY] = "211x",
	[TYPE_DHCID] = "X",
	[TYPE_NSEC3] = "112ssw",
	[TYPE_NSEC3PARAM] = "112s",
	[TYPE_TLSA] = "111x",
	[TYPE_SMIMEA] = "111x",
	[TYPE_HIP] = "h",
	[TYPE_CDS] = "211X",
	[TYPE_CDNSKEY] = "211x",
	[TYPE_OPENPGPKEY] = "X",
	[TYPE_CSYNC] = "42w",
	[TYPE_ZONEMD] = "411X",
	[TYPE_SVCB] = "2no",
	[TYPE_HTTPS] = "2no",
	[TYPE_SPF] = "S",
	[TYPE_URI] = "22X",
	[TYPE_CAA] = "1tx",
};

static const char *
shape_of(uint16_t type)
{
	if (type >= sizeof(shapes) / sizeof(shapes[0]) || shapes[type] == NULL)
		return "x";
	return shapes[type];
}

uint16_t
rdata_shape(uint16_t type, uint16_t class)
{
	return class == CLASS_IN ? type : TYPE_NULL;
}

/* Rdata on its way from ${in} (the whole message, bounded at the rdata's end) to ${out}.
 */
struct transfer {
	struct reader in;
	uint8_t *out;
	size_t cap;
	size_t len;
	bool no_room;
};

static size_t
left(const struct transfer *t)
{
	return reader_left(&t->in);
}

/*
 * Copies ${size} bytes as they are; returns where they stand in the input, NULL when
 * something is amiss.
 */
static const uint8_t *
copy(struct transfer *t, size_t size)
{
	const uint8_t *p = reader_bytes(&t->in, size);

	if (p == NULL)
		return NULL;
	if (size > t->cap - t->len) {
		t->no_room = t->in.failed = true;
		return NULL;
	}
	memcpy(t->out + t->len, p, size);
	t->len += size;
	return p;
}

static uint8_t
copy_u8(struct transfer *t)
{
	const uint8_t *p = copy(t, 1);

	return p == NULL ? 0 : p[0];
}

static uint16_t
copy_u16(struct transfer *t)
{
	const uint8_t *p = copy(t, 2);

	return p == NULL ? 0 : (uint16_t)(p[0] << 8 | p[1]);
}

static void
fail(struct transfer *t)
{
	t->in.failed = true;
}

static void
copy_rest(struct transfer *t)
{
	copy(t, left(t));
}

static void
copy_some(struct transfer *t)
{
	if (left(t) == 0)
		fail(t);
	copy_rest(t);
}

static void
copy_string(struct transfer *t)
{
	copy(t, copy_u8(t));
}

static void
copy_strings(struct transfer *t)
{
	do {
		copy_string(t);
	} while (left(t) > 0);
}

static void
copy_tag(struct transfer *t)
{
	uint8_t len = copy_u8(t);

	if (len == 0)
		fail(t);
	copy(t, len);
}

static void
copy_name(struct transfer *t)
{
	uint8_t name[DNAME_MAX];
	size_t len = reader_name(&t->in, name);

	if (len > t->cap - t->len) {
		t->no_room = t->in.failed = true;
		return;
	}
	memcpy(t->out + t->len, name, len);
	t->len += len;
}

/* A name that reading must find whole: what it takes in the message is its length. */
static void
copy_plain_name(struct transfer *t)
{
	size_t start = t->in.pos, len = t->len;

	copy_name(t);
	if (t->in.pos - start != t->len - len)
		fail(t);
}

/*
 * RFC 4034 4.1.2: windows ascending, each of 1..32 bytes. An empty bitmap is NSEC3's
 * (RFC 5155 3.2.1).
 */
static void
copy_bitmap(struct transfer *t)
{
	int last = -1;

	while (left(t) > 0) {
		int window = copy_u8(t);
		uint8_t len = copy_u8(t);

		if (window <= last || len < 1 || len > 32)
			fail(t);
		copy(t, len);
		last = window;
	}
}

static void
copy_prefixes(struct transfer *t)
{
	while (left(t) > 0) {
		copy(t, 3);
		copy(t, copy_u8(t) & 0x7fu); /* the top bit negates */
	}
}

/* RFC 9460 2.2: keys strictly ascending. */
static void
copy_parameters(struct transfer *t)
{
	int last = -1;

	while (left(t) > 0) {
		int key = copy_u16(t);

		if (key <= last)
			fail(t);
		copy(t, copy_u16(t));
		last = key;
	}
}

static void
copy_hip(struct transfer *t)
{
	uint8_t hit_len = copy_u8(t);
	uint16_t key_len;

	copy(t, 1);
	key_len = copy_u16(t);
	if (hit_len == 0 || key_len == 0)
		fail(t);
	copy(t, hit_len);
	copy(t, key_len);
	while (left(t) > 0)
		copy_plain_name(t);
}

/* How many bytes a letter that stands for a fixed number means; 0 for all the others. */
static size_t
fixed_size(char letter)
{
	switch (letter) {
	case '1':
	case '2':
	case '4':
	case '8':
		return (size_t)(letter - '0');
	case 'a':
		return 16;
	default:
		return 0;
	}
}

static void
copy_field(struct transfer *t, char letter)
{
	static void (*const fields[128])(struct transfer *) = {
		['c'] = copy_name,
		['r'] = copy_name,
		['n'] = copy_plain_name,
		['s'] = copy_string,
		['S'] = copy_strings,
		['t'] = copy_tag,
		['x'] = copy_rest,
		['X'] = copy_some,
		['w'] = copy_bitmap,
		['p'] = copy_prefixes,
		['o'] = copy_parameters,
		['h'] = copy_hip,
	};
	size_t size = fixed_size(letter);

	if (size > 0)
		copy(t, size);
	else
		fields[(unsigned char)letter](t);
}

enum err
rdata_read(struct reader *r, uint16_t type, uint16_t rdlength, uint8_t *out, size_t cap,
    size_t *len)
{
	struct transfer t = { .in = *r, .out = out, .cap = cap };

	*len = 0;
	if (reader_left(r) < rdlength) {
		r->failed = true;
		return ERR_MALFORMED;
	}
	/* Names may point back into the message, but nothing may reach past this rdata.
	 */
	t.in.len = r->pos + rdlength;
	for (const char *shape = shape_of(type); *shape != '\0' && !t.in.failed; shape++)
		copy_field(&t, *shape);
	if (t.no_room)
		return ERR_RANGE;
	if (t.in.failed || t.in.pos != t.in.len) {
		r->failed = true;
		return ERR_MALFORMED;
	}
	r->pos = t.in.pos;
	*len = t.len;
	return ERR_OK;
}

/* The length of the name at ${bytes}; 0 when it does not end within ${len}. */
static size_t
name_within(const uint8_t *bytes, size_t len)
{
	size_t pos = 0;

	while (pos < len && pos < DNAME_MAX && bytes[pos] <= DNAME_LABEL_MAX) {
		if (bytes[pos] == 0)
			return pos + 1;
		pos += bytes[pos] + 1u;
	}
	return 0;
}

/* One field of rdata in which names compress; returns what it took of ${bytes}. */
static size_t
write_field(struct writer *w, char letter, const uint8_t *bytes, size_t len)
{
	size_t size;

	if (letter == 'c' && (size = name_within(bytes, len)) > 0) {
		writer_name(w, bytes);
		return size;
	}
	size = fixed_size(letter);
	if (size == 0 || size > len)
		size = len;
	writer_bytes(w, bytes, size);
	return size;
}

void
rdata_write(struct writer *w, uint16_t type, const uint8_t *bytes, size_t len)
{
	const char *shape = shape_of(type);
	size_t at = w->pos;

	writer_u16(w, (uint16_t)len);
	if (strchr(shape, 'c') == NULL) {
		writer_bytes(w, bytes, len);
		return;
	}
	for (; *shape != '\0' && len > 0; shape++) {
		size_t used = write_field(w, *shape, bytes, len);

		bytes += used;
		len -= used;
	}
	/* Bytes that the shape does not know are kept as they are. */
	writer_bytes(w, bytes, len);
	writer_put_u16(w, at, (uint16_t)(w->pos - at - 2));
}

static bool
is_name(char letter)
{
	return letter == 'c' || letter == 'r' || letter == 'n';
}

/* How many bytes the field takes of ${len} (not 0); all of them when it cannot be told.
 */
static size_t
field_size(char letter, const uint8_t *bytes, size_t len)
{
	size_t size = fixed_size(letter);

	if (is_name(letter))
		size = name_within(bytes, len);
	else if (letter == 's')
		size = bytes[0] + 1u;
	return size == 0 || size > len ? len : size;
}

/* One field of both, ${size} bytes in ${a} of ${len} that are left in each. */
static bool
field_equal(char letter, const uint8_t *a, const uint8_t *b, size_t size, size_t len)
{
	if (is_name(letter) && name_within(a, len) == size && name_within(b, len) == size)
		return dname_equal(a, b);
	return memcmp(a, b, size) == 0;
}

bool
rdata_equal(uint16_t type, const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	const char *shape = shape_of(type);
	size_t size;

	if (a_len != b_len)
		return false;
	if (a_len == 0 || memcmp(a, b, a_len) == 0)
		return true;
	if (strpbrk(shape, "cr") == NULL)
		return false;
	for (; *shape != '\0' && a_len > 0; shape++) {
		size = field_size(*shape, a, a_len);
		if (!field_equal(*shape, a, b, size, a_len))
			return false;
		a += size;
		b += size;
		a_len -= size;
	}
	return a_len == 0;
}

void
rdata_canonical(uint16_t type, const uint8_t *bytes, size_t len, uint8_t *out)
{
	const char *shape = shape_of(type);
	size_t size;

	if (len > 0)
		memmove(out, bytes, len);
	if (strpbrk(shape, "cr") == NULL)
		return;
	for (; *shape != '\0' && len > 0; shape++) {
		size = field_size(*shape, out, len);
		if (is_name(*shape) && name_within(out, len) == size)
			dname_lower_bytes(out, out, size);
		out += size;
		len -= size;
	}
}

const uint8_t *
rdata_name(uint16_t type, const uint8_t *bytes, size_t len)
{
	size_t size;

	for (const char *shape = shape_of(type); *shape != '\0' && len > 0; shape++) {
		if (is_name(*shape))
			return name_within(bytes, len) > 0 ? bytes : NULL;
		size = field_size(*shape, bytes, len);
		bytes += size;
		len -= size;
	}
	return NULL;
}
