#include "tests/unit/conf_fixture.h"

/* Each kind of mistake with its text, its line and its column. */

/* clang-format off: complaints are broken where they read well. */

struct mistake {
	const char *text, *complaint;
};

static void
refuses_each(const struct mistake *mistakes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		refuses(mistakes[i].text, mistakes[i].complaint);
}

#define REFUSES_EACH(mistakes)                                                           \
	refuses_each(mistakes, sizeof(mistakes) / sizeof((mistakes)[0]))

static void
an_unknown_key_is_told_with_the_nearest_one(void **state)
{
	static const struct mistake mistakes[] = {
		{ "server:\n  lisen: [127.0.0.1]\n",
		    "sekisho.yaml:2:3: unknown key 'lisen' in server; did you mean "
		    "'listen'?" },
		{ "detecton: {}\n",
		    "sekisho.yaml:1:1: unknown key 'detecton' in the configuration; did "
		    "you mean 'detection'?" },
		{ "cache: { size: 1M, colour: 1 }\n",
		    "sekisho.yaml:1:20: unknown key 'colour' in cache" },
		{ "server: { rate: 1 }\n",
		    "sekisho.yaml:1:11: unknown key 'rate' in server; it belongs into "
		    "limits" },
		{ "groups: [{ name: a, client: [10.0.0.0/8] }]\n",
		    "sekisho.yaml:1:21: unknown key 'client' in groups; did you mean "
		    "'clients'?" },
		{ "policy: { types: { refsue: [A] } }\n",
		    "sekisho.yaml:1:20: unknown key 'refsue' in policy.types; did you "
		    "mean 'refuse'?" },
	};

	(void)state;
	REFUSES_EACH(mistakes);
}

static void
a_value_of_the_wrong_kind_is_told_with_what_was_expected(void **state)
{
	static const struct mistake mistakes[] = {
		{ "server: 5\n",
		    "sekisho.yaml:1:9: server: expected a map of keys, not '5'" },
		{ "- a\n",
		    "sekisho.yaml:1:1: the configuration: expected a map of keys, not a "
		    "list" },
		{ "server: { listen: 127.0.0.1 }\n",
		    "sekisho.yaml:1:19: server.listen: expected a list such as [A, B], "
		    "not "
		    "'127.0.0.1'" },
		{ "server:\n  listen:\n", "sekisho.yaml:2:10: server.listen: expected a "
					  "list such as [A, B], not nothing" },
		{ "server: { minimal-any: maybe }\n",
		    "sekisho.yaml:1:24: server.minimal-any: expected true or false, not "
		    "'maybe'" },
		{ "server: { minimal-any: \"true\" }\n",
		    "sekisho.yaml:1:24: server.minimal-any: expected true or false, not "
		    "'true'" },
		{ "server: { workers: [1] }\n",
		    "sekisho.yaml:1:20: server.workers: expected auto or a number from "
		    "1 to 256, not a list" },
		/* more would be watched by no more than that */
		{ "detection: { zone-entries: 1048577 }\n",
		    "sekisho.yaml:1:28: detection.zone-entries: expected a number from "
		    "1024 to 1048576, not '1048577'" },
		{ "cache: { size: 12X }\n",
		    "sekisho.yaml:1:16: cache.size: expected a size from 1M to 1024G, "
		    "in bytes or with K, M or G, not '12X'" },
		{ "cache: { ttl-max: 5 }\n",
		    "sekisho.yaml:1:19: cache.ttl-max: expected a duration from 1s to "
		    "7d, with s, m, h or d, not '5'" },
		{ "cache: { ttl-max: 1500ms }\n",
		    "sekisho.yaml:1:19: cache.ttl-max: '1500ms': expected whole "
		    "seconds" },
		{ "detection: { mode: on }\n",
		    "sekisho.yaml:1:20: detection.mode: expected one of off, shadow, "
		    "enforce, not 'on'" },
		{ "server: { log-level: loud }\n",
		    "sekisho.yaml:1:22: server.log-level: expected one of error, "
		    "warning, notice, info, debug, not 'loud'" },
		{ "server: { state-dir: ~ }\n",
		    "sekisho.yaml:1:22: server.state-dir: expected the path of a file, "
		    "not nothing" },
		{ "server: { user: \"a\\nb\" }\n",
		    "sekisho.yaml:1:17: server.user: 'a\\010b': control characters are "
		    "not allowed" },
		{ "server: { user: \"a\\0b\" }\n",
		    "sekisho.yaml:1:17: server.user: 'a\\000b': a NUL byte is not "
		    "allowed" },
		{ "server: { listen: [\"127.0.0.1@99999\"] }\n",
		    "sekisho.yaml:1:20: server.listen: expected an address such as "
		    "192.0.2.1, \"192.0.2.1@53\" or \"2001:db8::1@53\", not "
		    "'127.0.0.1@99999'" },
		{ "sinkhole: { address-v4: \"::1\" }\n",
		    "sekisho.yaml:1:25: sinkhole.address-v4: expected none or an IPv4 "
		    "address without a port, not '::1'" },
		{ "policy: { types: { refuse: [TYPE5-TYPE1] } }\n",
		    "sekisho.yaml:1:29: policy.types.refuse: expected a record type "
		    "such as TXT, or a range such as TYPE65280-TYPE65534, not "
		    "'TYPE5-TYPE1'" },
	};

	(void)state;
	REFUSES_EACH(mistakes);
}

static void
a_value_out_of_range_is_told_with_the_range(void **state)
{
	static const struct mistake mistakes[] = {
		{ "server: { workers: 0 }\n",
		    "sekisho.yaml:1:20: server.workers: expected auto or a number from "
		    "1 to 256, not '0'" },
		{ "limits: { queries: 18446744073709551616 }\n",
		    "sekisho.yaml:1:20: limits.queries: expected a number from 10 to "
		    "10000, not '18446744073709551616'" },
		{ "limits: { rate: -1 }\n",
		    "sekisho.yaml:1:17: limits.rate: expected a number from 0 to "
		    "10000000, not '-1'" },
		{ "limits: { question-timeout: 3m }\n",
		    "sekisho.yaml:1:29: limits.question-timeout: expected a duration "
		    "from 500ms to 2m, with ms, s, m, h or d, not '3m'" },
		{ "cache: { size: 99999999999999999999G }\n",
		    "sekisho.yaml:1:16: cache.size: expected a size from 1M to 1024G, "
		    "in bytes or with K, M or G, not '99999999999999999999G'" },
		{ "server: { listen: [] }\n",
		    "sekisho.yaml:1:19: server.listen: expected 1 to 256 entries, not "
		    "0" },
	};

	(void)state;
	REFUSES_EACH(mistakes);
}

static void
names_and_prefixes_say_what_is_wrong_with_them(void **state)
{
	static const struct mistake mistakes[] = {
		{ "policy: { block: [\"*.example.com\"] }\n",
		    "sekisho.yaml:1:19: policy.block: '*.example.com': a name covers "
		    "all beneath it; leave out the *" },
		{ "policy: { block: [b\303\274cher.example] }\n",
		    "sekisho.yaml:1:19: policy.block: 'b\\195\\188cher.example': write "
		    "it in its ASCII form (xn--...)" },
		{ "policy: { allow: [a..b] }\n",
		    "sekisho.yaml:1:19: policy.allow: expected a domain name, not "
		    "'a..b'" },
		{ "policy: { allow: [\"a b\"] }\n",
		    "sekisho.yaml:1:19: policy.allow: expected a domain name, not 'a "
		    "b'" },
		{ "policy: { allow: "
		  "[a123456789012345678901234567890123456789012345678901234567890123.b] "
		  "}\n",
		    "sekisho.yaml:1:19: policy.allow: "
		    "'a123456789012345678901234567890123456789012345678901234567890123..."
		    "': a label has at most 63 bytes and a name 255" },
		{ "groups: [{ name: a, clients: [10.0.0.1/8] }]\n",
		    "sekisho.yaml:1:31: groups.clients: '10.0.0.1/8': the prefix is too "
		    "long, or bits behind it are not 0" },
		{ "groups: [{ name: a, clients: [ten] }]\n",
		    "sekisho.yaml:1:31: groups.clients: expected a prefix such as "
		    "192.0.2.0/24 or \"2001:db8::/32\", not 'ten'" },
	};

	(void)state;
	REFUSES_EACH(mistakes);
}

static void
what_is_here_twice_or_missing_is_told(void **state)
{
	static const struct mistake mistakes[] = {
		{ "cache:\n  size: 1M\n  size: 2M\n",
		    "sekisho.yaml:3:3: 'size' is here twice; first in line 2" },
		{ "cache: {}\nserver: {}\ncache: {}\n",
		    "sekisho.yaml:3:1: 'cache' is here twice; first in line 1" },
		{ "groups:\n  -\n",
		    "sekisho.yaml:2:4: groups: expected a map of keys, not nothing" },
		{ "groups:\n  - clients: [10.0.0.0/8]\n",
		    "sekisho.yaml:2:5: groups: 'name' is missing here" },
		{ "zones:\n  - { name: a, kind: stub }\n",
		    "sekisho.yaml:2:5: zones: 'servers' is missing here" },
		{ "server:\n  listen: [\"::1@53\", \"::1\"]\n",
		    "sekisho.yaml:2:22: server.listen: ::1@53 is here twice" },
		{ "groups:\n  - name: a\n  - name: a\n",
		    "sekisho.yaml:3:5: groups: 'a' is here twice" },
		{ "groups:\n  - { name: a, clients: [10.0.0.0/8] }\n  - { name: b, "
		  "clients: [192.0.2.0/24, 10.0.0.0/8] }\n",
		    "sekisho.yaml:3:40: groups.clients: 10.0.0.0/8 is here twice or in "
		    "another group" },
		{ "zones:\n  - { name: a, kind: stub, servers: [10.0.0.1] }\n  - { "
		  "name: A., kind: forward, servers: [10.0.0.1] }\n",
		    "sekisho.yaml:3:5: zones: a second zone of this name; first in line "
		    "2" },
	};

	(void)state;
	REFUSES_EACH(mistakes);
}

static void
options_that_contradict_each_other_are_told(void **state)
{
	static const struct mistake mistakes[] = {
		{ "cache: { ttl-min: 1h, ttl-max: 1m }\n",
		    "sekisho.yaml:1:19: cache.ttl-min is greater than cache.ttl-max" },
		{ "limits: { queries: 20 }\n",
		    "sekisho.yaml:1:20: limits.queries-per-name is greater than "
		    "limits.queries" },
		{ "detection: { stop-bytes: 100 }\n",
		    "sekisho.yaml:1:26: detection.suspect-bytes is greater than "
		    "detection.stop-bytes" },
		{ "resolver: { ipv4: false, ipv6: false }\n",
		    "sekisho.yaml:1:32: resolver.ipv4 and resolver.ipv6 cannot both be "
		    "false" },
		{ "sinkhole: { answer: address }\n",
		    "sekisho.yaml:1:21: sinkhole.answer: address needs "
		    "sinkhole.address-v4 or sinkhole.address-v6" },
		{ "sinkhole: { answer: address, address-v4: none }\n",
		    "sekisho.yaml:1:21: sinkhole.answer: address needs "
		    "sinkhole.address-v4 or sinkhole.address-v6" },
		{ "zones: [{ name: a, kind: stub, only: true, servers: [10.0.0.1] }]\n",
		    "sekisho.yaml:1:9: zones: 'only' is for forward zones" },
		{ "zones: [{ name: a, kind: stub, servers: [10.0.0.1, 224.0.0.1] }]\n",
		    "sekisho.yaml:1:52: zones.servers: 224.0.0.1@53 cannot be asked" },
		{ "server: { listen: [\"fe80::1@53\"] }\n",
		    "sekisho.yaml:1:20: server.listen: 'fe80::1@53': a link-local "
		    "address needs its interface, as in fe80::1%eth0" },
		{ "server: { listen: [\"fe80::1%nosuch@53\"] }\n",
		    "sekisho.yaml:1:20: server.listen: 'fe80::1%nosuch@53': no interface "
		    "of "
		    "this name has an IPv6 address" },
	};

	(void)state;
	/* The zone stands at its own place, one in. */
	REFUSES_EACH(mistakes);
}

static void
yaml_beyond_one_plain_document_is_told(void **state)
{
	static const char adorned[] =
	    "anchors (&), aliases (*) and tags (!) are not used here; write the value "
	    "itself, or quote it";
	static const char *const texts[] = { "a: &x 1\n", "a: *x\n", "a: !!str 1\n",
		"a: !x []\n", "a: &x {}\n" };
	char complaint[256];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(complaint, sizeof(complaint), "sekisho.yaml:1:4: %s", adorned);
		refuses(texts[i], complaint);
	}
	refuses("cache: {}\n---\ncache: {}\n",
	    "sekisho.yaml:2:1: a second document; the configuration is one document");
	refuses("server: {a: [[[[[[[[[1]]]]]]]]]}\n",
	    "sekisho.yaml:1:21: lists and maps are nested too deeply");
	refuses("? [a]\n: 1\n", "sekisho.yaml:1:3: expected a key");
	refuses("*x : 1\n", "sekisho.yaml:1:1: expected a key");
	refuses("server: {\n", "sekisho.yaml:2:1: this is not YAML: did not find "
			       "expected node content, while parsing a flow node");
	refuses("cache:\n  size: 1M\n ttl-max: 1d\n",
	    "sekisho.yaml:3:2: this is not YAML: did not find expected key, while "
	    "parsing a block mapping");
}

static void
bytes_that_are_no_utf8_are_told(void **state)
{
	(void)state;
	load_bad("a: \xff\xfe\n", 6);
	assert_int_equal(errors.count, 1);
	assert_string_equal(errors.errors[0].text,
	    "sekisho.yaml:1:1: this is not YAML: invalid leading UTF-8 octet");
	load_bad("a: \0\n", 5);
	assert_int_equal(errors.count, 1);
	assert_non_null(
	    strstr(errors.errors[0].text, "this is not YAML: control characters"));
}

static void
records_say_what_is_wrong_with_them(void **state)
{
	static const struct mistake mistakes[] = {
		{ "local:\n  data:\n    - a.example. 300 IN A 10.2\n",
		    "sekisho.yaml:3:7: local.data: expected a record, not 'a.example. "
		    "300 IN A 10.2': Syntax error, could not parse the RR's rdata" },
		{ "local: { data: [a. CH TXT x] }\n",
		    "sekisho.yaml:1:17: local.data: expected a record, not 'a. CH TXT "
		    "x': the class must be IN" },
		{ "local: { data: ['a. TYPE255 \\# 0'] }\n",
		    "sekisho.yaml:1:17: local.data: expected a record, not 'a. TYPE255 "
		    "\\# 0': this type is no data" },
		{ "local: { data: ['a. MX \\# 2 000a'] }\n",
		    "sekisho.yaml:1:17: local.data: expected a record, not 'a. MX \\# 2 "
		    "000a': the data is too short for its type" },
		{ "local:\n  data:\n  - a. CNAME b.\n  - a. A 10.0.0.1\n",
		    "sekisho.yaml:3:5: a name with a CNAME has no other data (RFC 1034 "
		    "3.6.2)" },
		{ "local:\n  data:\n  - a. CNAME b.\n  - a. CNAME c.\n",
		    "sekisho.yaml:4:5: a name has one CNAME at most" },
		{ "local:\n  data:\n  - a. DNAME b.\n  - a. DNAME c.\n",
		    "sekisho.yaml:4:5: a name has one DNAME at most" },
		{ "local:\n  data:\n  - a. SOA b. c. 1 2 3 4 5\n"
		  "  - a. SOA b. c. 2 2 3 4 5\n",
		    "sekisho.yaml:4:5: a name has one SOA at most" },
	};

	(void)state;
	REFUSES_EACH(mistakes);
}

static void
too_many_records_of_a_set_are_told(void **state)
{
	char text[8192] = "local:\n  data:\n";

	(void)state;
	for (int i = 0; i < 101; i++)
		sprintf(text + strlen(text), "  - a. A 10.0.0.%d\n", i);
	refuses(text, "sekisho.yaml:103:5: more than 100 records of one name and type");
}

static void
bad_lines_of_a_list_are_told_and_all_of_them(void **state)
{
	static const char list[] =
	    "good.example\n  bad..name # x\n||ads.example^\nx.example "
	    "y\n127.0.0.1\n\xff\n*.a.example\n";
	static const char *const complaints[] = {
		"2:3: expected a domain name, not 'bad..name'",
		"3:1: expected a domain name, not '||ads.example^'",
		"4:11: expected the end of the line behind a name, not 'y'",
		"5:10: expected a domain name behind the address, not nothing",
		"6:1: expected a domain name, not '\\255': write it in its ASCII form "
		"(xn--...)",
		"7:1: expected a domain name, not '*.a.example': a name covers all "
		"beneath it; leave out the *",
	};
	char expected[PATH_MAX + 256];

	(void)state;
	write_file("block.txt", list, strlen(list));
	load_bad("policy: { block-files: [block.txt] }\n", 37);
	assert_int_equal(errors.count, 6);
	for (size_t i = 0; i < 6; i++) {
		snprintf(
		    expected, sizeof(expected), "%s/block.txt:%s", folder, complaints[i]);
		assert_string_equal(errors.errors[i].text, expected);
	}
}

static void
a_factor_must_follow_a_known_service(void **state)
{
	static const char list[] = "a.example 1\nb.example\nc.example 0\nd.example "
				   "1001\ne.example 5 6\n";
	char expected[PATH_MAX + 256];

	(void)state;
	write_file("known.list", list, strlen(list));
	load_bad("detection: { known-services: known.list }\n", 42);
	assert_int_equal(errors.count, 4);
	snprintf(expected, sizeof(expected),
	    "%s/known.list:2:10: expected a factor from 1 to 1000 behind the name, not "
	    "nothing",
	    folder);
	assert_string_equal(errors.errors[0].text, expected);
	assert_non_null(strstr(errors.errors[1].text, "known.list:3:11: "));
	assert_non_null(strstr(errors.errors[2].text, "known.list:4:11: "));
	assert_non_null(strstr(errors.errors[3].text, "known.list:5:13: "));
}

static void
files_that_cannot_be_read_are_told_where_they_are_named(void **state)
{
	char expected[PATH_MAX + 256];
	struct conf *c = NULL;

	(void)state;
	assert_int_equal(conf_load("none.yaml", NULL, 0, &errors, &c), ERR_IO);
	assert_null(c);
	assert_int_equal(errors.count, 1);
	assert_string_equal(errors.errors[0].text,
	    "none.yaml: it cannot be read: No such file or directory");
	write_file("sekisho.yaml", "policy:\n  block-files: [none.txt]\n", 34);
	assert_int_equal(conf_load("sekisho.yaml", NULL, 0, &errors, &c), ERR_IO);
	snprintf(expected, sizeof(expected),
	    "sekisho.yaml:2:17: policy.block-files: cannot read %s/none.txt: No such "
	    "file or directory",
	    folder);
	assert_string_equal(errors.errors[0].text, expected);
	assert_int_equal(conf_load("/dev/zero", NULL, 0, &errors, &c), ERR_IO);
	assert_string_equal(errors.errors[0].text,
	    "/dev/zero: it cannot be read: it is not a regular file");
}

static void
hints_without_the_root_or_an_address_are_told(void **state)
{
	char expected[PATH_MAX + 256];

	(void)state;
	write_file("h", "a. 60 A 127.0.0.1\n", 18);
	load_bad("resolver: { root-hints: h }\n", 28);
	snprintf(expected, sizeof(expected),
	    "%s/h: no NS record of the root (.) among the hints", folder);
	assert_string_equal(errors.errors[0].text, expected);
	write_file("h", ". 60 NS b.\na. 60 A 127.0.0.1\nfoo bar\n", 37);
	load_bad("resolver: { root-hints: h }\n", 28);
	assert_int_equal(errors.count, 2);
	snprintf(expected, sizeof(expected),
	    "%s/h: no address of a root server among the hints", folder);
	assert_string_equal(errors.errors[0].text, expected);
	snprintf(expected, sizeof(expected),
	    "%s/h:3:1: expected a record, not 'foo bar': ", folder);
	assert_memory_equal(errors.errors[1].text, expected, strlen(expected));
}

/* What stands in the file is never shown: it may be most of a secret. */
static void
secrets_that_are_none_are_told_without_their_bytes(void **state)
{
	static const char digits[] = "00112233445566778899aabbccddeeff\n";
	static const char option[] = "server: { cookie-secret-file: s }\n";
	char text[512], expected[PATH_MAX + 128];
	struct conf *conf;

	(void)state;
	snprintf(text, sizeof(text), "# a\n%.31s\n%sx%s%.30szz\n", digits, digits, digits,
	    digits);
	write_file("s", text, strlen(text));
	load_bad(option, sizeof(option) - 1);
	assert_int_equal(errors.count, 3);
	for (unsigned i = 0; i < 3; i++) {
		static const unsigned lines[] = { 2, 4, 5 };

		snprintf(expected, sizeof(expected),
		    "%s/s:%u:1: server.cookie-secret-file: expected 32 hexadecimal "
		    "digits",
		    folder, lines[i]);
		assert_string_equal(errors.errors[i].text, expected);
	}
	write_file("s", "# none\n", 7);
	load_bad(option, sizeof(option) - 1);
	assert_int_equal(errors.count, 1);
	snprintf(
	    text, sizeof(text), "%s%s%s%s%s", digits, digits, digits, digits, digits);
	write_file("s", text, strlen(text));
	load_bad(option, sizeof(option) - 1);
	snprintf(expected, sizeof(expected),
	    "%s/s:5:1: server.cookie-secret-file: more than 4 secrets", folder);
	assert_string_equal(errors.errors[0].text, expected);
	snprintf(text, sizeof(text),
	    "  %.32s \r\n\n# staged\nFFEEDDCCBBAA99887766554433221100", digits);
	write_file("s", text, strlen(text));
	conf = load_good(option);
	assert_int_equal(conf->cookie_secret_count, 2);
	assert_memory_equal(conf->cookie_secrets[0],
	    "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16);
	assert_memory_equal(conf->cookie_secrets[1],
	    "\xff\xee\xdd\xcc\xbb\xaa\x99\x88\x77\x66\x55\x44\x33\x22\x11\x00", 16);
	conf_unref(conf);
}

static void
files_beyond_the_limits_are_told(void **state)
{
	size_t len = (64u << 20) + 1;
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	memset(text, '#', len);
	load_bad(text, len);
	assert_string_equal(
	    errors.errors[0].text, "sekisho.yaml: it cannot be read: it is too large");
	memset(text, ',', 2100000);
	for (size_t i = 0; i < 2100000; i += 2)
		text[i] = 'a';
	memcpy(text, "a: [", 4);
	text[2100000] = ']';
	load_bad(text, 2100001);
	assert_int_equal(errors.count, 1);
	assert_string_equal(errors.errors[0].text,
	    "sekisho.yaml:1:1999999: more than 1000000 values; put long lists into list "
	    "files");
	free(text);
}

static void
a_hundred_mistakes_are_counted_and_64_kept(void **state)
{
	char text[8192] = "cache:\n", expected[128];

	(void)state;
	for (int i = 0; i < 100; i++)
		sprintf(text + strlen(text), "  key%d: 1\n", i);
	load_bad(text, strlen(text));
	assert_int_equal(errors.count, 100);
	for (int i = 0; i < 64; i++) {
		snprintf(expected, sizeof(expected),
		    "sekisho.yaml:%d:3: unknown key 'key%d' in cache", i + 2, i);
		assert_string_equal(errors.errors[i].text, expected);
	}
}

static void
mistakes_come_in_the_order_of_the_file_then_lists_then_overrides(void **state)
{
	static const char *const overrides[] = { "cache.size=1", "nonsense" };
	struct conf *c = NULL;
	static const char text[] =
	    "cache: { ttl-min: 1h, ttl-max: 1m }\npolicy:\n  block-files: "
	    "[bad.list]\nservr: 1\nlimits: { depth: 0 }\n";

	(void)state;
	write_file("bad.list", "a..b\n", 5);
	write_file("sekisho.yaml", text, strlen(text));
	assert_int_equal(
	    conf_load("sekisho.yaml", overrides, 2, &errors, &c), ERR_MALFORMED);
	assert_int_equal(errors.count, 6);
	assert_memory_equal(errors.errors[0].text, "sekisho.yaml:1:19: ", 19);
	assert_memory_equal(errors.errors[1].text, "sekisho.yaml:4:1: ", 18);
	assert_memory_equal(errors.errors[2].text, "sekisho.yaml:5:18: ", 19);
	assert_non_null(strstr(errors.errors[3].text, "/bad.list:1:1: "));
	assert_memory_equal(errors.errors[4].text, "-o: cache.size: expected a size", 31);
	assert_memory_equal(errors.errors[5].text, "-o: expected section.key=value", 30);
}

static void
mistakes_in_overrides_are_told(void **state)
{
	static const struct mistake mistakes[] = {
		{ "detection.mode=loud",
		    "-o: detection.mode: expected one of off, shadow, enforce, not "
		    "'loud'" },
		{ "detection.mode=",
		    "-o: 'detection.mode': no value behind the =; write \"\" for none" },
		{ "detection.mode",
		    "-o: expected section.key=value, not 'detection.mode'" },
		{ "=1", "-o: expected section.key=value, not '=1'" },
		{ "server.lisen=1",
		    "-o: unknown key 'lisen' in server; did you mean 'listen'?" },
		{ "cache.size.x=1",
		    "-o: cache.size: expected a size from 1M to 1024G, in bytes or with "
		    "K, M or G, not a map of keys" },
		{ "a.b.c.d=1", "-o: unknown key 'a' in the configuration" },
		{ "server.listen=[",
		    "-o: this is not YAML: did not find expected node content, while "
		    "parsing a flow node" },
		{ "cache.ttl-min=1h\n", NULL },
	};

	(void)state;
	for (size_t i = 0; mistakes[i].complaint != NULL; i++) {
		struct conf *c = NULL;

		assert_int_equal(
		    conf_load(NULL, &mistakes[i].text, 1, &errors, &c), ERR_MALFORMED);
		assert_null(c);
		assert_string_equal(errors.errors[0].text, mistakes[i].complaint);
		assert_int_equal(errors.count, 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unknown_key_is_told_with_the_nearest_one),
		cmocka_unit_test(
		    a_value_of_the_wrong_kind_is_told_with_what_was_expected),
		cmocka_unit_test(a_value_out_of_range_is_told_with_the_range),
		cmocka_unit_test(names_and_prefixes_say_what_is_wrong_with_them),
		cmocka_unit_test(what_is_here_twice_or_missing_is_told),
		cmocka_unit_test(options_that_contradict_each_other_are_told),
		cmocka_unit_test(yaml_beyond_one_plain_document_is_told),
		cmocka_unit_test(bytes_that_are_no_utf8_are_told),
		cmocka_unit_test(records_say_what_is_wrong_with_them),
		cmocka_unit_test(too_many_records_of_a_set_are_told),
		cmocka_unit_test(bad_lines_of_a_list_are_told_and_all_of_them),
		cmocka_unit_test(a_factor_must_follow_a_known_service),
		cmocka_unit_test(files_that_cannot_be_read_are_told_where_they_are_named),
		cmocka_unit_test(hints_without_the_root_or_an_address_are_told),
		cmocka_unit_test(secrets_that_are_none_are_told_without_their_bytes),
		cmocka_unit_test(files_beyond_the_limits_are_told),
		cmocka_unit_test(a_hundred_mistakes_are_counted_and_64_kept),
		cmocka_unit_test(
		    mistakes_come_in_the_order_of_the_file_then_lists_then_overrides),
		cmocka_unit_test(mistakes_in_overrides_are_told),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
