#include "resolver/ops/advice.h"

#include <stdio.h>

#include "base/dname.h"
#include "detect/suffix.h"
#include "resolver/ops/privileges.h"

#define TEXT_MAX (DNAME_TEXT_MAX + 512u)

/* ---- negative anchors for good ---- */

static void
endless(const struct conf *conf, void (*tell)(void *ctx, const char *text), void *ctx)
{
	char name[DNAME_TEXT_MAX], text[TEXT_MAX];

	for (size_t i = 0; i < conf->negative_anchor_count; i++) {
		const struct conf_negative *n = &conf->negative_anchors[i];

		if (n->private_zone || n->until_sec != 0 || n->for_sec != 0)
			continue;
		snprintf(text, sizeof(text),
		    "resolver.negative-trust-anchors: '%s' is not validated for good; "
		    "until or for would give it an end (RFC 7646)",
		    dname_to_text(n->name, name));
		tell(ctx, text);
	}
}

/* ---- zones that the signed root denies ---- */

static bool
has_anchor(const struct rrset *anchors, const uint8_t *zone, bool above)
{
	for (; anchors != NULL; anchors = anchors->next)
		if (above ? dname_is_strictly_below(zone, anchors->owner)
			  : dname_is_below(anchors->owner, zone))
			return true;
	return false;
}

/* Validation begins above the zone and nothing stops it there. */
static bool
is_validated_from_above(const struct conf *conf, const uint8_t *zone)
{
	if (has_anchor(conf->trust_anchors, zone, false) ||
	    has_anchor(conf->rolling_anchors, zone, false))
		return false;
	for (size_t i = 0; i < conf->negative_anchor_count; i++)
		if (dname_is_below(zone, conf->negative_anchors[i].name))
			return false;
	return has_anchor(conf->trust_anchors, zone, true) ||
	       has_anchor(conf->rolling_anchors, zone, true);
}

/* A top-level domain that the public suffix list does not know is most likely none. */
static bool
is_denied(struct suffix *s, const struct hashkey *key, const uint8_t *zone)
{
	enum suffix_kind kind = SUFFIX_OWNER;
	struct namehash h;

	if (*zone == 0)
		return false;
	namehash_fill(&h, key, zone);
	(void)suffix_zone_labels(s, &h, &kind);
	return kind == SUFFIX_UNKNOWN;
}

static void
denied_zones(
    const struct conf *conf, void (*tell)(void *ctx, const char *text), void *ctx)
{
	static const struct hashkey key = { 0, 0 }; /* nothing hostile is hashed here */
	struct suffix *s = suffix_new(&key);
	char name[DNAME_TEXT_MAX], text[TEXT_MAX];

	for (size_t i = 0; s != NULL && i < conf->zone_count; i++) {
		const struct conf_zone *z = &conf->zones[i];

		if (!is_validated_from_above(conf, z->name) ||
		    !is_denied(s, &key, z->name))
			continue;
		snprintf(text, sizeof(text),
		    "zones: '%s' is below no public top-level domain: the signed root "
		    "denies it, and its answers will fail validation; say 'private: "
		    "true' in that zone, or name it in resolver.negative-trust-anchors",
		    dname_to_text(z->name, name));
		tell(ctx, text);
	}
	suffix_free(s);
}

/* ---- options that cancel each other ---- */

static void
stale_too_late(
    const struct conf *conf, void (*tell)(void *ctx, const char *text), void *ctx)
{
	if (conf->serve_stale && conf->reply_late_ms != 0 &&
	    conf->stale_answer_ms >= conf->reply_late_ms)
		tell(ctx, "resolver.stale-answer-after is not below limits.reply-late: "
			  "by UDP a stale answer comes too late to be sent");
}

static void
nobody_served(
    const struct conf *conf, void (*tell)(void *ctx, const char *text), void *ctx)
{
	for (size_t i = 0; i < conf->group_count; i++)
		if (conf->groups[i].client_count > 0)
			return;
	tell(ctx, "groups: no group has clients: every question is refused");
}

void
advice_of(const struct conf *conf, void (*tell)(void *ctx, const char *text), void *ctx)
{
	stale_too_late(conf, tell, ctx);
	nobody_served(conf, tell, ctx);
	if (!conf->validation)
		return;
	endless(conf, tell, ctx);
	if (conf->zone_count > 0)
		denied_zones(conf, tell, ctx);
}

void
advice_of_user(
    const struct conf *conf, void (*tell)(void *ctx, const char *text), void *ctx)
{
	char error[PRIVILEGES_ERROR_MAX];
	char text[sizeof((struct conf_error){ 0 }.text) + sizeof(error) + 64];

	if (privileges_check_user(conf->user, error) == ERR_OK)
		return;
	snprintf(text, sizeof(text), "%sserver.user: %s; started as root, sekishod fails",
	    conf->user_place, error);
	tell(ctx, text);
}
