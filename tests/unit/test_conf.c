#include "tests/unit/conf_fixture.h"

#include "base/dns.h"

/* What a good configuration becomes. */

static struct addr
address(const char *text)
{
	struct addr addr;

	assert_int_equal(addr_from_text(text, 0, &addr), ERR_OK);
	return addr;
}

static const char *
group_name(const struct conf *c, const char *client)
{
	struct addr addr = address(client);
	uint32_t index;

	return conf_group_of(c, &addr, &index) ? c->groups[index].name : "nobody";
}

static void
the_defaults_hold_the_budgets_of_the_architecture(void **state)
{
	struct conf *c = NULL;

	(void)state;
	assert_int_equal(conf_load(NULL, NULL, 0, &errors, &c), ERR_OK);
	assert_int_equal(c->queries_max, 96);
	assert_int_equal(c->queries_per_name_max, 50);
	assert_int_equal(c->question_timeout_ms, 7000);
	assert_int_equal(c->packet_timeout_max_ms, 1500);
	assert_int_equal(c->depth_max, 7);
	assert_int_equal(c->ns_lookups_max, 16);
	assert_int_equal(c->ns_nxdomain_max, 5);
	assert_int_equal(c->cname_links_max, 11);
	assert_int_equal(c->tcp_clients_max, 1024);
	assert_int_equal(c->tcp_clients_per_addr, 32);
	assert_int_equal(c->tcp_questions_max, 16);
	assert_int_equal(c->tcp_idle_ms, 10000);
	assert_int_equal(c->waiting_per_client_max, 256);
	assert_int_equal(c->reply_late_ms, 1900);
	assert_int_equal(c->ttl_max_sec, 86400);
	assert_int_equal(c->ttl_min_sec, 5);
	assert_int_equal(c->negative_ttl_max_sec, 3600);
	assert_int_equal(c->failure_ttl_min_sec, 5);
	assert_int_equal(c->failure_ttl_max_sec, 300);
	assert_int_equal(c->edns_udp_size, 1232);
	assert_int_equal(c->cache_bytes, 256 << 20);
	assert_string_equal(c->file, "");
	conf_unref(c);
}

static void
the_defaults_hold_the_figures_of_detection(void **state)
{
	struct conf *c = NULL;

	(void)state;
	assert_int_equal(conf_load(NULL, NULL, 0, &errors, &c), ERR_OK);
	assert_int_equal(c->detection_mode, DETECTION_ENFORCE);
	assert_int_equal(c->suspect_bytes, 300);
	assert_int_equal(c->stop_bytes, 600);
	assert_int_equal(c->drain_millibytes_per_sec, 5);
	assert_int_equal(c->down_stop_bytes, 4000);
	assert_int_equal(c->zone_entries, 65536);
	assert_int_equal(c->seen_entries, 1 << 20);
	assert_int_equal(c->rate_prefix_v4, 32);
	assert_int_equal(c->rate_prefix_v6, 64);
	assert_int_equal(c->sinkhole_answer, SINKHOLE_NXDOMAIN);
	assert_int_equal(c->sinkhole_v4.family, ADDR_NONE);
	assert_true(namelist_count(c->large_budget) > 30);
	conf_unref(c);
}

static void
an_empty_file_and_sections_without_lines_are_the_defaults(void **state)
{
	static const char *const texts[] = { "", "# nothing\n", "---\n",
		"server:\ncache: ~\n", "groups:\n", "{}" };
	struct conf *c;
	char *defaults, *dump;

	(void)state;
	assert_int_equal(conf_load(NULL, NULL, 0, &errors, &c), ERR_OK);
	defaults = dump_of(c);
	conf_unref(c);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		c = load_good(texts[i]);
		dump = dump_of(c);
		assert_string_equal(dump, defaults);
		free(dump);
		conf_unref(c);
	}
	free(defaults);
}

static void
without_groups_only_near_networks_are_clients(void **state)
{
	struct conf *c = load_good("");

	(void)state;
	assert_int_equal(c->group_count, 1);
	assert_string_equal(group_name(c, "127.0.0.1"), "default");
	assert_string_equal(group_name(c, "::1"), "default");
	assert_string_equal(group_name(c, "10.255.0.1"), "default");
	assert_string_equal(group_name(c, "172.31.0.1"), "default");
	assert_string_equal(group_name(c, "192.168.3.4"), "default");
	assert_string_equal(group_name(c, "fd12::1"), "default");
	assert_string_equal(group_name(c, "172.32.0.1"), "nobody");
	assert_string_equal(group_name(c, "192.0.2.1"), "nobody");
	assert_string_equal(group_name(c, "2001:db8::1"), "nobody");
	conf_unref(c);
}

static void
with_groups_only_they_count_and_the_longest_prefix_decides(void **state)
{
	struct conf *c =
	    load_good("limits: { rate: 77, burst: 99 }\n"
		      "detection: { mode: shadow }\n"
		      "groups:\n"
		      "  - { name: staff, clients: [10.0.0.0/8, \"fd00::/8\"] }\n"
		      "  - name: mail\n"
		      "    clients: [10.0.25.0/28]\n"
		      "    detection: enforce\n"
		      "    rate: 0\n"
		      "    burst: 5\n");

	(void)state;
	assert_int_equal(c->group_count, 3);
	assert_string_equal(c->groups[0].name, "default");
	assert_int_equal(c->groups[0].client_count, 0);
	assert_string_equal(group_name(c, "127.0.0.1"), "nobody");
	assert_string_equal(group_name(c, "10.1.2.3"), "staff");
	assert_string_equal(group_name(c, "fd00::1"), "staff");
	assert_string_equal(group_name(c, "10.0.25.15"), "mail");
	assert_string_equal(group_name(c, "10.0.25.16"), "staff");
	assert_int_equal(c->groups[1].rate_qps, 77);
	assert_int_equal(c->groups[1].burst, 99);
	assert_int_equal(c->groups[1].detection, DETECTION_SHADOW);
	assert_int_equal(c->groups[2].rate_qps, 0);
	assert_int_equal(c->groups[2].burst, 5);
	assert_int_equal(c->groups[2].detection, DETECTION_ENFORCE);
	conf_unref(c);
}

static void
group_default_is_the_first_wherever_it_is_written(void **state)
{
	struct conf *c =
	    load_good("groups:\n"
		      "  - { name: a, clients: [192.0.2.0/25] }\n"
		      "  - { name: default, clients: [192.0.2.0/24], rate: 3 }\n");

	(void)state;
	assert_int_equal(c->group_count, 2);
	assert_string_equal(c->groups[0].name, "default");
	assert_int_equal(c->groups[0].rate_qps, 3);
	assert_string_equal(group_name(c, "192.0.2.1"), "a");
	assert_string_equal(group_name(c, "192.0.2.129"), "default");
	conf_unref(c);
}

static void
types_no_one_needs_are_refused_and_a_group_can_say_otherwise(void **state)
{
	struct conf *c =
	    load_good("groups:\n"
		      "  - { name: a, types: { allow: [NULL, TYPE65300-TYPE65302],"
		      " refuse: [ANY] } }\n");
	const struct conf_group *standard = &c->groups[0], *a = &c->groups[1];

	(void)state;
	assert_int_equal(conf_type_policy_of(standard, TYPE_A), TYPE_POLICY_ALLOW);
	assert_int_equal(conf_type_policy_of(standard, TYPE_ANY), TYPE_POLICY_ALLOW);
	assert_int_equal(conf_type_policy_of(standard, TYPE_NULL), TYPE_POLICY_REFUSE);
	assert_int_equal(conf_type_policy_of(standard, TYPE_KEY), TYPE_POLICY_REFUSE);
	assert_int_equal(conf_type_policy_of(standard, 65279), TYPE_POLICY_ALLOW);
	assert_int_equal(conf_type_policy_of(standard, 65280), TYPE_POLICY_REFUSE);
	assert_int_equal(conf_type_policy_of(standard, 65534), TYPE_POLICY_REFUSE);
	assert_int_equal(conf_type_policy_of(standard, 65535), TYPE_POLICY_ALLOW);
	assert_int_equal(conf_type_policy_of(a, TYPE_NULL), TYPE_POLICY_ALLOW);
	assert_int_equal(conf_type_policy_of(a, TYPE_KEY), TYPE_POLICY_REFUSE);
	assert_int_equal(conf_type_policy_of(a, 65301), TYPE_POLICY_ALLOW);
	assert_int_equal(conf_type_policy_of(a, 65303), TYPE_POLICY_REFUSE);
	assert_int_equal(conf_type_policy_of(a, TYPE_ANY), TYPE_POLICY_REFUSE);
	conf_unref(c);
}

static void
units_of_time_and_size_are_understood(void **state)
{
	struct conf *c = load_good("cache: { size: 3G, ttl-max: 2d, ttl-min: 0,"
				   " negative-ttl-max: 90m }\n"
				   "limits: { tcp-idle: 250ms, task-memory: 131072,"
				   " reply-late: 0, question-timeout: 9s }\n"
				   "server: { workers: 3 }\n");

	(void)state;
	assert_int_equal(c->cache_bytes, (size_t)3 << 30);
	assert_int_equal(c->ttl_max_sec, 172800);
	assert_int_equal(c->ttl_min_sec, 0);
	assert_int_equal(c->negative_ttl_max_sec, 5400);
	assert_int_equal(c->tcp_idle_ms, 250);
	assert_int_equal(c->task_memory_bytes, 131072);
	assert_int_equal(c->reply_late_ms, 0);
	assert_int_equal(c->question_timeout_ms, 9000);
	assert_int_equal(c->workers, 3);
	conf_unref(c);
}

static void
addresses_take_port_53_when_none_is_said(void **state)
{
	struct conf *c = load_good("server: { listen: [0.0.0.0, \"::@853\"] }\n");
	struct addr v4 = address("0.0.0.0@53"), v6 = address("::@853");

	(void)state;
	assert_int_equal(c->listen_count, 2);
	assert_true(addr_equal(&c->listen[0], &v4));
	assert_true(addr_equal(&c->listen[1], &v6));
	conf_unref(c);
}

static void
the_deepest_zone_at_or_above_a_name_is_its_zone(void **state)
{
	struct conf *c = load_good(
	    "zones:\n"
	    "  - { name: example, kind: forward, servers: [10.0.0.1], only: true }\n"
	    "  - { name: lab.Corp.example, kind: stub, servers: [127.0.0.1] }\n"
	    "  - { name: corp.example., kind: forward,"
	    " servers: [10.0.0.2, \"10.0.0.3@5353\"] }\n");
	struct dname name = name_of("a.lab.corp.example");
	struct addr second = address("10.0.0.3@5353");

	(void)state;
	assert_int_equal(c->zone_count, 3);
	assert_ptr_equal(conf_zone_of(c, name.bytes), &c->zones[0]);
	assert_int_equal(c->zones[0].kind, ZONE_STUB);
	name = name_of("corp.example");
	assert_ptr_equal(conf_zone_of(c, name.bytes), &c->zones[1]);
	assert_int_equal(c->zones[1].server_count, 2);
	assert_true(addr_equal(&c->zones[1].servers[1], &second));
	name = name_of("b.example");
	assert_ptr_equal(conf_zone_of(c, name.bytes), &c->zones[2]);
	assert_true(c->zones[2].only);
	name = name_of("example.org");
	assert_null(conf_zone_of(c, name.bytes));
	conf_unref(c);
}

static void
assert_rdata(const struct rrset *set, size_t index, const char *bytes, size_t len)
{
	assert_int_equal(set->rdata[index].len, len);
	assert_memory_equal(set->rdata[index].bytes, bytes, len);
}

static void
local_records_become_sets_in_wire_form(void **state)
{
	struct conf *c =
	    load_good("local:\n"
		      "  zones: [corp.example]\n"
		      "  data:\n"
		      "    - Printer.corp.example. 300 IN A 10.1.2.3\n"
		      "    - printer.corp.example 200 A 10.1.2.4\n"
		      "    - printer.corp.example 200 A 10.1.2.4\n"
		      "    - corp.example. MX 10 Mail.corp.example.\n"
		      "    - 'corp.example. IN TXT \"a b\" c'\n"
		      "    - _sip._tcp.corp.example. 60 IN SRV 1 2 5060 sip.\n"
		      "    - 'corp.example. CAA 0 issue \"\"'\n"
		      "    - 'corp.example. TYPE731 \\# 0'\n");
	struct dname printer = name_of("printer.corp.example"),
		     corp = name_of("corp.example");
	struct rrset *set = rrset_find(c->local_data, printer.bytes, TYPE_A);

	(void)state;
	assert_int_equal(c->local_zone_count, 1);
	assert_memory_equal(c->local_zones[0], corp.bytes, corp.len);
	assert_non_null(set);
	assert_int_equal(set->count, 2);
	assert_int_equal(set->ttl_sec, 200);
	assert_int_equal(set->class, CLASS_IN);
	assert_int_equal(set->trust, TRUST_LOCAL);
	assert_rdata(set, 0, "\x0a\x01\x02\x03", 4);
	assert_rdata(set, 1, "\x0a\x01\x02\x04", 4);
	assert_non_null(set = rrset_find(c->local_data, corp.bytes, TYPE_MX));
	assert_int_equal(set->ttl_sec, 3600);
	assert_rdata(set, 0, "\0\x0a\4Mail\4corp\7example", 21);
	assert_non_null(set = rrset_find(c->local_data, corp.bytes, TYPE_TXT));
	assert_rdata(set, 0, "\3a b\1c", 6);
	printer = name_of("_sip._tcp.corp.example");
	assert_non_null(set = rrset_find(c->local_data, printer.bytes, TYPE_SRV));
	assert_rdata(set, 0, "\0\1\0\2\x13\xc4\3sip", 11);
	assert_non_null(set = rrset_find(c->local_data, corp.bytes, TYPE_CAA));
	assert_rdata(set, 0, "\0\5issue", 7);
	assert_non_null(set = rrset_find(c->local_data, corp.bytes, 731));
	assert_rdata(set, 0, "", 0);
	conf_unref(c);
}

static void
the_built_in_hints_name_thirteen_servers_with_both_families(void **state)
{
	struct conf *c = load_good("");
	struct dname root = name_of("."), a = name_of("a.root-servers.net");
	const struct rrset *servers = rrset_find(c->root_hints, root.bytes, TYPE_NS);
	const struct rrset *set;

	(void)state;
	assert_string_equal(c->root_hints_file, "built-in");
	assert_non_null(servers);
	assert_int_equal(servers->count, 13);
	for (size_t i = 0; i < servers->count; i++) {
		const uint8_t *name = servers->rdata[i].bytes;

		assert_non_null(rrset_find(c->root_hints, name, TYPE_A));
		assert_non_null(rrset_find(c->root_hints, name, TYPE_AAAA));
	}
	set = rrset_find(c->root_hints, a.bytes, TYPE_A);
	assert_rdata(set, 0, "\xc6\x29\0\x04", 4);
	assert_int_equal(set->trust, TRUST_HINT);
	conf_unref(c);
}

static void
hints_of_a_file_replace_the_built_in_ones(void **state)
{
	static const char hints[] =
	    "; a laboratory\n\n. 60 IN NS NS.Lab. ; the only one\n"
	    "ns.lab. 60 A 127.0.0.7\r\n";
	struct dname root = name_of("."), ns = name_of("ns.lab");
	char path[PATH_MAX + 16];
	struct conf *c;

	(void)state;
	write_file("lab.hints", hints, strlen(hints));
	c = load_good("resolver: { root-hints: lab.hints, loopback-upstream: true }\n");
	snprintf(path, sizeof(path), "%s/lab.hints", folder);
	assert_string_equal(c->root_hints_file, path);
	assert_int_equal(rrset_find(c->root_hints, root.bytes, TYPE_NS)->count, 1);
	assert_rdata(rrset_find(c->root_hints, ns.bytes, TYPE_A), 0, "\x7f\0\0\x07", 4);
	conf_unref(c);
}

static void
list_files_and_names_in_the_file_make_one_list(void **state)
{
	static const char list[] =
	    "# comment\n\n  Bad.Example # why\n0.0.0.0 ads.example ads2.example\n"
	    "::1 localhost\nfe80::1%lo0 localhost2\r\nno.newline";
	struct namelist_hit hit;
	struct dname name;
	char path[PATH_MAX + 16];
	struct conf *c;

	(void)state;
	write_file("block.txt", list, strlen(list));
	c = load_good(
	    "policy:\n  allow: [good.bad.example]\n  block:\n    - evil.example\n"
	    "    - worse.example\n  block-files: [block.txt]\n");
	assert_int_equal(namelist_count(c->block), 8);
	name = name_of("x.bad.example");
	assert_true(namelist_find(c->block, name.bytes, &hit));
	snprintf(path, sizeof(path), "%s/block.txt", folder);
	assert_string_equal(hit.file, path);
	assert_int_equal(hit.line, 3);
	name = name_of("worse.example");
	assert_true(namelist_find(c->block, name.bytes, &hit));
	assert_string_equal(hit.file, "");
	assert_int_equal(hit.line, 5);
	name = name_of("no.newline");
	assert_true(namelist_find(c->block, name.bytes, &hit));
	assert_int_equal(hit.line, 7);
	name = name_of("good.bad.example");
	assert_true(namelist_find(c->allow, name.bytes, &hit));
	conf_unref(c);
}

static void
lists_written_on_windows_are_lists(void **state)
{
	static const char marked[] = "\xef\xbb\xbf"
				     "bad.example\r\nworse.example\r\n",
			  bare[] = "\xef\xbb\xbf";
	struct namelist_hit hit;
	struct dname name = name_of("x.bad.example");
	struct conf *c;

	(void)state;
	write_file("marked.txt", marked, strlen(marked));
	write_file("bare.txt", bare, strlen(bare));
	write_file("empty.txt", "", 0);
	c = load_good("policy: {block-files: [marked.txt, bare.txt, empty.txt]}\n");
	assert_int_equal(namelist_count(c->block), 2);
	assert_true(namelist_find(c->block, name.bytes, &hit));
	conf_unref(c);
}

static void
known_services_carry_their_factor(void **state)
{
	static const char list[] = "zen.dnsbl.example 20 # asked by mail servers\n";
	struct namelist_hit hit;
	struct dname name = name_of("4.3.2.1.zen.dnsbl.example");
	struct conf *c;

	(void)state;
	write_file("known.list", list, strlen(list));
	c = load_good("detection: { known-services: known.list }\n");
	assert_int_equal(namelist_count(c->large_budget), 1);
	assert_true(namelist_find(c->large_budget, name.bytes, &hit));
	assert_int_equal(hit.value, 20);
	conf_unref(c);
	c = load_good("detection: { known-services: none }\n");
	assert_int_equal(namelist_count(c->large_budget), 0);
	conf_unref(c);
}

static void
half_a_million_names_are_read_without_complaint(void **state)
{
	enum { COUNT = 500000 };
	FILE *f = fopen("long.list", "w");
	struct dname name = name_of("a.host499999.example");
	struct conf *c;

	(void)state;
	assert_non_null(f);
	for (int i = 0; i < COUNT; i++)
		fprintf(f, "host%d.example\n", i);
	assert_int_equal(fclose(f), 0);
	c = load_good("policy: { block-files: [long.list] }\n");
	assert_int_equal(namelist_count(c->block), COUNT);
	assert_true(namelist_find(c->block, name.bytes, NULL));
	conf_unref(c);
}

static void
overrides_win_over_the_file_and_later_ones_over_earlier(void **state)
{
	static const char *const overrides[] = { "detection.mode=shadow",
		"detection.mode=off", "server.listen=[\"127.0.0.1@53\"]",
		"cache={size: 2M}", "server.journal=\"\"", "policy.types.refuse=[]",
		"groups=[{name: g, clients: [192.0.2.0/24]}]" };
	struct conf *c = NULL;

	(void)state;
	write_file("sekisho.yaml", "cache: {ttl-max: 1h}", 20);
	assert_int_equal(conf_load("sekisho.yaml", overrides,
			     sizeof(overrides) / sizeof(overrides[0]), &errors, &c),
	    ERR_OK);
	assert_int_equal(c->detection_mode, DETECTION_OFF);
	assert_int_equal(c->listen_count, 1);
	assert_int_equal(c->listen[0].port, 53);
	assert_int_equal(c->cache_bytes, 2 << 20);
	assert_int_equal(c->ttl_max_sec, 3600);
	assert_string_equal(c->journal_file, "");
	assert_int_equal(c->groups[0].type_rule_count, 0);
	assert_string_equal(group_name(c, "192.0.2.1"), "g");
	assert_string_equal(group_name(c, "127.0.0.1"), "nobody");
	conf_unref(c);
}

static void
relative_paths_start_at_the_folder_of_the_file(void **state)
{
	struct conf *c;
	char path[PATH_MAX + 16], file[PATH_MAX + 32];

	(void)state;
	write_file("sekisho.yaml", "server: {journal: log/j, state-dir: /abs}", 41);
	assert_int_equal(chdir("/"), 0);
	snprintf(file, sizeof(file), "%s/sekisho.yaml", folder);
	snprintf(path, sizeof(path), "%s/log/j", folder);
	assert_int_equal(conf_load(file, NULL, 0, &errors, &c), ERR_OK);
	assert_int_equal(chdir(folder), 0);
	assert_string_equal(c->journal_file, path);
	assert_string_equal(c->state_dir, "/abs");
	assert_string_equal(c->file, file);
	conf_unref(c);
}

/* The texts are odd on purpose: quotes, escapes, what YAML takes for something else. */
static const char odd[] =
    "server:\n"
    "  listen: [\"127.0.0.1@53\", \"::1@53\", 192.0.2.1, \"fe80::1%2@53\"]\n"
    "  workers: 2\n  user: \"null\"\n  journal: \"\"\n  log-level: debug\n"
    "  control-socket: 'with space/ctl \"x\"'\n"
    "cache: { size: 1048577, ttl-max: 61m, prefetch: no }\n"
    "groups:\n"
    "  - { name: \"off\", clients: [\"::/0\"], detection: \"off\", rate: 5,"
    " types: { allow: [NULL, TYPE1000-TYPE1010, A, AAAA, TXT, MX, SRV] } }\n"
    "  - { name: \"a: b # c\", clients: [0.0.0.0/0] }\n"
    "zones:\n"
    "  - { name: ., kind: forward, servers: [\"2001:db8::1@53\"], only: true }\n"
    "  - { name: 'a\\.b.example', kind: stub, servers: [127.0.0.1] }\n"
    "local:\n  data: ['a.example. IN TXT \"; \\\"q\\\"\" \"\\\\\"']\n"
    "policy:\n  allow: [\"10.in-addr.arpa\", '1/2.example', yes.example, \"null\"]\n"
    "  block: [a.b, c.b, d.b, e.b, f.b, g.b, h.b, '\\033\\034\\000.b']\n"
    "sinkhole:\n  answer: address\n  address-v6: \"2001:db8::80\"\n"
    "  text: \"検問 \\\"x\\\" \\\\ \\x85 \\u2028 \\ud7ff \\U0001F6A7\"\n";

static void
a_dump_reads_back_to_the_same_dump(void **state)
{
	struct conf *c = load_good(odd);
	char *first = dump_of(c), *second;

	(void)state;
	conf_unref(c);
	c = load_good(first);
	second = dump_of(c);
	assert_string_equal(first, second);
	assert_non_null(strstr(first, "  workers: 2\n  user: \"null\"\n"));
	assert_non_null(strstr(first, "  size: 1048577\n"));
	assert_non_null(strstr(first, "  ttl-max: 61m\n"));
	assert_non_null(strstr(first, "\"検問 \\\"x\\\" \\\\ \\U00000085 \\U00002028"));
	assert_string_equal(c->groups[2].name, "a: b # c");
	assert_string_equal(c->user, "null");
	conf_unref(c);
	free(first);
	free(second);
}

static void
add_key(void *ctx, const char *key)
{
	strcat(ctx, key);
	strcat(ctx, " ");
}

static void
what_a_reload_cannot_change_is_told_by_name(void **state)
{
	struct conf *old = load_good("server: {listen: [127.0.0.1]}"),
		    *fresh = load_good("server: {listen: [127.0.0.1, 127.0.0.2], "
				       "raise-open-files: false, log-level: debug}\n"
				       "cache: {denial-size: 3M, ttl-max: 61m}\n");
	char keys[512] = "";

	(void)state;
	conf_restart_changes(old, old, add_key, keys);
	assert_string_equal(keys, "");
	conf_restart_changes(old, fresh, add_key, keys);
	assert_string_equal(
	    keys, "server.listen server.raise-open-files cache.denial-size ");
	conf_unref(old);
	conf_unref(fresh);
}

static void
a_reference_keeps_a_configuration_alive(void **state)
{
	struct conf *c = load_good("");

	(void)state;
	assert_ptr_equal(conf_ref(c), c);
	conf_unref(c);
	assert_int_equal(c->queries_max, 96);
	conf_unref(c);
	conf_unref(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_defaults_hold_the_budgets_of_the_architecture),
		cmocka_unit_test(the_defaults_hold_the_figures_of_detection),
		cmocka_unit_test(
		    an_empty_file_and_sections_without_lines_are_the_defaults),
		cmocka_unit_test(without_groups_only_near_networks_are_clients),
		cmocka_unit_test(
		    with_groups_only_they_count_and_the_longest_prefix_decides),
		cmocka_unit_test(group_default_is_the_first_wherever_it_is_written),
		cmocka_unit_test(
		    types_no_one_needs_are_refused_and_a_group_can_say_otherwise),
		cmocka_unit_test(units_of_time_and_size_are_understood),
		cmocka_unit_test(addresses_take_port_53_when_none_is_said),
		cmocka_unit_test(the_deepest_zone_at_or_above_a_name_is_its_zone),
		cmocka_unit_test(local_records_become_sets_in_wire_form),
		cmocka_unit_test(
		    the_built_in_hints_name_thirteen_servers_with_both_families),
		cmocka_unit_test(hints_of_a_file_replace_the_built_in_ones),
		cmocka_unit_test(list_files_and_names_in_the_file_make_one_list),
		cmocka_unit_test(lists_written_on_windows_are_lists),
		cmocka_unit_test(known_services_carry_their_factor),
		cmocka_unit_test(half_a_million_names_are_read_without_complaint),
		cmocka_unit_test(overrides_win_over_the_file_and_later_ones_over_earlier),
		cmocka_unit_test(relative_paths_start_at_the_folder_of_the_file),
		cmocka_unit_test(a_dump_reads_back_to_the_same_dump),
		cmocka_unit_test(what_a_reload_cannot_change_is_told_by_name),
		cmocka_unit_test(a_reference_keeps_a_configuration_alive),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
