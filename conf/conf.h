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
 * schema table (conf/schema.h) describes every option; it yields the parser, the
 * defaults, the mistakes' texts, the dump, the manual page's option list and the JSON
 * Schema for editors.
 *
 * This module reads files (the configuration and the lists it names) and owns nothing
 * else.
 */

enum conf_detection_mode { DETECTION_OFF, DETECTION_SHADOW, DETECTION_ENFORCE };
enum conf_sinkhole_answer {
	SINKHOLE_NXDOMAIN,
	SINKHOLE_NODATA,
	SINKHOLE_REFUSED,
	SINKHOLE_ADDRESS
};
enum conf_type_policy { TYPE_POLICY_ALLOW, TYPE_POLICY_REFUSE };
enum conf_zone_kind { ZONE_STUB, ZONE_FORWARD };

/* Server cookies (RFC 9018 5): one secret in use, one staged, one of before, and one to
 * spare. */
#define CONF_COOKIE_SECRETS_MAX	 4u
#define CONF_COOKIE_SECRET_BYTES 16u

/** One row of the table of types: what a group may ask (first match counts). */
struct conf_type_rule {
	uint16_t first, last; /* inclusive range of types */
	uint8_t policy;	      /* enum conf_type_policy */
};

/**
 * Clients with one policy. Group 0 is "default", wherever it was written and even when it
 * was not; without prefixes it holds nobody. What it inherits is filled in.
 */
struct conf_group {
	const char *name;
	size_t client_count;
	struct prefix *clients;
	uint8_t detection; /* enum conf_detection_mode */
	uint32_t rate_qps; /* of each client (rate_prefix_v4, _v6); 0: no limit */
	uint32_t burst;	   /* questions at once; at least 1 */
	size_t type_rule_count;
	struct conf_type_rule *type_rules; /* its own ones first, then policy.types */
};

/** A stub zone: we ask its authorities, RD=0. A forward zone: we ask resolvers, RD=1. */
struct conf_zone {
	const uint8_t *name; /* canonical */
	uint8_t kind;	     /* enum conf_zone_kind */
	bool only;	   /* forward: never recurse ourselves when all upstreams fail */
	bool private_zone; /* no part of the public name space: a negative anchor */
	size_t server_count;  /* >= 1 */
	struct addr *servers; /* with ports; may be loopback or private in any case */
};

/** A name that is not validated (RFC 7646), nor what is below. */
struct conf_negative {
	const uint8_t *name; /* canonical */
	bool private_zone;   /* because a zone says private */
	int64_t until_sec;   /* since 1970; 0: as ${for_sec} says */
	uint32_t for_sec;    /* from when the daemon first saw it; 0: no end */
	const char *reason;  /* may be "" */
};

/* Paths are absolute; texts are never NULL and hold no control characters. */
struct conf {
	/* server */
	size_t listen_count; /* >= 1 */
	struct addr *listen; /* with ports; UDP and TCP both */
	unsigned workers;    /* 0: one per CPU */
	const char *user;    /* "": stay who we are; for when we are root at start */
	const char *state_dir;
	const char *control_socket; /* fits sun_path */
	const char *journal_file;   /* "": no journal */
	const char *log_level;	    /* error warning notice info debug */
	bool open_files_raise;
	uint32_t tcp_clients_max, tcp_clients_per_addr;
	uint32_t tcp_questions_max; /* in parallel, of one connection */
	uint32_t tcp_idle_ms;
	uint32_t tasks_max;		 /* questions being resolved, per worker */
	uint32_t waiting_per_client_max; /* DNSBomb */
	uint32_t reply_late_ms; /* a UDP reply later than this is dropped; 0: never */
	bool minimal_answers;
	bool minimal_any; /* RFC 8482 */
	bool ede;
	bool cache_lookups_allowed; /* RD=0: answered from the cache instead of REFUSED */
	const char *cookie_secret_file; /* "": secrets of our own, never told */
	size_t cookie_secret_count;	/* of the file; the first makes cookies */
	uint8_t cookie_secrets[CONF_COOKIE_SECRETS_MAX][CONF_COOKIE_SECRET_BYTES];

	/* resolver */
	const char *root_hints_file; /* "built-in", or a path */
	struct rrset *root_hints; /* NS of the root, A and AAAA; TRUST_HINT; not NULL */
	bool qname_minimisation, case_randomisation, client_case, ipv4, ipv6, dnssec_ok;
	bool cookies;		/* asked of servers, and theirs sent back (RFC 7873) */
	bool error_reporting;	/* RFC 9567 */
	bool loopback_upstream; /* recursion may ask 127/8 and ::1 */
	bool private_upstream;	/* recursion may ask RFC 1918 and friends (default) */
	bool harden_glue;	/* only glue within the delegated zone's parent is used */
	bool validation;	/* RFC 4035 */
	bool aggressive_nsec;	/* RFC 8198 */
	bool serve_stale;	/* RFC 8767 */
	uint32_t stale_ttl_max_sec;    /* so long after its end data may still serve */
	uint32_t stale_answer_ms;      /* a client waits so long for something better */
	uint32_t stale_answer_ttl_sec; /* what it is told then */
	/* DS sets, one a zone; what was given as DNSKEY stands here by its SHA-256
	 * digest; NULL: no chain begins anywhere. TRUST_LOCAL. The second list: seeds of
	 * zones whose keys roll over (RFC 5011); a zone may be in both. */
	struct rrset *trust_anchors, *rolling_anchors;
	bool trust_anchor_rollover; /* false: the seeds are anchors like the others */
	bool key_sentinel;	    /* RFC 8509 */
	bool key_tag_signal;	    /* RFC 8145 */
	size_t negative_anchor_count;
	struct conf_negative *negative_anchors; /* those of private zones too */
	uint32_t validation_time;		/* seconds since 1970; 0: the clock's */
	uint32_t clock_skew_sec; /* signatures may be so much off either way */
	uint16_t edns_udp_size;
	uint32_t outgoing_sockets; /* per worker */
	uint32_t queries_max, queries_per_name_max, depth_max, cname_links_max;
	uint32_t ns_lookups_max, ns_nxdomain_max;
	uint32_t server_outstanding_max, zone_outstanding_max; /* per worker */
	uint32_t question_timeout_ms, packet_timeout_max_ms;
	size_t task_memory_bytes;

	/* cache */
	size_t cache_bytes;
	size_t denial_bytes; /* of them, for what zones proved not to be there */
	uint32_t ttl_max_sec, ttl_min_sec, negative_ttl_max_sec;
	uint32_t failure_ttl_min_sec, failure_ttl_max_sec;
	bool prefetch;

	/* groups */
	size_t group_count; /* >= 1 */
	struct conf_group *groups;
	struct prefixmap *clients; /* address -> index of its group */

	/* zones */
	size_t zone_count;
	struct conf_zone *zones; /* sorted: deepest names first; no name twice */

	/* local */
	struct rrset *local_data; /* canonical order, then types; TRUST_LOCAL; or NULL */
	size_t local_zone_count;
	const uint8_t **local_zones; /* canonical; ours: no data below is NXDOMAIN */
	bool special_names;	     /* RFC 6761 answered here */
	bool private_reverse;	     /* RFC 6303 answered here */

	/*
	 * policy: a name covers all beneath it; the deeper hit wins, allow when both are
	 * equally deep. Never NULL.
	 */
	struct namelist *allow, *block;
	/* Addresses that no public name may have (rebinding), but for these canonical
	 * names and what is below. */
	size_t private_address_count, private_name_count;
	struct prefix *private_addresses;
	const uint8_t **private_names;

	/* detection (defaults and reasons: doc/detection.md) */
	uint8_t detection_mode; /* enum conf_detection_mode; a group may differ */
	/* Over the rate on UDP: every slip-th gets TC=1, the others silence; 0: none. */
	uint32_t slip;
	uint8_t rate_prefix_v4, rate_prefix_v6; /* bits that make one client */
	uint32_t
	    stranger_qps; /* error replies by UDP to one network outside all groups */
	/* Sizes of tables, to be rounded up to powers of two; a change needs a restart.
	 */
	uint32_t zone_entries, pair_entries, client_entries, seen_entries;
	uint32_t suspect_bytes, stop_bytes; /* weighted bytes of an account */
	uint32_t drain_millibytes_per_sec;
	uint32_t hold_first_sec, hold_max_sec; /* doubles at each repetition */
	uint32_t sinkhole_first_sec, sinkhole_max_sec;
	uint32_t down_stop_bytes;
	uint32_t learn_sec; /* learn period from the first start; 0: none */
	struct namelist
	    *large_budget; /* known services; value: factor 1..1000; not NULL */

	/* sinkhole; with SINKHOLE_ADDRESS at least one of both addresses is given */
	uint8_t sinkhole_answer;	      /* enum conf_sinkhole_answer */
	struct addr sinkhole_v4, sinkhole_v6; /* ADDR_NONE: not given; port 0 */
	uint32_t sinkhole_ttl_sec;
	const char *sinkhole_text; /* EDE text before " " and the event id; may be "" */

	/* ours */
	const char *user_place; /* "FILE:LINE:COLUMN: " where ${user} stands; "" when it
				 * is not written */
	const char *file;	/* as given to conf_load; "" when none was */
	uint32_t generation;	/* 0; set by whoever swaps it in */
};

/** One mistake, told so that it can be found and mended:
 *  "FILE:LINE:COLUMN: unknown key 'lisen' in server; did you mean 'listen'?" */
struct conf_error {
	char text[512];
};

/** All mistakes of one load: the file's in its order, those of lists, those of -o. At
 * most CONF_ERRORS_MAX are kept, ${count} counts on. */
#define CONF_ERRORS_MAX 64u
struct conf_errors {
	size_t count;
	struct conf_error errors[CONF_ERRORS_MAX];
};

/**
 * conf_load(file, overrides, override_count, errors, out):
 * Reads ${file} (NULL: defaults alone), then applies each override "section.key=YAML
 * value" (sekishod -o), then checks the whole: every mistake of every line is told, not
 * just the first; of YAML that does not parse, the first. Relative paths, those of
 * overrides too, start at the folder of ${file}, without one at the working directory.
 * Returns a new conf with one reference.
 *
 * Errors: ERR_MALFORMED; ERR_IO when a file could not be read; both with ${errors}
 *         filled. ERR_NOMEM, perhaps with none. ${out} is then NULL.
 */
MUST_USE enum err conf_load(const char *file, const char *const *overrides,
    size_t override_count, struct conf_errors *errors, struct conf **out);
/** conf_ref(c): one more reference. Thread-safe. Returns ${c}. */
struct conf *conf_ref(struct conf *c);
/** conf_unref(c): one reference less; the last one frees. Thread-safe; NULL is harmless.
 */
void conf_unref(struct conf *c);

/** conf_group_of(c, client, index): the group of the longest prefix that holds ${client};
 *  false: nobody's client (REFUSED). */
bool conf_group_of(const struct conf *c, const struct addr *client, uint32_t *index);
/** conf_zone_of(c, qname): the deepest stub or forward zone at or above ${qname}
 *  (canonical); NULL. Borrows. */
const struct conf_zone *conf_zone_of(const struct conf *c, const uint8_t *qname);
/** conf_is_own(c, qname): is it a name of the operator's own, in a stub or forward zone
 * of his? The one at the root is none: it says by whom all others are asked. */
bool conf_is_own(const struct conf *c, const uint8_t *qname);
/** conf_type_policy_of(group, qtype): what the group may ask. */
enum conf_type_policy conf_type_policy_of(const struct conf_group *group, uint16_t qtype);

/** conf_dump(c, out): the effective configuration, defaults too, as YAML that conf_load
 *  reads back to the same. */
void conf_dump(const struct conf *c, FILE *out);
/** conf_restart_changes(old, fresh, tell, ctx): ${tell} gets the key ("cache.size") of
 * each option that differs and that a reload cannot change. */
void conf_restart_changes(const struct conf *old, const struct conf *fresh,
    void (*tell)(void *ctx, const char *key), void *ctx);
/** conf_write_schema(out): a JSON Schema (2020-12) of the file, for editors. */
void conf_write_schema(FILE *out);
/** conf_write_manual(out): the option list of sekisho.yaml(5) as mdoc. */
void conf_write_manual(FILE *out);

#endif
