#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/addr.h"
#include "base/dname.h"
#include "base/err.h"
#include "base/rrset.h"
#include "conf/namelist.h"

/*
 * Everything an operator can say, as one immutable struct: built from YAML text
 * by conf_load, checked whole, shared by reference count and read without locks. One
 * schema table (conf/schema.h) describes every option; it yields the parser, the defaults, the
 * mistakes' texts, the dump, the manual page's option list and the JSON Schema for editors.
 *
 * This module reads files (the configuration and the lists it names) and owns nothing else.
 */

enum conf_detection_mode { DETECTION_OFF, DETECTION_SHADOW, DETECTION_ENFORCE };
enum conf_sinkhole_answer { SINKHOLE_NXDOMAIN, SINKHOLE_NODATA, SINKHOLE_REFUSED, SINKHOLE_ADDRESS };
enum conf_type_policy { TYPE_POLICY_ALLOW, TYPE_POLICY_REFUSE };
enum conf_zone_kind { ZONE_STUB, ZONE_FORWARD };

/** One row of the table of types: what a group may ask (first match counts). */
struct conf_type_rule {
	uint16_t first, last;   /* inclusive range of types */
	uint8_t policy;         /* enum conf_type_policy */
};

/** Clients with one policy. Group 0 is "default"; it holds nobody unless prefixes say so. */
struct conf_group {
	const char *name;
	size_t client_count;
	struct prefix *clients;
	uint8_t detection;                 /* enum conf_detection_mode */
	uint32_t rate_qps, burst;          /* per client address: v4 /32, v6 /64 by default; rate_qps 0: no limit */
	size_t type_rule_count;
	struct conf_type_rule *type_rules; /* its own ones first, then the global ones */
};

/** A stub zone (we ask its authorities, RD=0) or a forward zone (we ask resolvers, RD=1). */
struct conf_zone {
	const uint8_t *name;    /* canonical */
	uint8_t kind;           /* enum conf_zone_kind */
	bool only;              /* forward: never recurse ourselves when all upstreams fail */
	size_t server_count;
	struct addr *servers;   /* with ports */
};

struct conf {
	/* server */
	size_t listen_count;
	struct addr *listen;              /* with ports; UDP and TCP both */
	unsigned workers;                 /* 0: one per CPU */
	const char *user;                 /* "": stay who we are */
	const char *state_dir;
	const char *control_socket;
	const char *journal_file;         /* "": no journal */
	const char *log_level;            /* error warning notice info debug */
	bool open_files_raise;
	uint32_t tcp_clients_max, tcp_clients_per_addr, tcp_questions_max, tcp_idle_ms;
	uint32_t tasks_max;               /* questions being resolved, per worker */
	uint32_t waiting_per_client_max;  /* DNSBomb */
	uint32_t reply_late_ms;           /* a UDP reply later than this is dropped; 0: never */
	bool minimal_answers;
	bool minimal_any;                 /* RFC 8482 */
	bool ede;
	bool cache_lookups_allowed;       /* RD=0 is answered from the cache instead of REFUSED */

	/* resolver */
	const char *root_hints_file;      /* "": built-in */
	struct rrset *root_hints;         /* list: NS of the root, A and AAAA of the servers */
	bool qname_minimisation, case_randomisation, ipv4, ipv6, dnssec_ok;
	bool loopback_upstream;           /* 127/8 and ::1 may be asked */
	bool private_upstream;            /* RFC 1918 and friends may be asked (default true) */
	bool harden_glue;                 /* only glue within the delegated zone's parent is used */
	uint16_t edns_udp_size;
	uint32_t outgoing_sockets;        /* per worker */
	uint32_t queries_max, queries_per_name_max, depth_max, cname_links_max;
	uint32_t ns_lookups_max, ns_nxdomain_max;
	uint32_t question_timeout_ms, packet_timeout_max_ms;
	size_t task_memory_bytes;

	/* cache */
	size_t cache_bytes;
	uint32_t ttl_max_sec, ttl_min_sec, negative_ttl_max_sec, failure_ttl_min_sec, failure_ttl_max_sec;
	bool prefetch;

	/* groups */
	size_t group_count;               /* >= 1 */
	struct conf_group *groups;
	struct prefixmap *clients;        /* address -> index of its group */

	/* zones */
	size_t zone_count;
	struct conf_zone *zones;          /* sorted: deepest names first */

	/* local */
	struct rrset *local_data;         /* list of sets, trust TRUST_LOCAL */
	size_t local_zone_count;
	const uint8_t **local_zones;      /* canonical; names below without data are NXDOMAIN (we are authoritative) */
	bool special_names;               /* RFC 6761 answered here */
	bool private_reverse;             /* RFC 6303 answered here */

	/* policy */
	struct namelist *allow, *block;   /* a name covers all beneath it; allow wins at equal or deeper depth */

	/* detection (defaults and reasons: doc/detection.md) */
	uint8_t detection_mode;           /* enum conf_detection_mode; a group may differ */
	uint32_t slip;                    /* over the limit on UDP: every slip-th gets TC=1, the others silence; 1: all; 0: none */
	uint8_t rate_prefix_v4, rate_prefix_v6;
	uint32_t zone_entries, pair_entries, client_entries, seen_entries; /* table sizes, rounded up to powers of two; need a restart */
	uint32_t suspect_bytes, stop_bytes;         /* weighted bytes of an account */
	uint32_t drain_millibytes_per_sec;
	uint32_t hold_first_sec, hold_max_sec;      /* doubles at each repetition */
	uint32_t sinkhole_first_sec, sinkhole_max_sec;
	uint32_t down_stop_bytes;
	struct namelist *large_budget;    /* shipped list: known DNS-as-a-database services; value = factor */

	/* sinkhole */
	uint8_t sinkhole_answer;          /* enum conf_sinkhole_answer */
	struct addr sinkhole_v4, sinkhole_v6;
	uint32_t sinkhole_ttl_sec;
	const char *sinkhole_text;        /* goes before the event id in the EDE text */

	/* ours */
	const char *file;                 /* where it came from */
	uint32_t generation;              /* set by whoever swaps it in */
};

/** One mistake, told so that it can be found and mended. */
struct conf_error {
	char text[512];    /* "FILE:LINE:COLUMN: unknown key 'lisen' in server; did you mean 'listen'?" */
};
/** All mistakes of one load, in file order; at most CONF_ERRORS_MAX are kept, ${count} counts on. */
#define CONF_ERRORS_MAX 64u
struct conf_errors {
	size_t count;
	struct conf_error errors[CONF_ERRORS_MAX];
};

/**
 * conf_load(file, overrides, override_count, errors, out):
 * Reads ${file} (NULL: defaults alone), then applies each override "section.key=YAML value" (sekishod -o), then checks
 * the whole: every mistake of every line is told, not just the first. Returns a new conf with one reference.
 * Errors: ERR_MALFORMED with ${errors} filled (also ERR_IO, told there as well); ${out} is then NULL.
 */
MUST_USE enum err conf_load(const char *file, const char *const *overrides, size_t override_count,
    struct conf_errors *errors, struct conf **out);
/** conf_ref / conf_unref: thread-safe; the last unref frees. conf_unref(NULL) is harmless. */
struct conf *conf_ref(struct conf *c);
void conf_unref(struct conf *c);

/** conf_group_of(c, client, index): the longest prefix's group; false: nobody's client (REFUSED). */
bool conf_group_of(const struct conf *c, const struct addr *client, uint32_t *index);
/** conf_zone_of(c, qname): the deepest stub or forward zone at or above ${qname}; NULL. Borrows. */
const struct conf_zone *conf_zone_of(const struct conf *c, const uint8_t *qname);
/** conf_type_policy_of(group, qtype): what the group may ask. */
enum conf_type_policy conf_type_policy_of(const struct conf_group *group, uint16_t qtype);

/** conf_dump(c, out): the effective configuration as YAML that conf_load reads back to the same. */
void conf_dump(const struct conf *c, FILE *out);
/** conf_write_schema(out) / conf_write_manual(out): JSON Schema (2020-12), and the option list of sekisho.yaml(5) as mdoc. */
void conf_write_schema(FILE *out);
void conf_write_manual(FILE *out);

#endif
