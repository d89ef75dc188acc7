#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/dns.h"
#include "resolver/judge/format.h"
#include "resolver/judge/when.h"

/*
 * Zeek's dns.log: tab-separated with its columns named in a "#fields" line, or one JSON
 * object a line. One line is a question with what was answered. Both empty fields and
 * unset ones ("(empty)", "-") are nothing; vectors are separated by commas.
 */

static const char *const columns[ZEEK_COLUMNS] = { "ts", "id.orig_h", "query",
	"qtype_name", "qtype", "rcode", "answers", "TTLs" };

#define FIELDS_MAX 64u

static bool
nothing(const char *text)
{
	return text == NULL || *text == '\0' || strcmp(text, "-") == 0 ||
	       strcmp(text, "(empty)") == 0;
}

static bool
set_time(struct record *out, double seconds)
{
	if (!(seconds >= 0 && seconds < 1e11))
		return false;
	out->wall_ms = (int64_t)(seconds * 1000);
	return true;
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

static bool
read_header(struct reader *r, char *line)
{
	char *rest = line + strlen("#fields\t"), *field;

	for (unsigned i = 0; i < ZEEK_COLUMNS; i++)
		r->zeek[i] = -1;
	for (int at = 0; (field = strsep(&rest, "\t")) != NULL; at++)
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

static void
set_answers(struct record *out, char *answers, char *ttls)
{
	char *one;

	while (!nothing(answers) && (one = strsep(&answers, ",")) != NULL)
		record_datum(out, one);
	while (!nothing(ttls) && (one = strsep(&ttls, ",")) != NULL)
		set_ttl(out, strtod(one, NULL));
}

static enum read_result
read_columns(struct reader *r, char *line, struct record *out)
{
	char *field[FIELDS_MAX], *rest = line, *f[ZEEK_COLUMNS];
	int n = 0;

	while (n < (int)FIELDS_MAX && (field[n] = strsep(&rest, "\t")) != NULL)
		n++;
	for (unsigned i = 0; i < ZEEK_COLUMNS; i++)
		f[i] = r->zeek[i] >= 0 && r->zeek[i] < n ? field[r->zeek[i]] : NULL;
	if (f[ZEEK_TS] == NULL || f[ZEEK_CLIENT] == NULL || f[ZEEK_QUERY] == NULL)
		return READ_BAD;
	/* Zeek logs what it saw half of, too. */
	if (nothing(f[ZEEK_QUERY]) || !set_type(out, f[ZEEK_QTYPE_NAME], f[ZEEK_QTYPE]))
		return READ_SKIP;
	if (!set_time(out, strtod(f[ZEEK_TS], NULL)) ||
	    !record_client(out, f[ZEEK_CLIENT]) || !set_name(out, f[ZEEK_QUERY]))
		return READ_BAD;
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
	    record_datum(out, json_string_value(one));
	json_array_foreach(json_object_get(o, "TTLs"), i, one)
	    set_ttl(out, json_number_value(one));
}

static bool
object_time(struct record *out, const json_t *ts)
{
	const char *text = json_string_value(ts);

	if (text != NULL)
		return when_read(text, 1970, &out->wall_ms) != NULL;
	return json_is_number(ts) && set_time(out, json_number_value(ts));
}

static enum read_result
from_object(const json_t *o, struct record *out)
{
	const char *who = json_string_value(json_object_get(o, "id.orig_h"));
	const char *query = json_string_value(json_object_get(o, "query"));
	const char *type = json_string_value(json_object_get(o, "qtype_name"));
	json_int_t number = json_integer_value(json_object_get(o, "qtype"));

	if (who == NULL || !object_time(out, json_object_get(o, "ts")))
		return READ_BAD;
	if (nothing(query))
		return READ_SKIP;
	if (nothing(type) || !record_type(out, type)) {
		if (number <= 0 || number > UINT16_MAX)
			return READ_SKIP;
		out->qtype = (uint16_t)number;
	}
	if (!record_client(out, who) || !set_name(out, query))
		return READ_BAD;
	out->answer.rcode = (uint16_t)json_integer_value(json_object_get(o, "rcode"));
	object_answers(out, o);
	finish(out);
	return READ_RECORD;
}

static enum read_result
read_object(const char *line, size_t len, struct record *out)
{
	json_t *o = json_loadb(line, len, 0, NULL);
	enum read_result result = json_is_object(o) ? from_object(o, out) : READ_BAD;

	json_decref(o);
	return result;
}

static enum read_result
read_line(struct reader *r, char *line, size_t len, struct record *out)
{
	if (len == 0)
		return READ_SKIP;
	if (line[0] == '{')
		return read_object(line, len, out);
	if (strncmp(line, "#fields\t", 8) == 0)
		return read_header(r, line) ? READ_SKIP : READ_BAD;
	if (line[0] == '#')
		return READ_SKIP;
	return r->zeek_header ? read_columns(r, line, out) : READ_BAD;
}

const struct format format_zeek = { "zeek",
	"dns.log of Zeek with its #fields line, or as JSON lines", read_line };
