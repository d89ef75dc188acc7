#include "conf/value.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/dname.h"
#include "base/dns.h"
#include "conf/conf.h"
#include "conf/scope.h"

/* One kind: its C type, and how a value comes in, goes out and is asked for. */
struct kind {
	size_t bytes;
	const char *(*parse)(struct value_context *, const struct schema_option *,
	    const struct tree_node *, void *);
	void (*print)(const struct schema_option *, const void *, FILE *);
	void (*expected)(const struct schema_option *, char *, size_t);
};

struct unit {
	const char *name;
	uint64_t factor;
};

static void print_scalar(const char *text, FILE *out);

/* Largest first, so that a value is written with the largest unit that divides it. */
static const struct unit size_units[] = { { "G", UINT64_C(1) << 30 }, { "M", 1u << 20 },
	{ "K", 1u << 10 }, { "", 1 }, { NULL, 0 } };
static const struct unit span_units[] = { { "d", 86400000 }, { "h", 3600000 },
	{ "m", 60000 }, { "s", 1000 }, { "ms", 1 }, { NULL, 0 } };

static void *
keep(struct value_context *context, const void *bytes, size_t len)
{
	void *copy = arena_copy(context->arena, bytes, len);

	if (copy == NULL)
		context->nomem = true;
	return copy;
}

/* Numbers of any width. */

static void
store_number(size_t bytes, uint64_t value, void *out)
{
	uint8_t v8 = (uint8_t)value;
	uint16_t v16 = (uint16_t)value;
	uint32_t v32 = (uint32_t)value;

	memcpy(out,
	    bytes == 1	 ? (void *)&v8
	    : bytes == 2 ? (void *)&v16
	    : bytes == 4 ? (void *)&v32
			 : (void *)&value,
	    bytes);
}

static uint64_t
fetch_number(size_t bytes, const void *value)
{
	uint8_t v8;
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	switch (bytes) {
	case 1:
		memcpy(&v8, value, 1);
		return v8;
	case 2:
		memcpy(&v16, value, 2);
		return v16;
	case 4:
		memcpy(&v32, value, 4);
		return v32;
	default:
		memcpy(&v64, value, 8);
		return v64;
	}
}

_Static_assert(
    sizeof(size_t) == 8 && sizeof(unsigned) == 4, "number kinds have these widths");

/* Decimal digits and what follows them; false without digits or beyond 64 bits. */
static bool
read_digits(const char *text, uint64_t *value, const char **rest)
{
	*value = 0;
	if (!isdigit((unsigned char)*text))
		return false;
	for (; isdigit((unsigned char)*text); text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (*value > (UINT64_MAX - digit) / 10)
			return false;
		*value = *value * 10 + digit;
	}
	*rest = text;
	return true;
}

static const struct unit *
find_unit(const struct unit *units, const char *name)
{
	for (; units->name != NULL; units++) {
		if (strcmp(units->name, name) == 0)
			return units;
	}
	return NULL;
}

static bool
read_with_unit(const char *text, const struct unit *units, uint64_t *value)
{
	const struct unit *unit;
	const char *rest;

	if (!read_digits(text, value, &rest))
		return false;
	if (*value == 0 && *rest == '\0')
		return true;
	if ((unit = find_unit(units, rest)) == NULL || *value > UINT64_MAX / unit->factor)
		return false;
	*value *= unit->factor;
	return true;
}

static const char *
write_with_unit(uint64_t value, const struct unit *units, char out[32])
{
	while (value % units->factor != 0 || (value == 0 && units[1].name != NULL))
		units++;
	snprintf(out, 32, "%" PRIu64 "%s", value / units->factor, units->name);
	return out;
}

/* "90s", "256M": with the largest unit that divides. */
static const char *
span_text(uint64_t ms, char out[32])
{
	return ms == 0 ? strcpy(out, "0") : write_with_unit(ms, span_units, out);
}

static const char *
size_text(uint64_t bytes, char out[32])
{
	return write_with_unit(bytes, size_units, out);
}

static bool
is_special(const struct schema_option *o, const struct tree_node *n)
{
	return o->special != NULL && strcmp(n->text, o->special) == 0;
}

static const char *
parse_number(struct value_context *context, const struct schema_option *o,
    const struct tree_node *n, void *out)
{
	uint64_t value;
	const char *rest;

	(void)context;
	if (is_special(o, n))
		value = o->special_value;
	else if (n->quoted || !read_digits(n->text, &value, &rest) || *rest != '\0' ||
		 value < o->min || value > o->max)
		return "";
	store_number(value_bytes((enum schema_kind)o->kind), value, out);
	return NULL;
}

static void
print_number(const struct schema_option *o, const void *value, FILE *out)
{
	uint64_t number = fetch_number(value_bytes((enum schema_kind)o->kind), value);

	if (o->special != NULL && number == o->special_value)
		fputs(o->special, out);
	else
		fprintf(out, "%" PRIu64, number);
}

/* "auto or ", where a word may stand for the value. */
static const char *
or_special(const struct schema_option *o, char out[64])
{
	snprintf(out, 64, "%s%s", o->special != NULL ? o->special : "",
	    o->special != NULL ? " or " : "");
	return out;
}

static void
expected_number(const struct schema_option *o, char *out, size_t size)
{
	char special[64];

	snprintf(out, size, "%sa number from %" PRIu64 " to %" PRIu64,
	    or_special(o, special), o->min, o->max);
}

static const char *
parse_size(struct value_context *context, const struct schema_option *o,
    const struct tree_node *n, void *out)
{
	uint64_t value;

	(void)context;
	if (!read_with_unit(n->text, size_units, &value) || value < o->min ||
	    value > o->max)
		return "";
	store_number(sizeof(size_t), value, out);
	return NULL;
}

static void
print_size(const struct schema_option *o, const void *value, FILE *out)
{
	char text[32];

	(void)o;
	fputs(size_text(fetch_number(sizeof(size_t), value), text), out);
}

static void
expected_size(const struct schema_option *o, char *out, size_t size)
{
	char min[32], max[32];

	snprintf(out, size, "a size from %s to %s, in bytes or with K, M or G",
	    size_text(o->min, min), size_text(o->max, max));
}

/* Durations: in milliseconds while they are judged, in the option's unit when kept. */

static uint64_t
span_unit_ms(const struct schema_option *o)
{
	return o->kind == KIND_SECONDS ? 1000 : 1;
}

static const char *
parse_span(struct value_context *context, const struct schema_option *o,
    const struct tree_node *n, void *out)
{
	uint64_t ms;

	(void)context;
	if (!read_with_unit(n->text, span_units, &ms) || ms < o->min || ms > o->max)
		return "";
	if (ms % span_unit_ms(o) != 0)
		return "expected whole seconds";
	store_number(sizeof(uint32_t), ms / span_unit_ms(o), out);
	return NULL;
}

static void
print_span(const struct schema_option *o, const void *value, FILE *out)
{
	char text[32];

	fputs(span_text(fetch_number(sizeof(uint32_t), value) * span_unit_ms(o), text),
	    out);
}

static void
expected_span(const struct schema_option *o, char *out, size_t size)
{
	char min[32], max[32];

	snprintf(out, size, "a duration from %s to %s, with %ss, m, h or d",
	    span_text(o->min, min), span_text(o->max, max),
	    o->kind == KIND_SECONDS ? "" : "ms, ");
}

/* Words. */

static const char *
parse_bool(struct value_context *context, const struct schema_option *o,
    const struct tree_node *n, void *out)
{
	static const char *const words[] = { "false", "true", "no", "yes", "off", "on" };

	(void)context;
	(void)o;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && !n->quoted; i++) {
		if (strcmp(n->text, words[i]) == 0) {
			*(bool *)out = i % 2 == 1;
			return NULL;
		}
	}
	return "";
}

static void
print_bool(const struct schema_option *o, const void *value, FILE *out)
{
	(void)o;
	fputs(*(const bool *)value ? "true" : "false", out);
}

static void
expected_bool(const struct schema_option *o, char *out, size_t size)
{
	(void)o;
	snprintf(out, size, "true or false");
}

static int
find_word(const struct schema_option *o, const char *text)
{
	for (int i = 0; o->words != NULL && o->words[i] != NULL; i++) {
		if (strcmp(o->words[i], text) == 0)
			return i;
	}
	return -1;
}

static const char *
parse_enum(struct value_context *context, const struct schema_option *o,
    const struct tree_node *n, void *out)
{
	int index = find_word(o, n->text);

	(void)context;
	if (index < 0)
		return "";
	*(uint8_t *)out = (uint8_t)index;
	return NULL;
}

static void
print_enum(const struct schema_option *o, const void *value, FILE *out)
{
	fputs(o->words[*(const uint8_t *)value], out);
}

static const char *
parse_word(struct value_context *context, const struct schema_option *o,
    const struct tree_node *n, void *out)
{
	int index = find_word(o, n->text);

	(void)context;
	if (index < 0)
		return "";
	*(const char **)out = o->words[index];
	return NULL;
}

static void
expected_words(const struct schema_option *o, char *out, size_t size)
{
	size_t len = (size_t)snprintf(out, size, "one of ");

	for (int i = 0; o->words[i] != NULL && len < size; i++)
		len += (size_t)snprintf(
		    out + len, size - len, "%s%s", i > 0 ? ", " : "", o->words[i]);
}

/* Texts and paths. */

static const char *
parse_text(struct value_context *context, const struct schema_option *o,
    const struct tree_node *n, void *out)
{
	const char *copy;

	if (n->len < o->min)
		return "";
	if (n->len > o->max)
		return o->kind == KIND_PATH ? "the whole path is too long" : "";
	for (size_t i = 0; i < n->len; i++) {
		if ((unsigned char)n->text[i] < 0x20 || n->text[i] == 0x7f)
			return "control characters are not allowed";
	}
	if ((copy = keep(context, n->text, n->len + 1)) == NULL)
		return "";
	*(const char **)out = copy;
	return NULL;
}

static void
print_text(const struct schema_option *o, const void *value, FILE *out)
{
	(void)o;
	print_scalar(*(const char *const *)value, out);
}

static void
expected_text(const struct schema_option *o, char *out, size_t size)
{
	snprintf(out, size, "a text of %" PRIu64 " to %" PRIu64 " bytes", o->min, o->max);
}

static const char *
parse_path(struct value_context *context, const struct schema_option *o,
    const struct tree_node *n, void *out)
{
	size_t folder_len = strlen(context->folder);
	struct tree_node absolute = *n;
	char *path;

	if (n->text[0] == '/' || n->len == 0 || find_word(o, n->text) >= 0)
		return parse_text(context, o, n, out);
	if ((path = arena_alloc(context->arena, folder_len + n->len + 2)) == NULL) {
		context->nomem = true;
		return "";
	}
	absolute.len = (size_t)sprintf(path, "%s%s%s", context->folder,
	    strcmp(context->folder, "/") == 0 ? "" : "/", n->text);
	absolute.text = path;
	return parse_text(context, o, &absolute, out);
}

static void
expected_path(const struct schema_option *o, char *out, size_t size)
{
	size_t len = 0;

	for (int i = 0; o->words != NULL && o->words[i] != NULL; i++)
		len += (size_t)snprintf(out + len, size - len, "%s, ", o->words[i]);
	snprintf(out + len, size - len, "%sthe path of a file%s", len > 0 ? "or " : "",
	    o->min == 0 ? " or \"\"" : "");
}

/* Addresses and prefixes. */

static const char *
parse_host(struct value_context *context, const struct schema_option *o,
    const struct tree_node *n, void *out)
{
	struct addr addr = { .family = ADDR_NONE };

	(void)context;
	if (is_special(o, n)) {
		*(struct addr *)out = addr;
		return NULL;
	}
	/* ${min} and ${max} of a host say which family it must have. */
	if (addr_from_text(n->text, 0, &addr) != ERR_OK || addr.port != 0 ||
	    addr.family < o->min || addr.family > o->max)
		return "";
	*(struct addr *)out = addr;
	return NULL;
}

static void
print_host(const struct schema_option *o, const void *value, FILE *out)
{
	char text[ADDR_TEXT_MAX];
	const struct addr *addr = value;

	print_scalar(
	    addr->family == ADDR_NONE ? o->special : addr_to_text(addr, text), out);
}

static void
expected_host(const struct schema_option *o, char *out, size_t size)
{
	char special[64];

	snprintf(out, size, "%san %saddress without a port", or_special(o, special),
	    o->min != o->max	? ""
	    : o->min == ADDR_V4 ? "IPv4 "
				: "IPv6 ");
}

static const char *
parse_address(struct value_context *context, const struct schema_option *o,
    const struct tree_node *n, void *out)
{
	char text[SCOPE_TEXT_MAX];
	const char *why = scope_number(n->text, SCOPE_FILE, text);
	struct addr addr;

	(void)context;
	(void)o;
	if (why != NULL)
		return why;
	if (addr_from_text(text, 53, &addr) != ERR_OK || addr.port == 0)
		return "";
	if (addr_is_link_local(&addr) && addr.scope == 0)
		return "a link-local address needs its interface, as in fe80::1%eth0";
	*(struct addr *)out = addr;
	return NULL;
}

static void
print_address(const struct schema_option *o, const void *value, FILE *out)
{
	char text[ADDR_TEXT_MAX];

	(void)o;
	print_scalar(addr_to_text(value, text), out);
}

static void
expected_address(const struct schema_option *o, char *out, size_t size)
{
	(void)o;
	snprintf(out, size,
	    "an address such as 192.0.2.1, \"192.0.2.1@53\" or \"2001:db8::1@53\"");
}

static const char *
parse_prefix(struct value_context *context, const struct schema_option *o,
    const struct tree_node *n, void *out)
{
	struct prefix prefix;
	enum err err = prefix_from_text(n->text, &prefix);

	(void)context;
	(void)o;
	if (err == ERR_RANGE)
		return "the prefix is too long, or bits behind it are not 0";
	if (err != ERR_OK)
		return "";
	*(struct prefix *)out = prefix;
	return NULL;
}

static void
print_prefix(const struct schema_option *o, const void *value, FILE *out)
{
	char text[ADDR_TEXT_MAX];

	(void)o;
	print_scalar(prefix_to_text(value, text), out);
}

static void
expected_prefix(const struct schema_option *o, char *out, size_t size)
{
	(void)o;
	snprintf(out, size, "a prefix such as 192.0.2.0/24 or \"2001:db8::/32\"");
}

/* Names and types. */

/* '/' as in RFC 2317; '\\' begins an escape. A table, for lists are long. */
static const bool in_names[256] = { ['a' ... 'z'] = true,
	['A' ... 'Z'] = true,
	['0' ... '9'] = true,
	['-'] = true,
	['_'] = true,
	['.'] = true,
	['/'] = true,
	['\\'] = true };

const char *
value_name_check(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && in_names[(unsigned char)text[i]])
		i++;
	if (i == len)
		return NULL;
	if (text[i] == '*' && i == 0 && len > 1)
		return "a name covers all beneath it; leave out the *";
	if ((unsigned char)text[i] >= 0x80)
		return "write it in its ASCII form (xn--...)";
	return "";
}

static const char *
parse_name(struct value_context *context, const struct schema_option *o,
    const struct tree_node *n, void *out)
{
	struct dname name;
	const char *why = value_name_check(n->text, n->len);
	const uint8_t *copy;

	(void)o;
	if (why != NULL)
		return why;
	switch (dname_from_text(n->text, &name)) {
	case ERR_OK:
		break;
	case ERR_RANGE:
		return "a label has at most 63 bytes and a name 255";
	default:
		return "";
	}
	if ((copy = keep(context, name.bytes, name.len)) == NULL)
		return "";
	*(const uint8_t **)out = copy;
	return NULL;
}

/* As parse_name wants it: what it does not take as it is, as \DDD. */
static const char *
escape_strange(const char *text, char out[DNAME_TEXT_MAX])
{
	char *p = out;
	bool escaped = false;

	for (; *text != '\0'; text++) {
		unsigned byte = (unsigned char)*text;

		if (in_names[byte])
			*p++ = *text;
		else
			p += sprintf(p, escaped ? "%03u" : "\\%03u", byte);
		escaped = *text == '\\' && !escaped;
	}
	*p = '\0';
	return out;
}

static void
print_name(const struct schema_option *o, const void *value, FILE *out)
{
	char text[DNAME_TEXT_MAX], plain[DNAME_TEXT_MAX];

	(void)o;
	dname_to_text(*(const uint8_t *const *)value, text);
	print_scalar(escape_strange(text, plain), out);
}

static void
expected_name(const struct schema_option *o, char *out, size_t size)
{
	(void)o;
	snprintf(out, size, "a domain name");
}

/* Dates: UTC, the time of day may be missing. */

static const char *
parse_date(struct value_context *context, const struct schema_option *o,
    const struct tree_node *n, void *out)
{
	int64_t wall_ms = 0;

	(void)context;
	if (!is_special(o, n) && !clock_parse(n->text, &wall_ms))
		return "";
	*(int64_t *)out = wall_ms / 1000;
	return NULL;
}

static void
print_date(const struct schema_option *o, const void *value, FILE *out)
{
	int64_t sec = *(const int64_t *)value;
	char text[CLOCK_TEXT_MAX];

	fprintf(out, "\"%s\"",
	    sec == 0 && o->special != NULL ? o->special : clock_text(sec * 1000, text));
}

static void
expected_date(const struct schema_option *o, char *out, size_t size)
{
	char special[64];

	snprintf(out, size, "%sa time such as 2026-12-31 or 2026-12-31T08:00:00Z",
	    or_special(o, special));
}

/* "TXT", "TYPE65280" or "TYPE65280-TYPE65534"; '-' is in no mnemonic. */
static const char *
parse_types(struct value_context *context, const struct schema_option *o,
    const struct tree_node *n, void *out)
{
	struct conf_type_rule *rule = out;
	char first[32];
	const char *dash = strchr(n->text, '-');
	size_t len = dash != NULL ? (size_t)(dash - n->text) : n->len;
	uint16_t from, to;

	(void)context;
	(void)o;
	if (len >= sizeof(first))
		return "";
	memcpy(first, n->text, len);
	first[len] = '\0';
	if (dns_type_parse(first, &from) != ERR_OK ||
	    dns_type_parse(dash != NULL ? dash + 1 : first, &to) != ERR_OK || from > to)
		return "";
	rule->first = from;
	rule->last = to;
	return NULL;
}

static void
print_types(const struct schema_option *o, const void *value, FILE *out)
{
	const struct conf_type_rule *rule = value;
	char first[DNS_MNEMONIC_MAX], last[DNS_MNEMONIC_MAX],
	    text[2 * DNS_MNEMONIC_MAX + 1];

	(void)o;
	snprintf(text, sizeof(text), "%s%s%s", dns_type_text(rule->first, first),
	    rule->first != rule->last ? "-" : "",
	    rule->first != rule->last ? dns_type_text(rule->last, last) : "");
	print_scalar(text, out);
}

static void
expected_types(const struct schema_option *o, char *out, size_t size)
{
	(void)o;
	snprintf(out, size,
	    "a record type such as TXT, or a range such as TYPE65280-TYPE65534");
}

static const struct kind kinds[] = {
	[KIND_BOOL] = { sizeof(bool), parse_bool, print_bool, expected_bool },
	[KIND_UINT8] = { 1, parse_number, print_number, expected_number },
	[KIND_UINT16] = { 2, parse_number, print_number, expected_number },
	[KIND_UINT32] = { 4, parse_number, print_number, expected_number },
	[KIND_SIZE] = { sizeof(size_t), parse_size, print_size, expected_size },
	[KIND_SECONDS] = { 4, parse_span, print_span, expected_span },
	[KIND_MILLISECONDS] = { 4, parse_span, print_span, expected_span },
	[KIND_ENUM] = { 1, parse_enum, print_enum, expected_words },
	[KIND_WORD] = { sizeof(char *), parse_word, print_text, expected_words },
	[KIND_TEXT] = { sizeof(char *), parse_text, print_text, expected_text },
	[KIND_PATH] = { sizeof(char *), parse_path, print_text, expected_path },
	[KIND_HOST] = { sizeof(struct addr), parse_host, print_host, expected_host },
	[KIND_ADDRESS] = { sizeof(struct addr), parse_address, print_address,
	    expected_address },
	[KIND_PREFIX] = { sizeof(struct prefix), parse_prefix, print_prefix,
	    expected_prefix },
	[KIND_NAME] = { sizeof(uint8_t *), parse_name, print_name, expected_name },
	[KIND_DATE] = { sizeof(int64_t), parse_date, print_date, expected_date },
	[KIND_TYPES] = { sizeof(struct conf_type_rule), parse_types, print_types,
	    expected_types },
};

_Static_assert(
    sizeof(kinds) / sizeof(kinds[0]) == KIND_MAP, "every scalar kind has its row");

size_t
value_bytes(enum schema_kind kind)
{
	return kinds[kind].bytes;
}

const char *
value_parse(struct value_context *context, const struct schema_option *option,
    const struct tree_node *node, void *out)
{
	if (strlen(node->text) != node->len)
		return "a NUL byte is not allowed";
	return kinds[option->kind].parse(context, option, node, out);
}

void
value_print(const struct schema_option *option, const void *value, FILE *out)
{
	kinds[option->kind].print(option, value, out);
}

const char *
value_expected(const struct schema_option *option, char out[VALUE_TEXT_MAX])
{
	kinds[option->kind].expected(option, out, VALUE_TEXT_MAX);
	return out;
}

/* YAML text: plain where nobody could read it as anything else, or in double quotes. */

static bool
is_plain(const char *text)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on", "off",
		"null", "inherit", "auto", "none" };

	if (!isalpha((unsigned char)text[0]) && text[0] != '/')
		return false;
	for (const char *p = text; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) && strchr("-_./@", *p) == NULL)
			return false;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0)
			return false;
	}
	return true;
}

/* Decodes one character of valid UTF-8; a wrong byte stands for itself. */
static const unsigned char *
next_character(const unsigned char *p, uint32_t *character)
{
	unsigned more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0;

	*character = more == 0 ? *p : *p & (0x3fu >> more);
	for (p++; more > 0 && (*p & 0xc0) == 0x80; more--)
		*character = *character << 6 | (*p++ & 0x3f);
	return p;
}

static bool
is_shown(uint32_t character)
{
	return (character >= 0x20 && character < 0x7f) ||
	       (character >= 0xa0 && character != 0x2028 && character != 0x2029 &&
		   character != 0xfeff && (character < 0xd800 || character > 0xdfff) &&
		   character != 0xfffe && character != 0xffff);
}

/* As a YAML scalar, in double quotes where it needs them. */
static void
print_scalar(const char *text, FILE *out)
{
	const unsigned char *p = (const unsigned char *)text, *next;
	uint32_t character;

	if (is_plain(text)) {
		fputs(text, out);
		return;
	}
	putc('"', out);
	for (; *p != '\0'; p = next) {
		next = next_character(p, &character);
		if (!is_shown(character)) {
			fprintf(out, "\\U%08" PRIX32, character);
			continue;
		}
		if (character == '"' || character == '\\')
			putc('\\', out);
		fwrite(p, 1, (size_t)(next - p), out);
	}
	putc('"', out);
}
