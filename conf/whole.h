#ifndef CONF_WHOLE_H
#define CONF_WHOLE_H

#include <stdatomic.h>

#include "base/arena.h"
#include "conf/conf.h"
#include "conf/report.h"

/*
 * struct conf and what stands behind it: the operator's words as they were said, from
 * which conf/build.c makes the maps and lists that others read, and from which conf_dump
 * says them again.
 */

/* limits.rate and limits.burst in a group that has none of its own. */
#define WHOLE_INHERIT UINT32_MAX
/* detection.mode in a group that has none of its own: the last word of its enum. */
#define WHOLE_DETECTION_INHERIT 3

struct whole_types {
	size_t allow_count, refuse_count;
	struct conf_type_rule *allow, *refuse;
};

struct whole_group {
	struct report_mark mark; /* first, as in every item; only valid while loading */
	const char *name;
	size_t client_count;
	struct prefix *clients;
	uint8_t detection;
	uint32_t rate_qps, burst;
	struct whole_types types;
};

struct whole_zone {
	struct report_mark mark;
	struct conf_zone zone;
};

struct whole_negative {
	struct report_mark mark;
	struct conf_negative said;
};

struct whole_names {
	size_t count;
	const uint8_t **names;
};

struct whole_texts {
	size_t count;
	const char **texts;
};

struct whole {
	struct conf conf; /* first: others see only this */
	atomic_uint references;
	struct arena *arena; /* all of it but the tables below */

	uint32_t rate_qps, burst;
	struct whole_types types;
	size_t group_count;
	struct whole_group *groups;
	size_t zone_count;
	struct whole_zone *zones;
	struct whole_texts local_data, trust_anchors, trust_anchor_files;
	size_t negative_count;
	struct whole_negative *negative;
	struct whole_names allow, block;
	struct whole_texts allow_files, block_files;
	const char *known_services;
	const char *own_services; /* as known_services, beside it; \"none\" */

	struct namelist *zone_index; /* name -> index in conf.zones */
};

/* Beyond any configuration that fits TREE_BYTES_MAX; a limit on our own mistakes. */
#define WHOLE_ARENA_MAX ((size_t)4 << 30)

/** whole_new(): returns a new, empty one with one reference; NULL without memory. */
struct whole *whole_new(void);
/** whole_free(w): regardless of references. */
void whole_free(struct whole *w);
/** whole_of(c): the whole behind a conf of conf_load. */
static inline const struct whole *
whole_of(const struct conf *c)
{
	return (const struct whole *)(const void *)c;
}

#endif
