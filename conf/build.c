#include "conf/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "conf/anchorfile.h"
#include "conf/builtin.h"
#include "conf/listfile.h"
#include "conf/records.h"

static void *
new_array(struct load *l, size_t count, size_t size)
{
	void *array = arena_alloc(l->whole->arena, count > 0 ? count * size : 1);

	if (array == NULL)
		l->report.nomem = true;
	return array;
}

/* Where entry ${index} of ${key} in the item that stands at ${item} was written; the item
 * itself if nowhere. */
static struct report_mark
item_mark(const struct load *l, const char *section, const struct report_mark *item,
    const char *key, size_t index)
{
	const struct tree_node *n = load_node(l, section);

	for (n = n != NULL ? n->first : NULL; n != NULL; n = n->next) {
		if (n->mark.line == item->line && n->mark.column == item->column)
			break;
	}
	n = tree_child(n, key);
	if (n != NULL && n->kind == TREE_LIST) {
		for (n = n->first; n != NULL && index > 0; index--)
			n = n->next;
	}
	return n != NULL ? n->mark : *item;
}

/* Step 1: options that contradict each other. */

static const struct {
	const char *low, *high;
	size_t low_at, high_at;
} orders[] = {
#define ORDER(section, low, high, low_member, high_member)                               \
	{                                                                                \
		section "." low, section "." high, offsetof(struct conf, low_member),    \
		    offsetof(struct conf, high_member)                                   \
	}
	ORDER("cache", "ttl-min", "ttl-max", ttl_min_sec, ttl_max_sec),
	ORDER("cache", "failure-ttl-min", "failure-ttl-max", failure_ttl_min_sec,
	    failure_ttl_max_sec),
	ORDER("limits", "queries-per-name", "queries", queries_per_name_max, queries_max),
	ORDER("limits", "packet-timeout", "question-timeout", packet_timeout_max_ms,
	    question_timeout_ms),
	ORDER("limits", "tcp-clients-per-address", "tcp-clients", tcp_clients_per_addr,
	    tcp_clients_max),
	ORDER("limits", "ns-nxdomain", "ns-lookups", ns_nxdomain_max, ns_lookups_max),
	ORDER("detection", "suspect-bytes", "stop-bytes", suspect_bytes, stop_bytes),
	ORDER("detection", "hold-first", "hold-max", hold_first_sec, hold_max_sec),
	ORDER("detection", "sinkhole-first", "sinkhole-max", sinkhole_first_sec,
	    sinkhole_max_sec),
#undef ORDER
};

static uint32_t
number_at(const struct conf *c, size_t offset)
{
	uint32_t value;

	memcpy(&value, (const char *)c + offset, sizeof(value));
	return value;
}

/* Whether there is such a user is the machine's to say, not ours; where it is written,
 * only we know. */
static void
place_user(struct load *l)
{
	struct report_mark mark = load_mark(l, "server.user");
	char place[sizeof((struct conf_error){ 0 }.text)];

	l->whole->conf.user_place = "";
	if (mark.source == NULL || report_place(&mark, place, sizeof(place)) < 0)
		return;
	l->whole->conf.user_place = arena_copy(l->whole->arena, place, strlen(place) + 1);
	if (l->whole->conf.user_place == NULL)
		l->report.nomem = true;
}

static void
check_orders(struct load *l)
{
	const struct conf *c = &l->whole->conf;

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		bool low_written = load_node(l, orders[i].low) != NULL;
		struct report_mark mark =
		    load_mark(l, low_written ? orders[i].low : orders[i].high);

		if (number_at(c, orders[i].low_at) > number_at(c, orders[i].high_at))
			report_add(&l->report, &mark, "%s is greater than %s",
			    orders[i].low, orders[i].high);
	}
}

static void
check_families(struct load *l)
{
	struct report_mark mark = load_mark(
	    l, load_node(l, "resolver.ipv6") != NULL ? "resolver.ipv6" : "resolver.ipv4");

	if (!l->whole->conf.ipv4 && !l->whole->conf.ipv6)
		report_add(&l->report, &mark,
		    "resolver.ipv4 and resolver.ipv6 cannot both be false");
}

static void
check_listen(struct load *l)
{
	const struct conf *c = &l->whole->conf;
	char text[ADDR_TEXT_MAX];

	for (size_t i = 1; i < c->listen_count; i++) {
		struct report_mark mark = load_mark_at(l, "server.listen", i);
		size_t j = 0;

		while (j < i && !addr_equal(&c->listen[i], &c->listen[j]))
			j++;
		if (j < i)
			report_add(&l->report, &mark, "server.listen: %s is here twice",
			    addr_to_text(&c->listen[i], text));
	}
}

static void
check_sinkhole(struct load *l)
{
	const struct conf *c = &l->whole->conf;
	struct report_mark mark = load_mark(l, "sinkhole.answer");
	/* An address that was refused has been told already. */
	bool told = l->report.errors->count > 0 &&
		    (load_node(l, "sinkhole.address-v4") != NULL ||
			load_node(l, "sinkhole.address-v6") != NULL);

	if (!told && c->sinkhole_answer == SINKHOLE_ADDRESS &&
	    c->sinkhole_v4.family == ADDR_NONE && c->sinkhole_v6.family == ADDR_NONE)
		report_add(&l->report, &mark,
		    "sinkhole.answer: address needs sinkhole.address-v4 or "
		    "sinkhole.address-v6");
}

/* Step 2: groups. */

static struct conf_type_rule *
put_rules(struct conf_type_rule *to, const struct conf_type_rule *from, size_t count,
    enum conf_type_policy policy)
{
	for (size_t i = 0; i < count; i++, to++) {
		*to = from[i];
		to->policy = (uint8_t)policy;
	}
	return to;
}

static void
build_rules(struct load *l, const struct whole_types *own, struct conf_group *group)
{
	const struct whole_types *global = &l->whole->types;
	struct conf_type_rule *to;

	group->type_rule_count = own->allow_count + own->refuse_count +
				 global->allow_count + global->refuse_count;
	to = group->type_rules = new_array(l, group->type_rule_count, sizeof(*to));
	if (to == NULL)
		return;
	to = put_rules(to, own->allow, own->allow_count, TYPE_POLICY_ALLOW);
	to = put_rules(to, own->refuse, own->refuse_count, TYPE_POLICY_REFUSE);
	to = put_rules(to, global->allow, global->allow_count, TYPE_POLICY_ALLOW);
	put_rules(to, global->refuse, global->refuse_count, TYPE_POLICY_REFUSE);
}

static void
build_clients(struct load *l, const struct whole_group *said, uint32_t index)
{
	struct report_mark mark;
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < said->client_count; i++) {
		switch (prefixmap_add(l->whole->conf.clients, &said->clients[i], index)) {
		case ERR_OK:
			break;
		case ERR_EXISTS:
			mark = item_mark(l, "groups", &said->mark, "clients", i);
			report_add(&l->report, &mark,
			    "groups.clients: %s is here twice or in another group",
			    prefix_to_text(&said->clients[i], text));
			break;
		default:
			l->report.nomem = true;
		}
	}
}

static void
build_group(struct load *l, const struct whole_group *said, uint32_t index)
{
	const struct whole *w = l->whole;
	struct conf_group *group = &w->conf.groups[index];
	bool inherits = said->detection == WHOLE_DETECTION_INHERIT;

	*group = (struct conf_group){ .name = said->name,
		.client_count = said->client_count,
		.clients = said->clients,
		.detection = inherits ? w->conf.detection_mode : said->detection,
		.rate_qps =
		    said->rate_qps == WHOLE_INHERIT ? w->rate_qps : said->rate_qps,
		.burst = said->burst == WHOLE_INHERIT ? w->burst : said->burst };
	build_rules(l, &said->types, group);
	build_clients(l, said, index);
}

static const struct whole_group *
find_group(const struct whole *w, const char *name)
{
	for (size_t i = 0; i < w->group_count; i++) {
		if (strcmp(w->groups[i].name, name) == 0)
			return &w->groups[i];
	}
	return NULL;
}

/* Group 0 is "default", wherever it was written and even when it was not. */
static void
build_groups(struct load *l)
{
	static const struct whole_group nobody = { .name = "default",
		.detection = WHOLE_DETECTION_INHERIT,
		.rate_qps = WHOLE_INHERIT,
		.burst = WHOLE_INHERIT };
	struct whole *w = l->whole;
	const struct whole_group *first = find_group(w, "default");
	uint32_t index = 0;

	if ((w->conf.clients = prefixmap_new()) == NULL)
		l->report.nomem = true;
	w->conf.groups = new_array(l, w->group_count + 1, sizeof(*w->conf.groups));
	if (l->report.nomem)
		return;
	build_group(l, first != NULL ? first : &nobody, index++);
	for (size_t i = 0; i < w->group_count; i++) {
		const struct whole_group *said = &w->groups[i];

		if (find_group(w, said->name) != said)
			report_add(&l->report, &said->mark, "groups: '%s' is here twice",
			    said->name);
		else if (said != first)
			build_group(l, said, index++);
	}
	w->conf.group_count = index;
}

/* Step 3: stub and forward zones. */

static int
compare_zones(const void *a, const void *b)
{
	const struct whole_zone *za = *(const struct whole_zone *const *)a;
	const struct whole_zone *zb = *(const struct whole_zone *const *)b;
	unsigned labels_a = dname_labels(za->zone.name),
		 labels_b = dname_labels(zb->zone.name);
	int order;

	if (labels_a != labels_b)
		return labels_a > labels_b ? -1 : 1;
	if ((order = dname_compare(za->zone.name, zb->zone.name)) != 0)
		return order;
	return za < zb ? -1
		       : 1; /* as they were written: the second of two is the mistake */
}

static void
check_zone(struct load *l, const struct whole_zone *said)
{
	char text[ADDR_TEXT_MAX];

	if (said->zone.kind == ZONE_STUB && said->zone.only)
		report_add(&l->report, &said->mark, "zones: 'only' is for forward zones");
	for (size_t i = 0; i < said->zone.server_count; i++) {
		const struct addr *server = &said->zone.servers[i];
		struct report_mark mark =
		    item_mark(l, "zones", &said->mark, "servers", i);

		if (!addr_is_usable_upstream(server))
			report_add(&l->report, &mark, "zones.servers: %s cannot be asked",
			    addr_to_text(server, text));
	}
}

static void
build_zones(struct load *l)
{
	struct whole *w = l->whole;
	const struct whole_zone **sorted = new_array(l, w->zone_count, sizeof(*sorted));

	w->conf.zones = new_array(l, w->zone_count, sizeof(*w->conf.zones));
	if (l->report.nomem)
		return;
	for (size_t i = 0; i < w->zone_count; i++) {
		sorted[i] = &w->zones[i];
		check_zone(l, sorted[i]);
	}
	qsort(sorted, w->zone_count, sizeof(*sorted), compare_zones);
	for (size_t i = 0; i < w->zone_count; i++) {
		const struct conf_zone *zone = &sorted[i]->zone;

		if (i > 0 && dname_equal(zone->name, sorted[i - 1]->zone.name))
			report_add(&l->report, &sorted[i]->mark,
			    "zones: a second zone of this name; first in line %u",
			    sorted[i - 1]->mark.line);
		w->conf.zones[i] = *zone;
		if (namelist_add(w->zone_index, zone->name, (uint32_t)i, "", 0) != ERR_OK)
			l->report.nomem = true;
	}
	w->conf.zone_count = w->zone_count;
}

/* Step 4: records. */

static void
add_record(struct load *l, struct records *rs, const char *text, const char *option,
    const struct report_mark *mark)
{
	char quote[REPORT_QUOTE_MAX];
	const char *why = records_add(rs, text, mark);

	if (why != NULL && *why == '\0')
		l->report.nomem = true;
	else if (why != NULL)
		report_add(&l->report, mark, "%s%sexpected a record, not %s: %s", option,
		    *option != '\0' ? ": " : "", report_quote(text, strlen(text), quote),
		    why);
}

static void
build_local_data(struct load *l)
{
	const struct whole_texts *said = &l->whole->local_data;
	const struct tree_node *n = load_node(l, "local.data");
	struct records *rs = records_new(l->scratch);

	if (rs == NULL)
		l->report.nomem = true;
	n = n != NULL ? n->first : NULL;
	for (size_t i = 0; i < said->count && !l->report.nomem; i++) {
		struct report_mark mark = { .source = NULL };

		if (n != NULL) {
			mark = n->mark;
			n = n->next;
		}
		add_record(l, rs, said->texts[i], "local.data", &mark);
	}
	if (l->report.nomem || !records_sets(rs, l->whole->arena, TRUST_LOCAL, &l->report,
				   &l->whole->conf.local_data))
		l->report.nomem = true;
}

/* A comment in a line of a zone file: ';' outside of quotes. */
static size_t
content_len(const char *line, size_t len)
{
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\\')
			i++;
		else if (line[i] == '"')
			quoted = !quoted;
		else if (line[i] == ';' && !quoted)
			return i;
	}
	return len;
}

static bool
is_blank(const char *text, size_t len)
{
	while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL && text[len - 1] != '\0')
		len--;
	return len == 0;
}

#define HINT_LINE_MAX 1024u /* a root server's name and address need 60, a DS 120 */

typedef void add_line(
    struct load *l, struct records *rs, const char *text, const struct report_mark *mark);

static void
add_hint(
    struct load *l, struct records *rs, const char *text, const struct report_mark *mark)
{
	add_record(l, rs, text, "", mark);
}

static void
parse_lines(struct load *l, const char *text, const struct report_source *source,
    struct records *rs, add_line *add)
{
	char line[HINT_LINE_MAX];
	struct report_mark mark = { .source = source, .column = 1 };

	while (*text != '\0' && !l->report.nomem) {
		size_t len = strcspn(text, "\n"), content = content_len(text, len);

		mark.line++;
		if (content >= sizeof(line)) {
			report_add(
			    &l->report, &mark, "this line is too long for a record");
		} else if (!is_blank(text, content)) {
			memcpy(line, text, content);
			line[content] = '\0';
			add(l, rs, line, &mark);
		}
		text += len + (text[len] == '\n');
	}
}

/* Useful are the root's NS and addresses of some server of it. */
static void
check_hints(struct load *l, const struct report_mark *mark)
{
	static const uint8_t root[] = { 0 };
	struct rrset *hints = l->whole->conf.root_hints;
	const struct rrset *servers = rrset_find(hints, root, TYPE_NS);

	if (servers == NULL) {
		report_add(
		    &l->report, mark, "no NS record of the root (.) among the hints");
		return;
	}
	for (size_t i = 0; i < servers->count; i++) {
		uint8_t name[DNAME_MAX];

		dname_copy_lower(name, servers->rdata[i].bytes);
		if (rrset_find(hints, name, TYPE_A) != NULL ||
		    rrset_find(hints, name, TYPE_AAAA) != NULL)
			return;
	}
	report_add(&l->report, mark, "no address of a root server among the hints");
}

#define HINTS_BYTES_MAX ((size_t)1 << 20)

static void
build_hints(struct load *l)
{
	const char *path = l->whole->conf.root_hints_file;
	bool built_in = strcmp(path, "built-in") == 0;
	struct report_source *source = load_source(l, path, ++l->sources);
	struct report_mark mark = load_mark(l, "resolver.root-hints");
	struct records *rs = records_new(l->scratch);
	char *text = NULL;
	size_t len;

	if (rs == NULL || source == NULL) {
		l->report.nomem = true;
		return;
	}
	if (!built_in && !load_read(l, &mark, "resolver.root-hints", path,
			     HINTS_BYTES_MAX, &text, &len))
		return;
	parse_lines(l, built_in ? builtin_root_hints() : text, source, rs, add_hint);
	free(text);
	if (!records_sets(rs, l->whole->arena, TRUST_HINT, &l->report,
		&l->whole->conf.root_hints)) {
		l->report.nomem = true;
		return;
	}
	mark = (struct report_mark){ .source = source };
	check_hints(l, &mark);
}

/* Secrets of cookies: 32 hexadecimal digits a line; '#' begins a comment. */

#define SECRETS_BYTES_MAX ((size_t)64 << 10)
#define SECRET_DIGITS	  ((size_t)2 * CONF_COOKIE_SECRET_BYTES)

static bool
read_secret(const char *digits, uint8_t out[CONF_COOKIE_SECRET_BYTES])
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < SECRET_DIGITS; i++) {
		char c = digits[i] >= 'A' && digits[i] <= 'F' ? (char)(digits[i] | 0x20)
							      : digits[i];
		const char *at = c != '\0' ? strchr(hex, c) : NULL;

		if (at == NULL)
			return false;
		out[i / 2] = (uint8_t)(out[i / 2] << 4 | (at - hex));
	}
	return true;
}

/* What is wrong is told without its bytes: a secret does not belong into a log. */
static void
add_secret(struct load *l, const char *text, size_t len, const struct report_mark *mark)
{
	struct conf *c = &l->whole->conf;

	while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL)
		len--;
	if (c->cookie_secret_count == CONF_COOKIE_SECRETS_MAX) {
		report_add(&l->report, mark,
		    "server.cookie-secret-file: more than %u secrets",
		    CONF_COOKIE_SECRETS_MAX);
		return;
	}
	if (len != SECRET_DIGITS ||
	    !read_secret(text, c->cookie_secrets[c->cookie_secret_count])) {
		report_add(&l->report, mark,
		    "server.cookie-secret-file: expected 32 hexadecimal digits");
		return;
	}
	c->cookie_secret_count++;
}

static void
build_secrets(struct load *l)
{
	const char *path = l->whole->conf.cookie_secret_file;
	struct report_source *source = load_source(l, path, ++l->sources);
	struct report_mark mark = load_mark(l, "server.cookie-secret-file");
	struct report_mark at = { .source = source, .column = 1 };
	char *text;
	size_t len;

	if (*path == '\0' || source == NULL ||
	    !load_read(l, &mark, "server.cookie-secret-file", path, SECRETS_BYTES_MAX,
		&text, &len))
		return;
	for (const char *line = text; *line != '\0';) {
		size_t size = strcspn(line, "\n"), begin = strspn(line, " \t\r");

		at.line++;
		if (begin < size && line[begin] != '#')
			add_secret(l, line + begin, size - begin, &at);
		line += size + (line[size] == '\n');
	}
	if (l->whole->conf.cookie_secret_count == 0)
		report_add(&l->report, &mark,
		    "server.cookie-secret-file: no secret in %s", path);
	explicit_bzero(text, len);
	free(text);
}

/* Chains of trust begin at DS sets: a DNSKEY is as good as its digest. */
static void
add_anchor(
    struct load *l, struct records *rs, const char *text, const struct report_mark *mark)
{
	char quote[REPORT_QUOTE_MAX];
	const char *why = records_add_anchor(rs, text, mark);

	if (why != NULL && *why == '\0')
		l->report.nomem = true;
	else if (why != NULL)
		report_add(&l->report, mark,
		    "resolver.trust-anchors: expected a DS or DNSKEY record, not %s: %s",
		    report_quote(text, strlen(text), quote), why);
}

/* ${word} and a space before the record; ${*text} is then behind them. */
static bool
has_word(const char **text, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*text, word, len) != 0 || strchr(" \t", (*text)[len]) == NULL ||
	    (*text)[len] == '\0')
		return false;
	*text += len + strspn(*text + len, " \t");
	return true;
}

static const char *
after_static(const char *text)
{
	(void)has_word(&text, "static");
	return text;
}

struct anchor_lists {
	struct load *load;
	struct records *fixed, *rolling;
};

static bool
add_from_file(void *ctx, const char *record, bool rolling, const struct report_mark *mark)
{
	struct anchor_lists *lists = ctx;

	add_anchor(lists->load, rolling ? lists->rolling : lists->fixed, record, mark);
	return !lists->load->report.nomem;
}

#define ANCHOR_FILE_MAX ((size_t)1 << 20)

static void
anchor_files(struct load *l, struct anchor_lists *lists)
{
	const struct whole_texts *said = &l->whole->trust_anchor_files;

	for (size_t i = 0; i < said->count && !l->report.nomem; i++) {
		const char *path = said->texts[i];
		struct report_source *source = load_source(l, path, ++l->sources);
		struct report_mark mark =
		    load_mark_at(l, "resolver.trust-anchor-files", i);
		char *text;
		size_t len;

		if (source == NULL || !load_read(l, &mark, "resolver.trust-anchor-files",
					  path, ANCHOR_FILE_MAX, &text, &len))
			continue;
		anchorfile_parse(text, len, source, &l->report, add_from_file, lists);
		free(text);
	}
}

static void
build_anchors(struct load *l)
{
	const struct whole_texts *said = &l->whole->trust_anchors;
	struct conf *c = &l->whole->conf;
	struct anchor_lists lists = { l, records_new(l->scratch),
		records_new(l->scratch) };
	struct report_source *source = load_source(l, "built-in", ++l->sources);

	if (lists.fixed == NULL || lists.rolling == NULL || source == NULL) {
		l->report.nomem = true;
		return;
	}
	for (size_t i = 0; i < said->count && !l->report.nomem; i++) {
		struct report_mark mark = load_mark_at(l, "resolver.trust-anchors", i);
		const char *text = said->texts[i];
		bool rolling = has_word(&text, "rolling");

		if (strcmp(text, "built-in") == 0)
			parse_lines(
			    l, builtin_root_anchor(), source, lists.rolling, add_anchor);
		else if (rolling)
			add_anchor(l, lists.rolling, text, &mark);
		else
			add_anchor(l, lists.fixed, after_static(text), &mark);
	}
	anchor_files(l, &lists);
	if (!records_sets(lists.fixed, l->whole->arena, TRUST_LOCAL, &l->report,
		&c->trust_anchors) ||
	    !records_sets(lists.rolling, l->whole->arena, TRUST_LOCAL, &l->report,
		&c->rolling_anchors))
		l->report.nomem = true;
}

/* Those that were written, then private zones. */
static void
build_negative(struct load *l)
{
	struct whole *w = l->whole;
	struct conf_negative *all =
	    new_array(l, w->negative_count + w->zone_count, sizeof(*all));
	size_t count = 0;

	for (size_t i = 0; i < w->negative_count && all != NULL; i++) {
		const struct whole_negative *said = &w->negative[i];

		for (size_t j = 0; j < i; j++)
			if (dname_equal(all[j].name, said->said.name))
				report_add(&l->report, &said->mark,
				    "resolver.negative-trust-anchors: this name is here "
				    "twice; first in line %u",
				    w->negative[j].mark.line);
		if (said->said.until_sec != 0 && said->said.for_sec != 0)
			report_add(&l->report, &said->mark,
			    "resolver.negative-trust-anchors: until and for exclude each "
			    "other");
		all[count++] = said->said;
	}
	for (size_t i = 0; i < w->zone_count && all != NULL; i++)
		if (w->zones[i].zone.private_zone)
			all[count++] = (struct conf_negative){
				.name = w->zones[i].zone.name,
				.private_zone = true,
				.reason = "private zone",
			};
	w->conf.negative_anchors = all;
	w->conf.negative_anchor_count = count;
}

/* Step 5: lists of names. */

static void
list_names(struct load *l, const struct whole_names *said, const char *option,
    struct namelist *list)
{
	const struct tree_node *n = load_node(l, option);

	n = n != NULL ? n->first : NULL;
	for (size_t i = 0; i < said->count; i++) {
		if (namelist_add(list, said->names[i], 1, "",
			n != NULL ? n->mark.line : 0) != ERR_OK)
			l->report.nomem = true;
		n = n != NULL ? n->next : NULL;
	}
}

static void
list_file(struct load *l, const char *path, const struct report_mark *mark,
    const char *option, enum listfile_format format, struct namelist *list)
{
	struct report_source *source = load_source(l, path, ++l->sources);
	char *text;
	size_t len;

	if (source == NULL ||
	    !load_read(l, mark, option, path, LISTFILE_BYTES_MAX, &text, &len))
		return;
	if (!listfile_parse(text, len, source, format, &l->report, list))
		l->report.nomem = true;
	free(text);
}

static void
list_files(struct load *l, const struct whole_texts *said, const char *option,
    struct namelist *list)
{
	for (size_t i = 0; i < said->count && !l->report.nomem; i++) {
		struct report_mark mark = load_mark_at(l, option, i);

		list_file(l, said->texts[i], &mark, option, LISTFILE_NAMES, list);
	}
}

static void
build_known_services(struct load *l)
{
	const char *path = l->whole->known_services, *text = builtin_known_services();
	struct report_mark mark = load_mark(l, "detection.known-services");
	struct report_source *source;

	if (strcmp(path, "none") == 0)
		return;
	if (strcmp(path, "built-in") != 0)
		list_file(l, path, &mark, "detection.known-services", LISTFILE_FACTORS,
		    l->whole->conf.large_budget);
	else if ((source = load_source(l, path, ++l->sources)) != NULL &&
		 !listfile_parse(text, strlen(text), source, LISTFILE_FACTORS, &l->report,
		     l->whole->conf.large_budget))
		l->report.nomem = true;
}

static void
build_own_services(struct load *l)
{
	struct report_mark mark = load_mark(l, "detection.own-services");

	if (strcmp(l->whole->own_services, "none") != 0)
		list_file(l, l->whole->own_services, &mark, "detection.own-services",
		    LISTFILE_FACTORS, l->whole->conf.large_budget);
}

static void
build_lists(struct load *l)
{
	struct whole *w = l->whole;

	list_names(l, &w->allow, "policy.allow", w->conf.allow);
	list_names(l, &w->block, "policy.block", w->conf.block);
	list_files(l, &w->allow_files, "policy.allow-files", w->conf.allow);
	list_files(l, &w->block_files, "policy.block-files", w->conf.block);
	build_known_services(l);
	build_own_services(l);
}

static bool
make_lists(struct whole *w)
{
	return (w->conf.allow = namelist_new()) != NULL &&
	       (w->conf.block = namelist_new()) != NULL &&
	       (w->conf.large_budget = namelist_new()) != NULL &&
	       (w->zone_index = namelist_new()) != NULL;
}

/* Cheap and near first: what the main file says comes before what long lists say. */
void
build_whole(struct load *l)
{
	static void (*const steps[])(struct load *) = { place_user, check_orders,
		check_families, check_listen, check_sinkhole, build_groups, build_zones,
		build_local_data, build_hints, build_anchors, build_negative,
		build_secrets, build_lists };

	if (!make_lists(l->whole))
		l->report.nomem = true;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !l->report.nomem; i++)
		steps[i](l);
}
