#include "tests/unit/conf_fixture.h"

#include "base/dns.h"
#include "conf/conf.h"
#include "resolver/ops/advice.h"

#define KEY                                                                              \
	"257 3 13 "                                                                      \
	"mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iU"   \
	"zy1L53eKGQ=="
#define DIGEST	  "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"
#define WITH_FILE "resolver: {trust-anchors: [], trust-anchor-files: [keys]}\n"

static void
file(const char *text)
{
	write_file("keys", text, strlen(text));
}

static size_t
count_of(const struct rrset *list)
{
	size_t count = 0;

	for (; list != NULL; list = list->next)
		count += list->count;
	return count;
}

static void
the_built_in_anchor_rolls_and_others_do_as_they_say(void **state)
{
	struct conf *c =
	    load_good("resolver: {trust-anchors: [built-in, \"a.example. DS "
		      "1 8 2 " DIGEST "\", \"static b.example. DS 1 8 2 " DIGEST
		      "\", \"rolling c.example. DNSKEY " KEY "\"]}\n");

	(void)state;
	assert_int_equal(count_of(c->trust_anchors), 2);
	assert_int_equal(count_of(c->rolling_anchors), 3);
	assert_true(c->trust_anchor_rollover && c->key_sentinel && c->key_tag_signal);
	conf_unref(c);
	c = load_good("resolver: {trust-anchors: []}\n");
	assert_null(c->trust_anchors);
	assert_null(c->rolling_anchors);
	conf_unref(c);
}

static void
records_of_a_file_may_have_comments_and_lines_in_parentheses(void **state)
{
	struct conf *c;

	(void)state;
	file("; ours\n\na.example. IN DS 1 8 2 " DIGEST " ; why\n"
	     "b.example. 3600 IN DNSKEY 257 3 13 (\n\t"
	     "mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLU ; x\n"
	     "\tT0rAK9iUzy1L53eKGQ== )\n");
	c = load_good(WITH_FILE);
	assert_int_equal(count_of(c->trust_anchors), 2);
	assert_null(c->rolling_anchors);
	conf_unref(c);
}

static void
of_unbounds_own_file_only_trusted_keys_count_and_roll(void **state)
{
	struct conf *c;

	(void)state;
	file("; autotrust trust anchor file\n;;id: a.example. 1\n"
	     "a.example. 3600 IN DNSKEY " KEY " ;{id = 1 (ksk)} ;;state=2 [  VALID  ]\n"
	     "b.example. 3600 IN DNSKEY " KEY " ;{id = 1 (ksk)} ;;state=1 [ ADDPEND ]\n"
	     "c.example. 3600 IN DNSKEY " KEY " ;{id = 1 (ksk)} ;;state=4 [ REVOKED ]\n");
	c = load_good(WITH_FILE);
	assert_null(c->trust_anchors);
	assert_int_equal(count_of(c->rolling_anchors), 1);
	assert_true(dname_equal(c->rolling_anchors->owner, name_of("a.example").bytes));
	conf_unref(c);
}

static void
blocks_of_bind_are_read_with_their_comments(void **state)
{
	struct conf *c;

	(void)state;
	file("// keys\ntrust-anchors {\n\t\"a.example\" initial-key 257 3 13 "
	     "\"mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLU\n"
	     "\t\tT0rAK9iUzy1L53eKGQ==\";\n\t# more\n\tb.example. static-ds 1 8 2 "
	     "\"" DIGEST "\"; /* last\n*/\n};\ntrusted-keys { c.example 257 3 13 "
	     "\"mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rA"
	     "K9iUzy1L53eKGQ==\"; };\n");
	c = load_good(WITH_FILE);
	assert_int_equal(count_of(c->trust_anchors), 2);
	assert_int_equal(count_of(c->rolling_anchors), 1);
	conf_unref(c);
}

static void
mistakes_of_a_file_are_told_with_line_and_column(void **state)
{
	(void)state;
	file("\n  a.example. IN A 192.0.2.1\n");
	load_bad(WITH_FILE, strlen(WITH_FILE));
	assert_int_equal(errors.count, 1);
	assert_non_null(strstr(errors.errors[0].text, "keys:2:3: "));
	assert_non_null(strstr(errors.errors[0].text, "it is neither"));
	file("trust-anchors {\n  a.example wild-key 257 3 13 \"AA==\";\n};\n");
	load_bad(WITH_FILE, strlen(WITH_FILE));
	assert_non_null(strstr(errors.errors[0].text, "keys:2:13: "));
	assert_non_null(strstr(errors.errors[0].text, "initial-key"));
	file("trust-anchors {\n  a.example static-key 257 3 13 \"AA==\"\n");
	load_bad(WITH_FILE, strlen(WITH_FILE));
	assert_non_null(strstr(errors.errors[errors.count - 1].text, "keys:3:1: "));
}

static void
a_negative_anchor_is_a_name_or_a_map(void **state)
{
	struct conf *c = load_good(
	    "resolver: {negative-trust-anchors: [a.example, {name: b.example, for: 2h, "
	    "reason: why}, {name: c.example, until: \"2027-01-01T08:00:00Z\"}]}\n"
	    "zones: [{name: corp, kind: stub, servers: [10.0.0.1], private: true}]\n");

	(void)state;
	assert_int_equal(c->negative_anchor_count, 4);
	assert_int_equal(c->negative_anchors[0].until_sec, 0);
	assert_string_equal(c->negative_anchors[0].reason, "");
	assert_int_equal(c->negative_anchors[1].for_sec, 7200);
	assert_string_equal(c->negative_anchors[1].reason, "why");
	assert_int_equal(c->negative_anchors[2].until_sec, 1798790400);
	assert_true(c->negative_anchors[3].private_zone);
	conf_unref(c);
}

static void
mistakes_of_negative_anchors_are_told(void **state)
{
	(void)state;
	refuses("resolver:\n  negative-trust-anchors:\n  - {name: a, for: 1h, until: "
		"2030-01-01}\n",
	    "sekisho.yaml:3:5: resolver.negative-trust-anchors: until and for exclude "
	    "each other");
	refuses("resolver:\n  negative-trust-anchors:\n  - a\n  - A\n",
	    "sekisho.yaml:4:5: resolver.negative-trust-anchors: this name is here twice; "
	    "first in line 3");
	refuses(
	    "resolver:\n  negative-trust-anchors:\n  - {name: a, until: 2030-02-30}\n",
	    "sekisho.yaml:3:22: resolver.negative-trust-anchors.until: expected never or "
	    "a time such as 2026-12-31 or 2026-12-31T08:00:00Z, not '2030-02-30'");
}

static void
what_is_dumped_reads_back_to_the_same(void **state)
{
	struct conf *c = load_good("resolver: {negative-trust-anchors: [a, {name: b, "
				   "until: 2030-01-01, reason: \"x: y\"}]}\n"),
		    *again;
	char *text = dump_of(c), *second;

	(void)state;
	again = load_good(text);
	second = dump_of(again);
	assert_string_equal(text, second);
	free(text);
	free(second);
	conf_unref(again);
	conf_unref(c);
}

struct advice {
	unsigned count;
	char last[2048];
};

static void
hear(void *ctx, const char *text)
{
	struct advice *a = ctx;

	a->count++;
	snprintf(a->last, sizeof(a->last), "%s", text);
}

static struct advice
advice_for(const char *text)
{
	struct conf *c = load_good(text);
	struct advice a = { 0 };

	advice_of(c, hear, &a);
	conf_unref(c);
	return a;
}

static void
a_zone_that_the_root_denies_is_warned_of(void **state)
{
	struct advice a =
	    advice_for("zones: [{name: corp, kind: stub, servers: [10.0.0.1]}]\n");

	(void)state;
	assert_int_equal(a.count, 1);
	assert_non_null(strstr(a.last, "'corp'"));
	assert_non_null(strstr(a.last, "private: true"));
	a = advice_for("zones: [{name: a.lan, kind: forward, servers: [10.0.0.1]}]\n");
	assert_int_equal(a.count, 1);
}

static void
a_zone_is_not_warned_of_when_it_is_private_public_or_has_an_anchor(void **state)
{
	static const char *const texts[] = {
		"zones: [{name: corp, kind: stub, servers: [10.0.0.1], private: true}]\n",
		"zones: [{name: a.com, kind: stub, servers: [10.0.0.1]}]\n",
		"zones: [{name: ., kind: forward, servers: [10.0.0.1]}]\n",
		"zones: [{name: corp, kind: stub, servers: [10.0.0.1]}]\n"
		"resolver: {validation: false}\n",
		"zones: [{name: corp, kind: stub, servers: [10.0.0.1]}]\n"
		"resolver: {trust-anchors: []}\n",
		"zones: [{name: corp, kind: stub, servers: [10.0.0.1]}]\n"
		"resolver: {trust-anchors: [built-in, \"corp. DS 1 8 2 " DIGEST "\"]}\n",
		"zones: [{name: a.corp, kind: stub, servers: [10.0.0.1]}]\n"
		"resolver: {negative-trust-anchors: [{name: corp, until: 2030-01-01}]}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(advice_for(texts[i]).count, 0);
}

static void
a_negative_anchor_without_end_is_warned_of(void **state)
{
	struct advice a = advice_for("resolver: {negative-trust-anchors: [a.example]}\n");

	(void)state;
	assert_int_equal(a.count, 1);
	assert_non_null(strstr(a.last, "for good"));
}

static void
stale_answers_that_would_be_late_are_warned_of(void **state)
{
	struct advice a =
	    advice_for("resolver: {stale-answer-after: 2s}\nlimits: {reply-late: 2s}\n");

	(void)state;
	assert_int_equal(a.count, 1);
	assert_non_null(strstr(a.last, "too late"));
	a = advice_for("resolver: {validation: false}\nlimits: {reply-late: 1s}\n");
	assert_int_equal(a.count, 1);
	a = advice_for("limits: {reply-late: 0}\n");
	assert_int_equal(a.count, 0);
	a = advice_for("resolver: {serve-stale: false}\nlimits: {reply-late: 1s}\n");
	assert_int_equal(a.count, 0);
}

static void
groups_without_clients_are_warned_of(void **state)
{
	(void)state;
	assert_int_equal(advice_for("groups: [{name: staff}]\n").count, 1);
	assert_int_equal(
	    advice_for("groups: [{name: a}, {name: b, clients: [10.0.0.0/8]}]\n").count,
	    0);
}

static void
a_user_whom_this_machine_lacks_is_warned_of_where_it_is_written(void **state)
{
	struct conf *c = load_good("server:\n  user: no-such-user\n");
	struct advice a = { 0 };

	(void)state;
	advice_of_user(c, hear, &a);
	conf_unref(c);
	assert_int_equal(a.count, 1);
	assert_non_null(strstr(a.last, ":2:9: server.user: no user 'no-such-user'"));
	/* nor may it be root by name: that drops nothing */
	c = load_good("server: {user: root}\n");
	advice_of_user(c, hear, &a);
	conf_unref(c);
	assert_int_equal(a.count, 2);
	assert_non_null(strstr(a.last, ":1:16: server.user: user 'root' is root"));
	/* nobody named, and somebody who is there */
	c = load_good("");
	advice_of_user(c, hear, &a);
	conf_unref(c);
	c = load_good("server: {user: nobody}\n");
	advice_of_user(c, hear, &a);
	conf_unref(c);
	assert_int_equal(a.count, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_built_in_anchor_rolls_and_others_do_as_they_say),
		cmocka_unit_test(
		    records_of_a_file_may_have_comments_and_lines_in_parentheses),
		cmocka_unit_test(of_unbounds_own_file_only_trusted_keys_count_and_roll),
		cmocka_unit_test(blocks_of_bind_are_read_with_their_comments),
		cmocka_unit_test(mistakes_of_a_file_are_told_with_line_and_column),
		cmocka_unit_test(a_negative_anchor_is_a_name_or_a_map),
		cmocka_unit_test(mistakes_of_negative_anchors_are_told),
		cmocka_unit_test(what_is_dumped_reads_back_to_the_same),
		cmocka_unit_test(a_zone_that_the_root_denies_is_warned_of),
		cmocka_unit_test(
		    a_zone_is_not_warned_of_when_it_is_private_public_or_has_an_anchor),
		cmocka_unit_test(a_negative_anchor_without_end_is_warned_of),
		cmocka_unit_test(stale_answers_that_would_be_late_are_warned_of),
		cmocka_unit_test(groups_without_clients_are_warned_of),
		cmocka_unit_test(
		    a_user_whom_this_machine_lacks_is_warned_of_where_it_is_written),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
