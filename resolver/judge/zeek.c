#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/dns.h"
#include "resolver/judge/format.h"
#include "resolver/judge/when.h"

/*
 * Zeek's dns.log: columns named in a "#fields" line and separated by what "#separator"
 * says (a tab), or one JSON object a line. One line is a question with what was answered.
 * Both empty fields and unset ones ("(empty)", "-") are nothing; vectors are separated by
 * commas.
 *
 * The log has multicast DNS, LLMNR and NetBIOS names too: those ports ask no resolver.
 */

static const char *const columns[ZEEK_COLUMNS] = { "ts", "id.orig_h", "query",
	"qtype_name", "qtype", "rcode", "answers", "TTLs", "id.resp_p", "qclass" };

#define FIELDS_MAX	  64u
#define MDNS_PORT	  5353u
#define LLMNR_PORT	  5355u
#define NETBIOS_PORT	  137u
#define MILLISECONDS_FROM 1e11 /* json_timestamps=JSON::TS_MILLIS */

static bool
nothing(const char *text)
{
	return text == NULL || *text == '\0' || strcmp(text, "-") == 0 ||
	       strcmp(text, "(empty)") == 0;
}

static bool
set_time(struct record *out, double seconds)
{
	if (seconds >= MILLISECONDS_FROM)
		seconds /= 1000;
	if (!(seconds >= 0 && seconds < MILLISECONDS_FROM))
		return false;
	out->wall_ms = (int64_t)(seconds * 1000);
	return true;
}

static bool
asks_resolver(uint64_t port, uint64_t class)
{
	return port != MDNS_PORT && port != LLMNR_PORT && port != NETBIOS_PORT &&
	       (class == 0 || class == CLASS_IN);
}

/* The name as Zeek writes it: bytes outside ASCII as \xNN, which becomes \DDD. */
static bool
set_name(struct record *out, const char *text)
{
	char name[DNAME_TEXT_MAX];
	size_t n = 0;

	for (; *text != '\0' && n + 5 < sizeof(name); text++) {
		char digits[3] = { text[0] == '\\' && text[1] == 'x' ? text[2] : '\0' };
		char *end;
		unsigned long value;

		if (digits[0] != '\0')
			digits[1] = text[3];
		value = strtoul(digits, &end, 16);
		if (digits[0] != '\0' && end == digits + 2) {
			n += (size_t)snprintf(name + n, 5, "\\%03lu", value);
			text += 3;
		} else {
			name[n++] = *text;
		}
	}
	name[n] = '\0';
	return *text == '\0' && record_name(out, name);
}

static void
set_ttl(struct record *out, double seconds)
{
	uint32_t ttl = seconds >= 0 && seconds < 4e9 ? (uint32_t)seconds : 0;

	if (!out->ttl_known || ttl < out->answer.ttl_min_sec)
		out->answer.ttl_min_sec = ttl;
	out->ttl_known = true;
}

/* No TTL stands by a denial: five minutes is what most zones' SOA says. */
static void
finish(struct record *out)
{
	out->parts = RECORD_QUESTION | RECORD_ANSWER;
	if (!out->ttl_known)
		set_ttl(out, 300);
}

/* "#separator \x09". */
static void
read_separator(struct reader *r, const char *text)
{
	unsigned long value;

	if (strncmp(text, "\\x", 2) != 0)
		return;
	value = strtoul(text + 2, NULL, 16);
	if (value > 0 && value < 128)
		r->zeek_separator = (char)value;
}

static bool
read_header(struct reader *r, char *line)
{
	const char separator[2] = { r->zeek_separator, '\0' };
	char *rest = line + strlen("#fields") + 1, *field;

	for (unsigned i = 0; i < ZEEK_COLUMNS; i++)
		r->zeek[i] = -1;
	for (int at = 0; (field = strsep(&rest, separator)) != NULL; at++)
		for (unsigned i = 0; i < ZEEK_COLUMNS; i++)
			if (strcmp(field, columns[i]) == 0)
				r->zeek[i] = at;
	r->zeek_header = r->zeek[ZEEK_TS] >= 0 && r->zeek[ZEEK_CLIENT] >= 0 &&
			 r->zeek[ZEEK_QUERY] >= 0 &&
			 (r->zeek[ZEEK_QTYPE_NAME] >= 0 || r->zeek[ZEEK_QTYPE] >= 0);
	return r->zeek_header;
}

static bool
set_type(struct record *out, const char *type_name, const char *number)
{
	if (!nothing(type_name) && record_type(out, type_name))
		return true;
	if (nothing(number) || strtoul(number, NULL, 10) > UINT16_MAX)
		return false;
	out->qtype = (uint16_t)strtoul(number, NULL, 10);
	return true;
}

/* "TXT 5 hello": the strings without what stands before them. */
static const char *
datum_of(const char *text)
{
	size_t digits;

	if (strncmp(text, "TXT ", 4) != 0)
		return text;
	digits = strspn(text + 4, "0123456789");
	return digits > 0 && text[4 + digits] == ' ' ? text + 5 + digits : text;
}

static void
set_answers(struct record *out, char *answers, char *ttls)
{
	char *one;

	while (!nothing(answers) && (one = strsep(&answers, ",")) != NULL)
		record_datum(out, datum_of(one));
	while (!nothing(ttls) && (one = strsep(&ttls, ",")) != NULL)
		set_ttl(out, strtod(one, NULL));
}

/* Seconds, or RFC 3339 where the log was made so. */
static bool
column_time(struct record *out, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end != text && *end == '\0')
		return set_time(out, seconds);
	return when_read(text, 0, &out->wall_ms) != NULL;
}

static uint64_t
figure(const char *text)
{
	return nothing(text) ? 0 : strtoul(text, NULL, 10);
}

static enum read_result
read_columns(struct reader *r, char *line, struct record *out)
{
	const char separator[2] = { r->zeek_separator, '\0' };
	char *field[FIELDS_MAX], *rest = line, *f[ZEEK_COLUMNS];
	int n = 0;

	while (n < (int)FIELDS_MAX && (field[n] = strsep(&rest, separator)) != NULL)
		n++;
	for (unsigned i = 0; i < ZEEK_COLUMNS; i++)
		f[i] = r->zeek[i] >= 0 && r->zeek[i] < n ? field[r->zeek[i]] : NULL;
	if (f[ZEEK_TS] == NULL || f[ZEEK_CLIENT] == NULL || f[ZEEK_QUERY] == NULL)
		return reader_fault(r, line, line, "fewer columns than #fields names");
	/* Zeek logs what it saw half of, too. */
	if (nothing(f[ZEEK_QUERY]) ||
	    !asks_resolver(figure(f[ZEEK_PORT]), figure(f[ZEEK_CLASS])) ||
	    !set_type(out, f[ZEEK_QTYPE_NAME], f[ZEEK_QTYPE]))
		return READ_SKIP;
	if (!column_time(out, f[ZEEK_TS]))
		return reader_fault(r, line, f[ZEEK_TS], "no time");
	if (!record_client(out, f[ZEEK_CLIENT]))
		return reader_fault(r, line, f[ZEEK_CLIENT], "no client's address");
	if (!set_name(out, f[ZEEK_QUERY]))
		return reader_fault(r, line, f[ZEEK_QUERY], "no name");
	if (!nothing(f[ZEEK_RCODE]))
		out->answer.rcode = (uint16_t)strtoul(f[ZEEK_RCODE], NULL, 10);
	set_answers(out, f[ZEEK_ANSWERS], f[ZEEK_TTLS]);
	finish(out);
	return READ_RECORD;
}

static void
object_answers(struct record *out, const json_t *o)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(o, "answers"), i, one) if (json_is_string(one))
	    record_datum(out, datum_of(json_string_value(one)));
	json_array_foreach(json_object_get(o, "TTLs"), i, one)
	    set_ttl(out, json_number_value(one));
}

static bool
object_time(struct record *out, const json_t *ts)
{
	const char *text = json_string_value(ts);

	if (text != NULL)
		return when_read(text, 0, &out->wall_ms) != NULL;
	return json_is_number(ts) && set_time(out, json_number_value(ts));
}

static bool
object_asks_resolver(const json_t *o)
{
	json_int_t port = json_integer_value(json_object_get(o, "id.resp_p"));
	json_int_t class = json_integer_value(json_object_get(o, "qclass"));

	return asks_resolver((uint64_t)port, (uint64_t) class);
}

static enum read_result
from_object(struct reader *r, const json_t *o, struct record *out)
{
	const char *path = json_string_value(json_object_get(o, "_path"));
	const char *who = json_string_value(json_object_get(o, "id.orig_h"));
	const char *query = json_string_value(json_object_get(o, "query"));
	const char *type = json_string_value(json_object_get(o, "qtype_name"));
	json_int_t number = json_integer_value(json_object_get(o, "qtype"));

	/* Streams of several logs tell which. */
	if (path != NULL && strcmp(path, "dns") != 0)
		return READ_SKIP;
	if (who == NULL || !object_time(out, json_object_get(o, "ts")))
		return reader_fault(r, "", NULL, "no ts or no id.orig_h in the object");
	if (nothing(query) || !object_asks_resolver(o))
		return READ_SKIP;
	if (nothing(type) || !record_type(out, type)) {
		if (number <= 0 || number > UINT16_MAX)
			return READ_SKIP;
		out->qtype = (uint16_t)number;
	}
	if (!record_client(out, who))
		return reader_fault(r, "", NULL, "id.orig_h is no address");
	if (!set_name(out, query))
		return reader_fault(r, "", NULL, "query is no name");
	out->answer.rcode = (uint16_t)json_integer_value(json_object_get(o, "rcode"));
	object_answers(out, o);
	finish(out);
	return READ_RECORD;
}

static enum read_result
read_object(struct reader *r, const char *line, size_t len, struct record *out)
{
	json_error_t error;
	json_t *o = json_loadb(line, len, 0, &error);
	enum read_result result;

	if (json_is_object(o))
		result = from_object(r, o, out);
	else
		result = reader_fault(r, line,
		    line + ((size_t)error.position < len ? (size_t)error.position : 0),
		    "not a whole JSON object");

	json_decref(o);
	return result;
}

static enum read_result
read_line(struct reader *r, char *line, size_t len, struct record *out)
{
	if (len == 0)
		return READ_SKIP;
	if (line[0] == '{')
		return read_object(r, line, len, out);
	if (strncmp(line, "#separator ", 11) == 0)
		read_separator(r, line + 11);
	if (strncmp(line, "#fields", 7) == 0 && line[7] == r->zeek_separator) {
		if (read_header(r, line))
			return READ_SKIP;
		return reader_fault(r, line, NULL,
		    "without the columns ts, id.orig_h, query and qtype or qtype_name");
	}
	if (line[0] == '#')
		return READ_SKIP;
	return r->zeek_header ? read_columns(r, line, out)
			      : reader_fault(r, line, NULL, NULL);
}

const struct format format_zeek = { "zeek",
	"dns.log of Zeek with its #fields line, or as JSON lines", read_line };
