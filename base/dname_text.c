#include "base/dname.h"

#include <string.h>

/*
 * Names as text, RFC 1035 5.1. Between the two forms a label's bytes stand as
 * themselves, as \c, or as \DDD; a dot that is not escaped ends a label.
 */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * One byte of a label at ${*text}, escape resolved; ${*text} goes behind it.
 * ERR_MALFORMED for an escape that is none.
 */
static enum err
text_byte(const char **text, uint8_t *out)
{
	const char *t = *text;
	unsigned value;

	if (*t != '\\') {
		*out = (uint8_t)*t;
		*text = t + 1;
		return ERR_OK;
	}
	t++;
	if (*t == '\0')
		return ERR_MALFORMED;
	if (!is_digit(*t)) {
		*out = (uint8_t)*t;
		*text = t + 1;
		return ERR_OK;
	}
	if (!is_digit(t[1]) || !is_digit(t[2]))
		return ERR_MALFORMED;
	value = (unsigned)(t[0] - '0') * 100 + (unsigned)(t[1] - '0') * 10 +
		(unsigned)(t[2] - '0');
	if (value > 255)
		return ERR_MALFORMED;
	*out = (uint8_t)value;
	*text = t + 3;
	return ERR_OK;
}

/* One label up to its dot or the end of the text, appended to ${out} at ${*len}. */
static enum err
text_label(const char **text, struct dname *out, size_t *len)
{
	size_t start = *len, pos = start + 1;
	uint8_t byte;
	enum err e;

	while (**text != '\0' && **text != '.') {
		if ((e = text_byte(text, &byte)) != ERR_OK)
			return e;
		if (pos - start > DNAME_LABEL_MAX || pos >= DNAME_MAX - 1)
			return ERR_RANGE;
		out->bytes[pos++] = byte;
	}
	if (pos == start + 1)
		return ERR_MALFORMED;
	out->bytes[start] = (uint8_t)(pos - start - 1);
	*len = pos;
	return ERR_OK;
}

enum err
dname_from_text(const char *text, struct dname *out)
{
	size_t len = 0;
	enum err e;

	if (strcmp(text, ".") == 0)
		text++;
	else if (*text == '\0')
		return ERR_MALFORMED;
	while (*text != '\0') {
		/* The length byte itself needs room, and the root label after it. */
		if (len >= DNAME_MAX - 1)
			return ERR_RANGE;
		if ((e = text_label(&text, out, &len)) != ERR_OK)
			return e;
		if (*text == '.')
			text++;
	}
	out->bytes[len++] = 0;
	out->len = (uint8_t)len;
	dname_lower_bytes(out->bytes, out->bytes, len);
	return ERR_OK;
}

/* One byte of a label as text at ${out}; returns the end. */
static char *
byte_text(uint8_t byte, char *out)
{
	if (byte < 0x21 || byte > 0x7e) {
		*out++ = '\\';
		*out++ = (char)('0' + byte / 100);
		*out++ = (char)('0' + byte / 10 % 10);
		*out++ = (char)('0' + byte % 10);
		return out;
	}
	if (strchr(".\\\"();@$", byte) != NULL)
		*out++ = '\\';
	*out++ = (char)byte;
	return out;
}

char *
dname_to_text(const uint8_t *name, char out[DNAME_TEXT_MAX])
{
	char *p = out;

	if (*name == 0)
		*p++ = '.';
	while (*name != 0) {
		for (unsigned i = 1; i <= *name; i++)
			p = byte_text(name[i], p);
		name += *name + 1;
		if (*name != 0)
			*p++ = '.';
	}
	*p = '\0';
	return out;
}
