#include "conf/schema.h"

#include <stddef.h>
#include <string.h>

#include "conf/whole.h"

/*
 * One row an option. The defaults come from the budgets of doc/ARCHITECTURE.md and from
 * doc/detection.md; a test holds them to those figures. The columns that all rows
 * need stand in the macros; what is special stands behind them by name.
 */

#define AT(member)	 offsetof(struct whole, member)
#define GROUP(member)	 offsetof(struct whole_group, member)
#define ZONE(member)	 offsetof(struct whole_zone, zone.member)
#define NEGATIVE(member) offsetof(struct whole_negative, said.member)
#define LIST_AT(base, items, count)                                                      \
	.list = true, .offset = base(items), .count_offset = base(count)
#define ENTRIES(least, most) .list_min = (least), .list_max = (most)

#define SECOND UINT64_C(1000) /* durations are bounded in milliseconds */
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define KIB    UINT64_C(1024)
#define MIB    (1024 * KIB)
#define GIB    (1024 * MIB)

#define PATH_BYTES_MAX	  1024
#define LIST_ENTRIES_MAX  100000 /* more belongs into list files */
#define TABLE_ENTRIES_MAX (UINT64_C(1) << 28)
/* A ticket of the detector has no more room. */
#define ZONE_ENTRIES_MAX (UINT64_C(1) << 20)

static const char *const log_levels[] = { "error", "warning", "notice", "info", "debug",
	NULL };
static const char *const built_in[] = { "built-in", NULL };
static const char *const only_none[] = { "none", NULL };
static const char *const built_in_none[] = { "built-in", "none", NULL };
static const char *const detection_modes[] = { "off", "shadow", "enforce", NULL };
static const char *const group_modes[] = { "off", "shadow", "enforce", "inherit", NULL };
static const char *const sinkhole_answers[] = { "nxdomain", "nodata", "refused",
	"address", NULL };
static const char *const zone_kinds[] = { "stub", "forward", NULL };

static const struct schema_option server_options[] = {
	{ .name = "listen",
	    .kind = KIND_ADDRESS,
	    LIST_AT(AT, conf.listen, conf.listen_count),
	    ENTRIES(1, 256),
	    .restart = true,
	    .fallback = "[\"127.0.0.1@5300\", \"::1@5300\"]",
	    .doc = "Addresses and ports to answer on, by UDP and by TCP." },
	{ .name = "workers",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.workers),
	    .min = 1,
	    .max = 256,
	    .special = "auto",
	    .special_value = 0,
	    .restart = true,
	    .fallback = "auto",
	    .doc = "Threads that answer; auto is one for each CPU that it may run on." },
	{ .name = "user",
	    .kind = KIND_TEXT,
	    .offset = AT(conf.user),
	    .min = 0,
	    .max = 32,
	    .restart = true,
	    .fallback = "\"\"",
	    .doc = "When started as root, become this user once the sockets are bound. "
		   "Without a name, and when started by anybody else, sekishod stays who "
		   "it is." },
	{ .name = "state-dir",
	    .kind = KIND_PATH,
	    .offset = AT(conf.state_dir),
	    .min = 1,
	    .max = PATH_BYTES_MAX,
	    .restart = true,
	    .fallback = "/var/lib/sekisho",
	    .doc = "Folder for what must survive a restart, such as the state of "
		   "detection." },
	{ .name = "control-socket",
	    .kind = KIND_PATH,
	    .offset = AT(conf.control_socket),
	    .min = 1,
	    .max = 107,
	    .restart = true,
	    .fallback = "/run/sekisho/control.sock",
	    .doc = "Unix socket on which sekishoctl finds the daemon." },
	{ .name = "journal",
	    .kind = KIND_PATH,
	    .offset = AT(conf.journal_file),
	    .min = 0,
	    .max = PATH_BYTES_MAX,
	    .fallback = "/var/log/sekisho/journal.jsonl",
	    .doc = "File for the journal of events, one JSON object a line. \"\" writes "
		   "no journal." },
	{ .name = "log-level",
	    .kind = KIND_WORD,
	    .offset = AT(conf.log_level),
	    .words = log_levels,
	    .fallback = "notice",
	    .doc = "The least important messages that are still logged." },
	{ .name = "raise-open-files",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.open_files_raise),
	    .restart = true,
	    .fallback = "true",
	    .doc = "Raise the soft limit of open files to the hard one at start." },
	{ .name = "minimal-answers",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.minimal_answers),
	    .fallback = "true",
	    .doc = "Leave out authority and additional records that the answer does not "
		   "need." },
	{ .name = "minimal-any",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.minimal_any),
	    .fallback = "true",
	    .doc = "Answer questions for ANY with one HINFO record (RFC 8482)." },
	{ .name = "extended-errors",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.ede),
	    .fallback = "true",
	    .doc = "Say in an extended DNS error (RFC 8914) why an answer failed or was "
		   "stopped." },
	{ .name = "cache-lookups",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.cache_lookups_allowed),
	    .fallback = "false",
	    .doc = "Answer questions without the RD bit from the cache, or with the "
		   "delegation in it that is nearest to the name, and ask nobody. "
		   "Otherwise they are refused, but for local data, so that nobody can "
		   "look what others have asked." },
	{ .name = "cookie-secret-file",
	    .kind = KIND_PATH,
	    .offset = AT(conf.cookie_secret_file),
	    .min = 0,
	    .max = PATH_BYTES_MAX,
	    .fallback = "\"\"",
	    .doc = "File with the secrets of DNS cookies (RFC 9018), for servers that "
		   "share an address: up to four lines of 32 hexadecimal digits. The "
		   "first makes cookies; those of the others are good too, so that a new "
		   "secret is first added behind, then put first everywhere, and the old "
		   "one taken out an hour later. Read at start and at each reload. \"\" "
		   "takes secrets of our own, a new one each day." },
	{ .name = NULL }
};

static const struct schema_option negative_options[] = {
	{ .name = "name",
	    .kind = KIND_NAME,
	    .offset = NEGATIVE(name),
	    .required = true,
	    .doc = "It and all beneath it is not validated." },
	{ .name = "until",
	    .kind = KIND_DATE,
	    .offset = NEGATIVE(until_sec),
	    .special = "never",
	    .fallback = "never",
	    .doc = "When it ends, in UTC." },
	{ .name = "for",
	    .kind = KIND_SECONDS,
	    .offset = NEGATIVE(for_sec),
	    .min = 0,
	    .max = 365 * DAY,
	    .fallback = "0",
	    .doc = "How long it lasts from when the daemon first saw it; that is kept "
		   "over a restart. 0 with until never: for good, with a warning at each "
		   "start." },
	{ .name = "reason",
	    .kind = KIND_TEXT,
	    .offset = NEGATIVE(reason),
	    .min = 0,
	    .max = 127,
	    .fallback = "\"\"",
	    .doc = "Why; shown where it is listed." },
	{ .name = NULL }
};

static const struct schema_option resolver_options[] = {
	{ .name = "root-hints",
	    .kind = KIND_PATH,
	    .offset = AT(conf.root_hints_file),
	    .min = 1,
	    .max = PATH_BYTES_MAX,
	    .words = built_in,
	    .fallback = "built-in",
	    .doc = "File with the names and addresses of the root servers, as records in "
		   "text." },
	{ .name = "qname-minimisation",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.qname_minimisation),
	    .fallback = "true",
	    .doc = "Show each server only as much of a name as it needs (RFC 9156)." },
	{ .name = "case-randomisation",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.case_randomisation),
	    .fallback = "true",
	    .doc = "Mix upper and lower case at random in names sent upstream (0x20), "
		   "which makes "
		   "forged answers harder." },
	{ .name = "cookies",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.cookies),
	    .fallback = "true",
	    .doc = "Send servers a DNS cookie and expect it back (RFC 7873), which makes "
		   "forged answers harder. To be turned off for tests only." },
	{ .name = "error-reporting",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.error_reporting),
	    .fallback = "false",
	    .doc = "Tell those whom a zone's servers name for it when the zone's names "
		   "cannot be resolved or validated (RFC 9567). They learn which names "
		   "were asked for." },
	{ .name = "client-case",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.client_case),
	    .fallback = "false",
	    .doc = "Without case-randomisation, send names as the client wrote them "
		   "rather than in lower case. The case of letters then carries "
		   "bytes out unseen: for tests of tunnels that need it." },
	{ .name = "ipv4",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.ipv4),
	    .fallback = "true",
	    .doc = "Ask servers over IPv4." },
	{ .name = "ipv6",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.ipv6),
	    .fallback = "true",
	    .doc = "Ask servers over IPv6." },
	{ .name = "dnssec-ok",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.dnssec_ok),
	    .fallback = "true",
	    .doc = "Ask servers for signatures too (the DO bit)." },
	{ .name = "validation",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.validation),
	    .fallback = "true",
	    .doc = "Check signatures from the trust anchors down (DNSSEC): forged "
		   "answers become SERVFAIL, proven ones carry the AD bit." },
	{ .name = "aggressive-nsec",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.aggressive_nsec),
	    .fallback = "true",
	    .doc = "What a signed zone has proved not to be there is not asked for again "
		   "(RFC 8198): made-up names are answered from its NSEC and NSEC3 "
		   "records in the cache, names under its wildcards from those." },
	{ .name = "serve-stale",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.serve_stale),
	    .fallback = "true",
	    .doc = "Answer with data that has expired when its servers cannot be reached "
		   "(RFC 8767), with extended error 3 or 19. Never with data that failed "
		   "validation, nor against what a server says now." },
	{ .name = "stale-ttl-max",
	    .kind = KIND_SECONDS,
	    .offset = AT(conf.stale_ttl_max_sec),
	    .min = SECOND,
	    .max = 7 * DAY,
	    .fallback = "1d",
	    .doc = "Data serves so long after its end. It is the first to go when the "
		   "cache is full." },
	{ .name = "stale-answer-after",
	    .kind = KIND_MILLISECONDS,
	    .offset = AT(conf.stale_answer_ms),
	    .min = 0,
	    .max = 10 * SECOND,
	    .fallback = "1800ms",
	    .doc = "A client that has waited so long gets the stale answer, if there is "
		   "one, while resolution goes on." },
	{ .name = "stale-answer-ttl",
	    .kind = KIND_SECONDS,
	    .offset = AT(conf.stale_answer_ttl_sec),
	    .min = SECOND,
	    .max = HOUR,
	    .fallback = "30s",
	    .doc = "The TTL of a stale answer, and how long the servers that failed are "
		   "left alone before the name is tried again." },
	{ .name = "trust-anchors",
	    .kind = KIND_TEXT,
	    LIST_AT(AT, trust_anchors.texts, trust_anchors.count),
	    ENTRIES(0, 1000),
	    .min = 1,
	    .max = 4096,
	    .fallback = "[built-in]",
	    .doc = "Where chains of trust begin: DS and DNSKEY records of any zone, each "
		   "a line as in a zone file; built-in stands for the root's own. A "
		   "record with the word rolling before it is a seed: the zone's keys "
		   "are followed as they change (RFC 5011), as those of built-in are; "
		   "with static, or without a word, it stays as it is. None: nothing is "
		   "secure." },
	{ .name = "trust-anchor-files",
	    .kind = KIND_PATH,
	    LIST_AT(AT, trust_anchor_files.texts, trust_anchor_files.count),
	    ENTRIES(0, 100),
	    .min = 1,
	    .max = PATH_BYTES_MAX,
	    .fallback = "[]",
	    .doc = "Files with more of them: DS and DNSKEY records as in a zone file, or "
		   "the trust-anchors, managed-keys and trusted-keys blocks of BIND. "
		   "What BIND calls initial, and files that Unbound keeps up to date "
		   "itself, are seeds that roll over; all else is static." },
	{ .name = "trust-anchor-rollover",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.trust_anchor_rollover),
	    .fallback = "true",
	    .doc =
		"Follow the keys of the root and of other seeds as they change (RFC "
		"5011), with what was learnt in server.state-dir. Without it, or where "
		"nothing can be written there, seeds are anchors as they stand." },
	{ .name = "key-sentinel",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.key_sentinel),
	    .fallback = "true",
	    .doc = "Let clients find out which keys of the root are trusted here (RFC "
		   "8509)." },
	{ .name = "key-tag-signal",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.key_tag_signal),
	    .fallback = "true",
	    .doc = "Tell the servers of a trust anchor's zone which of its keys are "
		   "trusted here, by a query when they are fetched (RFC 8145)." },
	{ .name = "negative-trust-anchors",
	    .kind = KIND_ITEMS,
	    .options = negative_options,
	    .item_bytes = sizeof(struct whole_negative),
	    .shorthand = "name",
	    LIST_AT(AT, negative, negative_count),
	    ENTRIES(0, 1000),
	    .fallback = "[]",
	    .doc = "Zones that are not validated although they are signed (RFC 7646): "
		   "for those whose signatures are broken. A trust anchor below such a "
		   "name still counts." },
	{ .name = "validation-time",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.validation_time),
	    .min = 0,
	    .max = UINT32_MAX,
	    .fallback = "0",
	    .doc = "Signatures are checked as of this second since 1970; 0 takes the "
		   "clock. For tests." },
	{ .name = "clock-skew",
	    .kind = KIND_SECONDS,
	    .offset = AT(conf.clock_skew_sec),
	    .min = 0,
	    .max = DAY,
	    .fallback = "60s",
	    .doc = "How far a signature's times may be off the clock." },
	{ .name = "loopback-upstream",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.loopback_upstream),
	    .fallback = "false",
	    .doc = "Servers found by recursion may have loopback addresses. For "
		   "laboratories. "
		   "The servers of zones are asked wherever they are." },
	{ .name = "private-upstream",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.private_upstream),
	    .fallback = "true",
	    .doc = "Servers found by recursion may have private addresses (RFC 1918, RFC "
		   "4193). "
		   "The servers of zones are asked wherever they are." },
	{ .name = "harden-glue",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.harden_glue),
	    .fallback = "true",
	    .doc = "Use addresses in a referral only for server names within the zone "
		   "that sent it." },
	{ .name = "edns-udp-size",
	    .kind = KIND_UINT16,
	    .offset = AT(conf.edns_udp_size),
	    .min = 512,
	    .max = 4096,
	    .fallback = "1232",
	    .doc = "Largest UDP message in bytes, both ways. More risks fragments of "
		   "servers' replies, which can be forged; ours are truncated where the "
		   "interface does not take them in one piece." },
	{ .name = "outgoing-sockets",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.outgoing_sockets),
	    .min = 16,
	    .max = 16384,
	    .restart = true,
	    .fallback = "512",
	    .doc =
		"Sockets with random ports that each worker holds for asking servers." },
	{ .name = NULL }
};

static const struct schema_option limits_options[] = {
	{ .name = "rate",
	    .kind = KIND_UINT32,
	    .offset = AT(rate_qps),
	    .min = 0,
	    .max = 10000000,
	    .fallback = "200",
	    .doc = "Questions per second that one client may ask for long; 0 is no "
		   "limit. Groups "
		   "can have their own." },
	{ .name = "burst",
	    .kind = KIND_UINT32,
	    .offset = AT(burst),
	    .min = 1,
	    .max = 10000000,
	    .fallback = "1000",
	    .doc = "Questions that a client may ask at once after a silence. Groups can "
		   "have their own." },
	{ .name = "rate-prefix-v4",
	    .kind = KIND_UINT8,
	    .offset = AT(conf.rate_prefix_v4),
	    .min = 8,
	    .max = 32,
	    .fallback = "32",
	    .doc = "How many bits of an IPv4 address make one client for rates and "
		   "budgets." },
	{ .name = "rate-prefix-v6",
	    .kind = KIND_UINT8,
	    .offset = AT(conf.rate_prefix_v6),
	    .min = 16,
	    .max = 128,
	    .fallback = "64",
	    .doc = "How many bits of an IPv6 address make one client for rates and "
		   "budgets." },
	{ .name = "slip",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.slip),
	    .min = 0,
	    .max = 1000,
	    .fallback = "2",
	    .doc = "Of the UDP questions over the rate, each slip-th is answered with "
		   "TC=1, so that a "
		   "real client comes back by TCP; the others get silence. 1 answers "
		   "all, 0 none." },
	{ .name = "stranger-rate",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.stranger_qps),
	    .min = 0,
	    .max = 1000000,
	    .fallback = "5",
	    .doc = "Error replies a second that one network outside "
		   "all groups (/24, /56) gets by UDP; beyond that there is silence, so "
		   "that nobody can use them against a forged address. They are never "
		   "longer than the question. 0 is silence for all." },
	{ .name = "tcp-clients",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.tcp_clients_max),
	    .min = 1,
	    .max = 1000000,
	    .fallback = "1024",
	    .doc = "TCP connections of clients, in all. Fewer where the limit of open "
		   "files leaves no room for them beside outgoing sockets." },
	{ .name = "tcp-clients-per-address",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.tcp_clients_per_addr),
	    .min = 1,
	    .max = 1000000,
	    .fallback = "32",
	    .doc = "TCP connections of one client address." },
	{ .name = "tcp-questions",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.tcp_questions_max),
	    .min = 1,
	    .max = 65535,
	    .fallback = "16",
	    .doc =
		"Questions of one TCP connection that are worked on at the same time." },
	{ .name = "tcp-idle",
	    .kind = KIND_MILLISECONDS,
	    .offset = AT(conf.tcp_idle_ms),
	    .min = 200,
	    .max = HOUR,
	    .fallback = "10s",
	    .doc = "A TCP connection is closed after this time without a question. It "
		   "shrinks to "
		   "200ms as places fill." },
	{ .name = "tasks",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.tasks_max),
	    .min = 16,
	    .max = 1000000,
	    .restart = true,
	    .fallback = "2048",
	    .doc = "Questions that each worker resolves at the same time." },
	{ .name = "task-memory",
	    .kind = KIND_SIZE,
	    .offset = AT(conf.task_memory_bytes),
	    .min = 64 * KIB,
	    .max = 64 * MIB,
	    .fallback = "256K",
	    .doc = "Memory that resolving one question may take." },
	{ .name = "waiting-per-client",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.waiting_per_client_max),
	    .min = 1,
	    .max = 1000000,
	    .fallback = "256",
	    .doc = "Questions of one client address that may wait for an answer, so that "
		   "nobody can "
		   "save up answers to pour them out at once (DNSBomb)." },
	{ .name = "reply-late",
	    .kind = KIND_MILLISECONDS,
	    .offset = AT(conf.reply_late_ms),
	    .min = 0,
	    .max = MINUTE,
	    .fallback = "1900ms",
	    .doc = "A UDP answer that took longer is kept in the cache but no longer "
		   "sent; 0 sends all." },
	{ .name = "queries",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.queries_max),
	    .min = 10,
	    .max = 10000,
	    .fallback = "96",
	    .doc = "Queries to servers for one question, in all: below a hundredfold." },
	{ .name = "queries-per-name",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.queries_per_name_max),
	    .min = 5,
	    .max = 10000,
	    .fallback = "50",
	    .doc = "Queries to servers for one name while a question is resolved." },
	{ .name = "depth",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.depth_max),
	    .min = 1,
	    .max = 32,
	    .fallback = "7",
	    .doc = "How deep questions for the addresses of servers may lead to further "
		   "ones." },
	{ .name = "cname-links",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.cname_links_max),
	    .min = 1,
	    .max = 64,
	    .fallback = "11",
	    .doc = "CNAME and DNAME records followed in one answer." },
	{ .name = "ns-lookups",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.ns_lookups_max),
	    .min = 1,
	    .max = 100,
	    .fallback = "16",
	    .doc = "Server names of one delegation whose addresses are looked up." },
	{ .name = "ns-nxdomain",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.ns_nxdomain_max),
	    .min = 1,
	    .max = 100,
	    .fallback = "5",
	    .doc = "Server names of one delegation that may turn out not to exist "
		   "(NXNSAttack)." },
	{ .name = "server-outstanding",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.server_outstanding_max),
	    .min = 4,
	    .max = 1000000,
	    .fallback = "512",
	    .doc = "Queries of one worker that may be under way to one server. Halved "
		   "each time it stays silent, for zones with more than three under way. "
		   "Servers of zones are not bounded." },
	{ .name = "zone-outstanding",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.zone_outstanding_max),
	    .min = 4,
	    .max = 1000000,
	    .fallback = "1024",
	    .doc = "Queries of one worker that may be under way to the servers of one "
		   "zone. Halved each time they stay silent, doubled when they answer." },
	{ .name = "question-timeout",
	    .kind = KIND_MILLISECONDS,
	    .offset = AT(conf.question_timeout_ms),
	    .min = 500,
	    .max = 2 * MINUTE,
	    .fallback = "7s",
	    .doc = "Time for one question, everything included." },
	{ .name = "packet-timeout",
	    .kind = KIND_MILLISECONDS,
	    .offset = AT(conf.packet_timeout_max_ms),
	    .min = 50,
	    .max = 30 * SECOND,
	    .fallback = "1500ms",
	    .doc = "Longest wait for one server's answer to one packet." },
	{ .name = NULL }
};

static const struct schema_option cache_options[] = {
	{ .name = "size",
	    .kind = KIND_SIZE,
	    .offset = AT(conf.cache_bytes),
	    .min = MIB,
	    .max = 1024 * GIB,
	    .restart = true,
	    .fallback = "256M",
	    .doc = "Memory for all that is remembered: answers, records, failures, "
		   "servers." },
	{ .name = "ttl-max",
	    .kind = KIND_SECONDS,
	    .offset = AT(conf.ttl_max_sec),
	    .min = SECOND,
	    .max = 7 * DAY,
	    .fallback = "1d",
	    .doc = "Records are kept no longer than this." },
	{ .name = "ttl-min",
	    .kind = KIND_SECONDS,
	    .offset = AT(conf.ttl_min_sec),
	    .min = 0,
	    .max = HOUR,
	    .fallback = "5s",
	    .doc = "Records are kept at least this long, which closes the channel of "
		   "answers with TTL 0." },
	{ .name = "negative-ttl-max",
	    .kind = KIND_SECONDS,
	    .offset = AT(conf.negative_ttl_max_sec),
	    .min = SECOND,
	    .max = 7 * DAY,
	    .fallback = "1h",
	    .doc = "That a name or type does not exist is believed no longer than this "
		   "(RFC 2308)." },
	{ .name = "failure-ttl-min",
	    .kind = KIND_SECONDS,
	    .offset = AT(conf.failure_ttl_min_sec),
	    .min = SECOND,
	    .max = 5 * MINUTE,
	    .fallback = "5s",
	    .doc = "A failed resolution is first remembered this long (RFC 9520): no "
		   "shorter than a client waits before it asks again." },
	{ .name = "failure-ttl-max",
	    .kind = KIND_SECONDS,
	    .offset = AT(conf.failure_ttl_max_sec),
	    .min = SECOND,
	    .max = 5 * MINUTE,
	    .fallback = "5m",
	    .doc = "A resolution that keeps failing is remembered at most this long (RFC "
		   "9520)." },
	{ .name = "prefetch",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.prefetch),
	    .fallback = "true",
	    .doc = "Renew answers that are still asked for shortly before they expire." },
	{ .name = "denial-size",
	    .kind = KIND_SIZE,
	    .offset = AT(conf.denial_bytes),
	    .min = 0,
	    .max = 64 * GIB,
	    .restart = true,
	    .fallback = "16M",
	    .doc = "Of that, for the NSEC and NSEC3 records of resolver.aggressive-nsec; "
		   "never more than a quarter of it." },
	{ .name = NULL }
};

#define TYPES_OPTIONS(base, allow_default, refuse_default)                               \
	{ .name = "allow",                                                               \
		.kind = KIND_TYPES,                                                      \
		LIST_AT(base, types.allow, types.allow_count),                           \
		ENTRIES(0, 1000),                                                        \
		.fallback = allow_default,                                               \
		.doc = "Record types that may be asked, even where another rule "        \
		       "refuses them." },                                                \
	    { .name = "refuse",                                                          \
		    .kind = KIND_TYPES,                                                  \
		    LIST_AT(base, types.refuse, types.refuse_count),                     \
		    ENTRIES(0, 1000),                                                    \
		    .fallback = refuse_default,                                          \
		    .doc = "Record types that are refused; in shadow mode that is only " \
			   "reported." },                                                \
	{                                                                                \
		.name = NULL                                                             \
	}

static const struct schema_option group_types_options[] = { TYPES_OPTIONS(
    GROUP, "[]", "[]") };

/* No benign use of NULL, KEY and the private types in a million questions
 * (doc/detection.md). */
static const struct schema_option policy_types_options[] = { TYPES_OPTIONS(
    AT, "[]", "[\"NULL\", KEY, TYPE65280-TYPE65534]") };

static const struct schema_option group_options[] = {
	{ .name = "name",
	    .kind = KIND_TEXT,
	    .offset = GROUP(name),
	    .min = 1,
	    .max = 64,
	    .required = true,
	    .doc = "Name of the group in events and statistics. Group default is always "
		   "there; "
		   "without clients it holds nobody." },
	{ .name = "clients",
	    .kind = KIND_PREFIX,
	    LIST_AT(GROUP, clients, client_count),
	    ENTRIES(0, LIST_ENTRIES_MAX),
	    .fallback = "[]",
	    .doc = "Prefixes of the clients. The longest prefix of all groups decides; "
		   "who is in "
		   "none is refused." },
	{ .name = "detection",
	    .kind = KIND_ENUM,
	    .offset = GROUP(detection),
	    .words = group_modes,
	    .fallback = "inherit",
	    .doc = "What detection does for these clients; inherit is detection.mode." },
	{ .name = "rate",
	    .kind = KIND_UINT32,
	    .offset = GROUP(rate_qps),
	    .min = 0,
	    .max = 10000000,
	    .special = "inherit",
	    .special_value = WHOLE_INHERIT,
	    .fallback = "inherit",
	    .doc = "Questions per second and client, 0 is no limit; inherit is "
		   "limits.rate." },
	{ .name = "burst",
	    .kind = KIND_UINT32,
	    .offset = GROUP(burst),
	    .min = 1,
	    .max = 10000000,
	    .special = "inherit",
	    .special_value = WHOLE_INHERIT,
	    .fallback = "inherit",
	    .doc = "Questions at once after a silence; inherit is limits.burst." },
	{ .name = "types",
	    .kind = KIND_MAP,
	    .options = group_types_options,
	    .doc = "Record types for these clients. They go before policy.types." },
	{ .name = NULL }
};

static const struct schema_option zone_options[] = {
	{ .name = "name",
	    .kind = KIND_NAME,
	    .offset = ZONE(name),
	    .required = true,
	    .doc = "Name of the zone; it and all beneath it is asked there." },
	{ .name = "kind",
	    .kind = KIND_ENUM,
	    .offset = ZONE(kind),
	    .words = zone_kinds,
	    .required = true,
	    .doc = "stub: the servers are authoritative for the zone. forward: they are "
		   "resolvers." },
	{ .name = "servers",
	    .kind = KIND_ADDRESS,
	    LIST_AT(ZONE, servers, server_count),
	    ENTRIES(1, 64),
	    .required = true,
	    .doc = "Addresses of the servers, with port 53 if none is said." },
	{ .name = "only",
	    .kind = KIND_BOOL,
	    .offset = ZONE(only),
	    .fallback = "false",
	    .doc = "Of a forward zone: when all servers fail, fail too instead of "
		   "resolving from the root." },
	{ .name = "private",
	    .kind = KIND_BOOL,
	    .offset = ZONE(private_zone),
	    .fallback = "false",
	    .doc = "The zone is no part of the public name space, where its parent says "
		   "and signs that there is no such name: it is not validated. A trust "
		   "anchor of its own still counts." },
	{ .name = NULL }
};

static const struct schema_option local_options[] = {
	{ .name = "data",
	    .kind = KIND_TEXT,
	    LIST_AT(AT, local_data.texts, local_data.count),
	    ENTRIES(0, LIST_ENTRIES_MAX),
	    .min = 1,
	    .max = 4096,
	    .fallback = "[]",
	    .doc = "Records of our own, each a line as in a zone file: owner, TTL, class "
		   "IN, type, data. CNAME and DNAME are followed; NS delegates nothing: "
		   "who is to be asked is said in zones." },
	{ .name = "zones",
	    .kind = KIND_NAME,
	    LIST_AT(AT, conf.local_zones, conf.local_zone_count),
	    ENTRIES(0, LIST_ENTRIES_MAX),
	    .fallback = "[]",
	    .doc = "Zones of our own: names in them without data do not exist." },
	{ .name = "special-names",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.special_names),
	    .fallback = "true",
	    .doc = "Answer localhost, invalid, onion and the other special names here "
		   "(RFC 6761)." },
	{ .name = "private-reverse",
	    .kind = KIND_BOOL,
	    .offset = AT(conf.private_reverse),
	    .fallback = "true",
	    .doc = "Answer the reverse zones of private addresses here (RFC 6303), but "
		   "for zones "
		   "and data said above." },
	{ .name = NULL }
};

static const struct schema_option policy_options[] = {
	{ .name = "allow",
	    .kind = KIND_NAME,
	    LIST_AT(AT, allow.names, allow.count),
	    ENTRIES(0, LIST_ENTRIES_MAX),
	    .fallback = "[]",
	    .doc = "Names that are never blocked nor judged, with all beneath them." },
	{ .name = "block",
	    .kind = KIND_NAME,
	    LIST_AT(AT, block.names, block.count),
	    ENTRIES(0, LIST_ENTRIES_MAX),
	    .fallback = "[]",
	    .doc = "Names that are blocked, with all beneath them. The longest name "
		   "decides; allow "
		   "wins where both are equal." },
	{ .name = "allow-files",
	    .kind = KIND_PATH,
	    LIST_AT(AT, allow_files.texts, allow_files.count),
	    ENTRIES(0, 1000),
	    .min = 1,
	    .max = PATH_BYTES_MAX,
	    .fallback = "[]",
	    .doc = "List files with further names to allow: one a line, or as in a hosts "
		   "file." },
	{ .name = "block-files",
	    .kind = KIND_PATH,
	    LIST_AT(AT, block_files.texts, block_files.count),
	    ENTRIES(0, 1000),
	    .min = 1,
	    .max = PATH_BYTES_MAX,
	    .fallback = "[]",
	    .doc = "List files with further names to block: one a line, or as in a hosts "
		   "file." },
	{ .name = "private-addresses",
	    .kind = KIND_PREFIX,
	    LIST_AT(AT, conf.private_addresses, conf.private_address_count),
	    ENTRIES(0, 100),
	    .fallback = "[]",
	    .doc = "Addresses that no public name may have, such as 10.0.0.0/8: dropped "
		   "from answers, also from hints in HTTPS records, so that a web page "
		   "cannot make its own name lead into this network (rebinding)." },
	{ .name = "private-names",
	    .kind = KIND_NAME,
	    LIST_AT(AT, conf.private_names, conf.private_name_count),
	    ENTRIES(0, 1000),
	    .fallback = "[]",
	    .doc = "Names that may have such addresses, with all beneath them. Those of "
		   "local data and of zones below the root may anyway." },
	{ .name = "types",
	    .kind = KIND_MAP,
	    .options = policy_types_options,
	    .doc = "Record types for all groups, behind their own rules." },
	{ .name = NULL }
};

static const struct schema_option detection_options[] = {
	{ .name = "mode",
	    .kind = KIND_ENUM,
	    .offset = AT(conf.detection_mode),
	    .words = detection_modes,
	    .fallback = "enforce",
	    .doc = "off judges nothing, shadow judges and reports but stops nothing, "
		   "enforce stops." },
	{ .name = "zone-entries",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.zone_entries),
	    .min = 1024,
	    .max = ZONE_ENTRIES_MAX,
	    .restart = true,
	    .fallback = "65536",
	    .doc = "Zones that are watched at the same time; rounded up to a power of "
		   "two." },
	{ .name = "pair-entries",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.pair_entries),
	    .min = 1024,
	    .max = TABLE_ENTRIES_MAX,
	    .restart = true,
	    .fallback = "32768",
	    .doc = "Pairs of client and zone that are watched; rounded up to a power of "
		   "two." },
	{ .name = "client-entries",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.client_entries),
	    .min = 1024,
	    .max = TABLE_ENTRIES_MAX,
	    .restart = true,
	    .fallback = "8192",
	    .doc = "Clients that are watched; rounded up to a power of two." },
	{ .name = "seen-entries",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.seen_entries),
	    .min = 4096,
	    .max = TABLE_ENTRIES_MAX,
	    .restart = true,
	    .fallback = "1048576",
	    .doc = "Names whose repetition is recognised, 4 bytes each; rounded up to a "
		   "power of two." },
	{ .name = "suspect-bytes",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.suspect_bytes),
	    .min = 50,
	    .max = 1000000,
	    .fallback = "300",
	    .doc = "Weighted bytes in an account from which a zone is suspect." },
	{ .name = "stop-bytes",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.stop_bytes),
	    .min = 100,
	    .max = 1000000,
	    .fallback = "600",
	    .doc = "Weighted bytes in an account at which it is stopped: about what can "
		   "leak." },
	{ .name = "drain",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.drain_millibytes_per_sec),
	    .min = 0,
	    .max = 1000000,
	    .fallback = "5",
	    .doc = "How fast an account empties, in thousandths of a byte per second." },
	{ .name = "down-stop-bytes",
	    .kind = KIND_UINT32,
	    .offset = AT(conf.down_stop_bytes),
	    .min = 500,
	    .max = 10000000,
	    .fallback = "4000",
	    .doc = "Bytes of new data in answers at which the way down is stopped." },
	{ .name = "hold-first",
	    .kind = KIND_SECONDS,
	    .offset = AT(conf.hold_first_sec),
	    .min = SECOND,
	    .max = 30 * DAY,
	    .fallback = "1m",
	    .doc = "How long a client is first held off a zone. Doubles at each "
		   "repetition." },
	{ .name = "hold-max",
	    .kind = KIND_SECONDS,
	    .offset = AT(conf.hold_max_sec),
	    .min = SECOND,
	    .max = 30 * DAY,
	    .fallback = "1h",
	    .doc = "Longest hold." },
	{ .name = "sinkhole-first",
	    .kind = KIND_SECONDS,
	    .offset = AT(conf.sinkhole_first_sec),
	    .min = SECOND,
	    .max = 365 * DAY,
	    .fallback = "1h",
	    .doc = "How long a zone is first stopped. Doubles at each repetition." },
	{ .name = "sinkhole-max",
	    .kind = KIND_SECONDS,
	    .offset = AT(conf.sinkhole_max_sec),
	    .min = SECOND,
	    .max = 365 * DAY,
	    .fallback = "7d",
	    .doc = "Longest stop of a zone." },
	{ .name = "known-services",
	    .kind = KIND_PATH,
	    .offset = AT(known_services),
	    .min = 1,
	    .max = PATH_BYTES_MAX,
	    .words = built_in_none,
	    .fallback = "built-in",
	    .doc = "List file of services that use the DNS as a data base, each with the "
		   "factor by "
		   "which its budget is larger." },
	{ .name = "own-services",
	    .kind = KIND_PATH,
	    .offset = AT(own_services),
	    .min = 1,
	    .max = PATH_BYTES_MAX,
	    .words = only_none,
	    .fallback = "none",
	    .doc = "List file of your own in the same form, beside known-services: for "
		   "instance what the "
		   "learn period found, once you have read it." },
	{ .name = "learn",
	    .kind = KIND_SECONDS,
	    .offset = AT(conf.learn_sec),
	    .min = 0,
	    .max = 30 * DAY,
	    .fallback = "0",
	    .doc = "Learn period from the first start on: nothing is stopped for its "
		   "budget, only reported, and what would have been is written to "
		   "learnt.list in server.state-dir for review. Types, lists and tools' "
		   "marks hold all the same. 0: none." },
	{ .name = NULL }
};

static const struct schema_option sinkhole_options[] = {
	{ .name = "answer",
	    .kind = KIND_ENUM,
	    .offset = AT(conf.sinkhole_answer),
	    .words = sinkhole_answers,
	    .fallback = "nxdomain",
	    .doc = "What is answered to a question that is stopped or blocked." },
	{ .name = "address-v4",
	    .kind = KIND_HOST,
	    .offset = AT(conf.sinkhole_v4),
	    .min = ADDR_V4,
	    .max = ADDR_V4,
	    .special = "none",
	    .fallback = "none",
	    .doc = "The address in answers to A, with answer: address. Without it they "
		   "have no data." },
	{ .name = "address-v6",
	    .kind = KIND_HOST,
	    .offset = AT(conf.sinkhole_v6),
	    .min = ADDR_V6,
	    .max = ADDR_V6,
	    .special = "none",
	    .fallback = "none",
	    .doc = "The address in answers to AAAA, with answer: address. Without it "
		   "they have no data." },
	{ .name = "ttl",
	    .kind = KIND_SECONDS,
	    .offset = AT(conf.sinkhole_ttl_sec),
	    .min = 0,
	    .max = DAY,
	    .fallback = "1m",
	    .doc = "TTL of these answers, so that a release is soon felt." },
	{ .name = "text",
	    .kind = KIND_TEXT,
	    .offset = AT(conf.sinkhole_text),
	    .min = 0,
	    .max = 160,
	    .fallback = "\"stopped by DNS policy, event\"",
	    .doc = "Text of the extended error; a space and the event's id follow." },
	{ .name = NULL }
};

/* Everybody near, nobody else: loopback, RFC 1918 and RFC 4193. */
#define DEFAULT_GROUPS                                                                   \
	"[{name: default, clients: [127.0.0.0/8, \"::1\", 10.0.0.0/8, 172.16.0.0/12, "   \
	"192.168.0.0/16, \"fc00::/7\"]}]"

static const struct schema_option root_options[] = {
	{ .name = "server",
	    .kind = KIND_MAP,
	    .options = server_options,
	    .doc = "The daemon and its way with clients." },
	{ .name = "resolver",
	    .kind = KIND_MAP,
	    .options = resolver_options,
	    .doc = "How servers are asked." },
	{ .name = "limits",
	    .kind = KIND_MAP,
	    .options = limits_options,
	    .doc = "What a stranger may cost: rates, connections, and the budget of one "
		   "question." },
	{ .name = "cache",
	    .kind = KIND_MAP,
	    .options = cache_options,
	    .doc = "What is remembered." },
	{ .name = "groups",
	    .kind = KIND_ITEMS,
	    .options = group_options,
	    .item_bytes = sizeof(struct whole_group),
	    LIST_AT(AT, groups, group_count),
	    ENTRIES(1, 4096),
	    .fallback = DEFAULT_GROUPS,
	    .doc = "Who may ask, in groups with policies of their own. When groups are "
		   "given, only "
		   "their clients are served." },
	{ .name = "zones",
	    .kind = KIND_ITEMS,
	    .options = zone_options,
	    .item_bytes = sizeof(struct whole_zone),
	    LIST_AT(AT, zones, zone_count),
	    ENTRIES(0, 10000),
	    .fallback = "[]",
	    .doc = "Zones that are asked at servers named here. Detection counts what is "
		   "asked there and stops none of it; the root is an exception, for who "
		   "forwards everything still has the Internet behind it." },
	{ .name = "local",
	    .kind = KIND_MAP,
	    .options = local_options,
	    .doc = "What is answered without asking anybody." },
	{ .name = "policy",
	    .kind = KIND_MAP,
	    .options = policy_options,
	    .doc =
		"Names and types that are allowed or blocked whatever detection says." },
	{ .name = "detection",
	    .kind = KIND_MAP,
	    .options = detection_options,
	    .doc = "How questions are judged." },
	{ .name = "sinkhole",
	    .kind = KIND_MAP,
	    .options = sinkhole_options,
	    .doc = "What a stopped question is answered." },
	{ .name = NULL }
};

const struct schema_option *
schema_root(void)
{
	return root_options;
}
