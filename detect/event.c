#include "detect/event.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/dns.h"

const char *
event_action_text(enum event_action a)
{
	static const char *const texts[EVENT_ACTION_COUNT] = {
		[EVENT_OBSERVE] = "observe",
		[EVENT_THROTTLE] = "throttle",
		[EVENT_HOLD] = "hold",
		[EVENT_SINKHOLE] = "sinkhole",
		[EVENT_REFUSE] = "refuse",
		[EVENT_BLOCK] = "block",
		[EVENT_RELEASE] = "release",
		[EVENT_ALLOW] = "allow",
		[EVENT_OPERATOR_BLOCK] = "operator-block",
		[EVENT_ANCHOR] = "anchor",
		[EVENT_NEGATIVE_ANCHOR] = "negative-anchor",
	};

	return (unsigned)a < EVENT_ACTION_COUNT ? texts[a] : "unknown";
}

/* Room for each of 159 bytes as \DDD. */
#define DETAIL_TEXT_MAX (4 * sizeof(((struct event *)0)->detail))

/* Text that an operator or a list gave may hold any byte: shown as names are, so that
 * JSON stays ASCII. */
static char *
escape(const char *in, char *out, size_t cap)
{
	char *o = out;

	for (; *in != '\0' && (size_t)(o - out) + 5 < cap; in++) {
		unsigned char c = (unsigned char)*in;

		if (c < 0x20 || c > 0x7e || c == '\\')
			o += sprintf(o, "\\%03u", c);
		else
			*o++ = (char)c;
	}
	*o = '\0';
	return out;
}

static json_t *
evidence_json(const struct event *e)
{
	json_t *list = json_array();
	unsigned count = e->evidence_count < EVENT_EVIDENCE_MAX ? e->evidence_count
								: EVENT_EVIDENCE_MAX;

	for (unsigned i = 0; list != NULL && i < count; i++) {
		const struct event_evidence *ev = &e->evidence[i];
		json_t *one = json_pack("{s:s,s:f,s:f}", "name", ev->name, "value",
		    ev->value, "weight", ev->weight);

		if (json_array_append_new(list, one) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static bool
put(json_t *o, const char *key, json_t *value)
{
	return json_object_set_new(o, key, value) == 0;
}

static bool
put_question(json_t *o, const struct event *e)
{
	char name[DNAME_TEXT_MAX], type[DNS_MNEMONIC_MAX];

	if (e->qname.len == 0)
		return true;
	return put(o, "question",
	    json_pack("{s:s,s:s}", "name", dname_to_text(e->qname.bytes, name), "type",
		dns_type_text(e->qtype, type)));
}

static bool
put_who(json_t *o, const struct event *e)
{
	char text[ADDR_TEXT_MAX], group[4 * sizeof(e->group)];

	if (e->client.family != ADDR_NONE &&
	    !put(o, "client", json_string(addr_host_text(&e->client, text))))
		return false;
	return e->group[0] == '\0' ||
	       put(o, "group", json_string(escape(e->group, group, sizeof(group))));
}

json_t *
event_json(const struct event *e)
{
	char time[CLOCK_TEXT_MAX], zone[DNAME_TEXT_MAX], detail[DETAIL_TEXT_MAX];
	json_t *o = json_object();
	bool good;

	if (o == NULL)
		return NULL;
	good = put(o, "schema", json_integer(1)) &&
	       put(o, "time", json_string(clock_text(e->wall_ms, time))) &&
	       put(o, "id", json_string(e->id)) &&
	       put(o, "action", json_string(event_action_text(e->action))) &&
	       put_who(o, e) && put_question(o, e);
	if (good && e->zone.len != 0)
		good = put(o, "zone", json_string(dname_to_text(e->zone.bytes, zone)));
	good =
	    good && put(o, "reason", json_string(e->reason != NULL ? e->reason : "")) &&
	    put(o, "score", json_real(e->score)) &&
	    put(o, "evidence", evidence_json(e)) &&
	    put(o, "leaked_up_bytes", json_integer((json_int_t)e->leaked_up_bytes)) &&
	    put(o, "leaked_down_bytes", json_integer((json_int_t)e->leaked_down_bytes)) &&
	    put(o, "for_sec", json_integer(e->for_sec));
	if (good && e->detail[0] != '\0')
		good = put(
		    o, "detail", json_string(escape(e->detail, detail, sizeof(detail))));
	if (!good) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/* snprintf onto the end, never past ${cap}. */
#define APPEND(...)                                                                      \
	do {                                                                             \
		if (at < cap)                                                            \
			at += (size_t)snprintf(out + at, cap - at, __VA_ARGS__);         \
	} while (0)

char *
event_text(const struct event *e, char *out, size_t cap)
{
	char time[CLOCK_TEXT_MAX], name[DNAME_TEXT_MAX], type[DNS_MNEMONIC_MAX];
	char client[ADDR_TEXT_MAX], detail[DETAIL_TEXT_MAX];
	size_t at = 0;

	if (cap == 0)
		return out;
	out[0] = '\0';
	APPEND("%s %s %s", clock_text(e->wall_ms, time), e->id,
	    event_action_text(e->action));
	if (e->zone.len != 0)
		APPEND(" %s", dname_to_text(e->zone.bytes, name));
	if (e->client.family != ADDR_NONE)
		APPEND(" client %s", addr_host_text(&e->client, client));
	APPEND(": %s", e->reason != NULL ? e->reason : "");
	if (e->qname.len != 0)
		APPEND(", asked %s %s", dname_to_text(e->qname.bytes, name),
		    dns_type_text(e->qtype, type));
	if (e->evidence_count != 0)
		APPEND(", score %.2f", e->score);
	APPEND(", leaked %llu up %llu down", (unsigned long long)e->leaked_up_bytes,
	    (unsigned long long)e->leaked_down_bytes);
	if (e->for_sec != 0)
		APPEND(", for %u s", e->for_sec);
	if (e->detail[0] != '\0')
		APPEND(" (%s)", escape(e->detail, detail, sizeof(detail)));
	return out;
}
