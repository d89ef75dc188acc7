#include "tests/unit/bytes.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/dns.h"
#include "resolver/dnssec/anchors.h"
#include "resolver/dnssec/negative.h"
#include "resolver/ops/trust.h"
#include "resolver/os/clock.h"

/* The main thread's part, without workers; the time is resolver.validation-time. */

#define NOW 1700000000

struct office {
	char dir[64];
	struct conf *conf;
	struct shared *shared;
	struct loop *loop;
	struct trust *trust;
};

/* ${more}: one option more; NULL: none. */
static struct conf *
conf_with(uint32_t now_sec, const char *negative, const char *more)
{
	char when[64], names[256];
	const char *overrides[] = { when, names, "cache.size=8M", "server.journal=\"\"",
		more };
	struct conf_errors *errors = calloc(1, sizeof(*errors));
	struct conf *c;

	snprintf(when, sizeof(when), "resolver.validation-time=%u", now_sec);
	snprintf(names, sizeof(names), "resolver.negative-trust-anchors=[%s]", negative);
	if (conf_load(NULL, overrides, COUNT(overrides) - (more == NULL), errors, &c) !=
	    ERR_OK)
		fail_msg("%s", errors->errors[0].text);
	free(errors);
	return c;
}

static struct conf *
conf_at(uint32_t now_sec, const char *negative)
{
	return conf_with(now_sec, negative, NULL);
}

static void
kick(void *ctx)
{
	(void)ctx;
}

static void
open_trust(struct office *o)
{
	struct trust_env env = {
		.loop = o->loop, .shared = o->shared, .kick = kick, .state_dir = o->dir
	};

	assert_non_null(o->trust = trust_new(&env, o->conf));
}

static void
open_office(struct office *o, const char *negative)
{
	memset(o, 0, sizeof(*o));
	strcpy(o->dir, "/tmp/sekisho-trust-XXXXXX");
	assert_non_null(mkdtemp(o->dir));
	o->conf = conf_at(NOW, negative);
	assert_non_null(o->shared = shared_new(conf_ref(o->conf), 1));
	assert_non_null(o->loop = loop_new());
	open_trust(o);
}

static void
restart(struct office *o)
{
	trust_free(o->trust);
	open_trust(o);
}

static void
change(struct office *o, uint32_t now_sec, const char *negative)
{
	struct conf *fresh = conf_at(now_sec, negative);

	trust_reload(o->trust, fresh);
	conf_unref(o->conf);
	o->conf = fresh;
}

static void
change_option(struct office *o, const char *option)
{
	struct conf *fresh = conf_with(NOW, "", option);

	trust_reload(o->trust, fresh);
	conf_unref(o->conf);
	o->conf = fresh;
}

static void
remove_file(struct office *o, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", o->dir, name);
	(void)unlink(path);
}

static void
close_office(struct office *o)
{
	static const char *const names[] = { TRUST_POINTS_FILE, TRUST_NEGATIVE_FILE,
		TRUST_POINTS_FILE ".damaged", TRUST_NEGATIVE_FILE ".damaged" };

	trust_free(o->trust);
	loop_free(o->loop);
	shared_free(o->shared);
	conf_unref(o->conf);
	for (size_t i = 0; i < COUNT(names); i++)
		remove_file(o, names[i]);
	(void)rmdir(o->dir);
}

static bool
denied(struct office *o, const char *text)
{
	static const uint8_t root[] = { 0 };
	struct dname name;
	uint32_t generation;
	struct anchors *a = shared_anchors(o->shared, &generation);
	bool is;

	assert_int_equal(dname_from_text(text, &name), ERR_OK);
	is = anchors_denied(a, name.bytes, root);
	anchors_unref(a);
	return is;
}

static enum err
add(struct office *o, const char *text, uint32_t for_sec)
{
	struct dname name;
	struct event event;

	assert_int_equal(dname_from_text(text, &name), ERR_OK);
	return trust_negative_add(o->trust, name.bytes, for_sec, "why", &event);
}

static enum err
take_back(struct office *o, const char *text)
{
	struct dname name;
	struct event event;

	assert_int_equal(dname_from_text(text, &name), ERR_OK);
	return trust_negative_remove(o->trust, name.bytes, "why", &event);
}

static void
stop(void *ctx)
{
	loop_stop(ctx);
}

/* One tick of its timer. */
static void
tick(struct office *o)
{
	struct loop_timer *end = loop_timer_new(o->loop, stop, o->loop);

	trust_start(o->trust);
	loop_timer_arm(end, 20);
	loop_run(o->loop);
	loop_timer_free(end);
}

static void
what_an_operator_sets_counts_at_once_and_ends(void **state)
{
	struct office o;

	(void)state;
	open_office(&o, "");
	assert_false(denied(&o, "www.bad.example"));
	assert_int_equal(add(&o, "bad.example", 3600), ERR_OK);
	assert_true(denied(&o, "www.bad.example"));
	change(&o, NOW + 3599, "");
	tick(&o);
	assert_true(denied(&o, "www.bad.example"));
	change(&o, NOW + 3600, "");
	tick(&o);
	assert_false(denied(&o, "www.bad.example"));
	close_office(&o);
}

static uint32_t
anchors_generation(struct office *o)
{
	uint32_t generation;

	anchors_unref(shared_anchors(o->shared, &generation));
	return generation;
}

static bool
has_failed(struct office *o, const uint8_t *name, int ede_code)
{
	(void)rrcache_put_failure(
	    o->shared->rrcache, name, TYPE_A, ede_code, (uint64_t)1 << 40);
	return rrcache_get_failure(
	    o->shared->rrcache, name, TYPE_A, (uint64_t)1 << 40, NULL);
}

static void
what_aliases_led_to_and_what_did_not_validate_is_forgotten_with_it(void **state)
{
	static const uint8_t alias[] = "\3www\5other", dead[] = "\4dead\5other";
	const uint64_t then_ms = (uint64_t)1 << 40;
	struct office o;
	uint32_t was;

	(void)state;
	open_office(&o, "");
	assert_true(has_failed(&o, alias, EDE_BOGUS));
	assert_true(has_failed(&o, dead, EDE_NO_REACHABLE_AUTHORITY));
	was = anchors_generation(&o);
	assert_int_equal(add(&o, "bad.example", 3600), ERR_OK);
	assert_true(anchors_generation(&o) > was);
	assert_false(
	    rrcache_get_failure(o.shared->rrcache, alias, TYPE_A, then_ms, NULL));
	assert_true(rrcache_get_failure(o.shared->rrcache, dead, TYPE_A, then_ms, NULL));
	was = anchors_generation(&o);
	assert_int_equal(take_back(&o, "bad.example"), ERR_OK);
	assert_true(anchors_generation(&o) > was + 1);
	close_office(&o);
}

static void
a_week_is_the_most_and_nothing_is_too_little(void **state)
{
	struct office o;

	(void)state;
	open_office(&o, "");
	assert_int_equal(add(&o, "bad.example", NEGATIVE_LIMIT_SEC), ERR_OK);
	assert_int_equal(add(&o, "bad.example", NEGATIVE_LIMIT_SEC + 1), ERR_RANGE);
	assert_int_equal(add(&o, "bad.example", 0), ERR_RANGE);
	close_office(&o);
}

static void
it_is_kept_over_a_restart_and_taken_back(void **state)
{
	struct office o;

	(void)state;
	open_office(&o, "");
	assert_int_equal(add(&o, "bad.example", 3600), ERR_OK);
	restart(&o);
	assert_true(denied(&o, "bad.example"));
	assert_int_equal(take_back(&o, "bad.example"), ERR_OK);
	assert_int_equal(take_back(&o, "bad.example"), ERR_NOTFOUND);
	assert_false(denied(&o, "bad.example"));
	restart(&o);
	assert_false(denied(&o, "bad.example"));
	close_office(&o);
}

/* ---- what the caches hold of before ---- */

static void
keep_address(struct office *o, const char *text)
{
	struct rdata address = { .bytes = (const uint8_t *)"\xc0\0\2\1", .len = 4 };
	struct dname name;
	struct rrset set = { .type = TYPE_A,
		.class = CLASS_IN,
		.ttl_sec = 3600,
		.count = 1,
		.rdata = &address,
		.trust = TRUST_ANSWER_AA,
		.security = SECURITY_INSECURE };
	struct now now;

	assert_int_equal(dname_from_text(text, &name), ERR_OK);
	set.owner = name.bytes;
	clock_now(&now);
	rrcache_put(o->shared->rrcache, &set, now.mono_ms);
}

static bool
is_kept(struct office *o, const char *text)
{
	struct arena *arena;
	struct dname name;
	struct now now;
	bool kept;

	assert_int_equal(dname_from_text(text, &name), ERR_OK);
	clock_now(&now);
	arena = arena_new(4096);
	assert_non_null(arena);
	kept = rrcache_get(o->shared->rrcache, name.bytes, TYPE_A, now.mono_ms, arena) !=
	       NULL;
	arena_free(arena);
	return kept;
}

#define ISLAND                                                                           \
	"resolver.trust-anchors=[built-in, \"island.example. DS 1 8 2 "                  \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"]"
#define ISLAND_WITH_ANOTHER_KEY                                                          \
	"resolver.trust-anchors=[built-in, \"island.example. DS 2 8 2 "                  \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"]"

static void
what_was_cached_under_other_anchors_is_forgotten(void **state)
{
	static const char *const options[] = { ISLAND, ISLAND_WITH_ANOTHER_KEY, NULL };
	struct office o;

	(void)state;
	open_office(&o, "");
	keep_address(&o, "www.other.example");
	for (unsigned i = 0; i < COUNT(options); i++) {
		keep_address(&o, "www.island.example");
		change_option(&o, options[i]);
		assert_false(is_kept(&o, "www.island.example"));
	}
	keep_address(&o, "www.island.example");
	change_option(&o, NULL);
	assert_true(is_kept(&o, "www.island.example"));
	assert_true(is_kept(&o, "www.other.example"));
	close_office(&o);
}

static void
what_old_forwarders_still_bring_is_forgotten_after_them(void **state)
{
	static const char corp[] =
	    "zones=[{name: corp.example, kind: forward, servers: [192.0.2.53]}]";
	struct office o;

	(void)state;
	open_office(&o, "");
	keep_address(&o, "www.other.example");
	for (unsigned i = 0; i < 2; i++) {
		keep_address(&o, "www.corp.example");
		change_option(&o, i == 0 ? corp : NULL);
		assert_false(is_kept(&o, "www.corp.example"));
	}
	assert_true(is_kept(&o, "www.other.example"));
	close_office(&o);
}

static void
what_was_cached_without_validation_is_forgotten_with_it(void **state)
{
	struct office o;

	(void)state;
	open_office(&o, "");
	change_option(&o, "resolver.validation=false");
	keep_address(&o, "www.other.example");
	change_option(&o, "resolver.validation=false");
	assert_true(is_kept(&o, "www.other.example"));
	change_option(&o, NULL);
	assert_false(is_kept(&o, "www.other.example"));
	close_office(&o);
}

static void
a_configured_span_counts_from_when_it_was_first_seen(void **state)
{
	static const char span[] = "{name: bad.example, for: 1h}";
	struct office o;

	(void)state;
	open_office(&o, span);
	change(&o, NOW + 3000, span);
	restart(&o);
	assert_true(denied(&o, "bad.example"));
	assert_int_equal(take_back(&o, "bad.example"), ERR_REFUSED);
	change(&o, NOW + 3600, span);
	tick(&o);
	assert_false(denied(&o, "bad.example"));
	restart(&o);
	assert_false(denied(&o, "bad.example"));
	close_office(&o);
}

static void
what_leaves_the_configuration_counts_no_more(void **state)
{
	struct office o;

	(void)state;
	open_office(&o, "bad.example");
	assert_true(denied(&o, "bad.example"));
	change(&o, NOW, "other.example");
	assert_false(denied(&o, "bad.example"));
	assert_true(denied(&o, "other.example"));
	close_office(&o);
}

static void
write_state(struct office *o, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", o->dir, name);
	assert_non_null(f = fopen(path, "w"));
	fputs(text, f);
	fclose(f);
}

static bool
is_there(struct office *o, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", o->dir, name);
	return access(path, F_OK) == 0;
}

static void
damaged_files_are_put_aside_and_the_configuration_counts(void **state)
{
	static const uint8_t root[] = { 0 };
	struct anchors *a;
	uint32_t generation;
	struct office o;

	(void)state;
	open_office(&o, "bad.example");
	write_state(&o, TRUST_POINTS_FILE, "sekisho-trust-anchors 1\npoint .\n");
	write_state(&o, TRUST_NEGATIVE_FILE, "nonsense\n");
	restart(&o);
	assert_true(is_there(&o, TRUST_POINTS_FILE ".damaged"));
	assert_true(is_there(&o, TRUST_NEGATIVE_FILE ".damaged"));
	assert_true(denied(&o, "bad.example"));
	a = shared_anchors(o.shared, &generation);
	assert_int_equal(anchors_at(a, root)->count, 2);
	anchors_unref(a);
	close_office(&o);
}

/* The shipped key 20326, revoked by the state: its seed must not bring it back. */
static void
a_key_that_the_state_revoked_is_no_anchor_whatever_the_seed_says(void **state)
{
	static const char text[] =
	    "sekisho-trust-anchors 1\n"
	    "point . next 1700003600 tried 1700000000 success 1700000000 retry 17280 "
	    "failures 0 keys 1\n"
	    "key revoked since 1699999000 seen 1700000000 hold 0 257 3 8 "
	    "AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixH"
	    "lFlExOLAJr5emLvN7SWXgnLh4+B5xQlNVz8Og8kvArMtNROxVQuCaSnIDdD5LKyWbRd2n9WG"
	    "e2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/EWgvIWgb9tarpVUDK/b58Da+sqqls3eN"
	    "buv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilBmSVIzuDWfdRUfhHdY6"
	    "+cn8HFRm+2hM8AnXGXws9555KrUB5qihylGa8subX2Nn6UwNR1AkUTV74bU=\n"
	    "end 1\n";
	static const uint8_t root[] = { 0 };
	struct anchors *a;
	uint32_t generation;
	struct office o;

	(void)state;
	open_office(&o, "");
	write_state(&o, TRUST_POINTS_FILE, text);
	restart(&o);
	a = shared_anchors(o.shared, &generation);
	assert_int_equal(anchors_at(a, root)->count, 1);
	assert_int_equal(anchors_at(a, root)->rdata[0].bytes[0], 38696 >> 8);
	anchors_unref(a);
	close_office(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_operator_sets_counts_at_once_and_ends),
		cmocka_unit_test(
		    what_aliases_led_to_and_what_did_not_validate_is_forgotten_with_it),
		cmocka_unit_test(a_week_is_the_most_and_nothing_is_too_little),
		cmocka_unit_test(it_is_kept_over_a_restart_and_taken_back),
		cmocka_unit_test(a_configured_span_counts_from_when_it_was_first_seen),
		cmocka_unit_test(what_was_cached_under_other_anchors_is_forgotten),
		cmocka_unit_test(what_old_forwarders_still_bring_is_forgotten_after_them),
		cmocka_unit_test(what_was_cached_without_validation_is_forgotten_with_it),
		cmocka_unit_test(what_leaves_the_configuration_counts_no_more),
		cmocka_unit_test(
		    damaged_files_are_put_aside_and_the_configuration_counts),
		cmocka_unit_test(
		    a_key_that_the_state_revoked_is_no_anchor_whatever_the_seed_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
