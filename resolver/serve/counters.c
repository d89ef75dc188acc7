#include "resolver/serve/counters.h"

static const char *const names[COUNT_COUNT] = {
	[COUNT_UDP_QUESTIONS] = "udp_questions",
	[COUNT_TCP_QUESTIONS] = "tcp_questions",
	[COUNT_DROPPED] = "dropped",
	[COUNT_FORMERR] = "formerr",
	[COUNT_NOTIMP] = "notimp",
	[COUNT_BADVERS] = "badvers",
	[COUNT_REFUSED_CLIENT] = "refused_client",
	[COUNT_REFUSED_RD] = "refused_no_recursion_desired",
	[COUNT_REFUSED_TYPE] = "refused_type",
	[COUNT_LIMIT_TRUNCATED] = "limit_truncated",
	[COUNT_LIMIT_DROPPED] = "limit_dropped",
	[COUNT_LIMIT_REFUSED] = "limit_refused",
	[COUNT_ERRORS_SILENCED] = "errors_silenced",
	[COUNT_COOKIES_NEW] = "cookies_new",
	[COUNT_COOKIES_GOOD] = "cookies_good",
	[COUNT_COOKIES_WRONG] = "cookies_wrong",
	[COUNT_BADCOOKIE] = "badcookie",
	[COUNT_HITS] = "cache_hits",
	[COUNT_MISSES] = "cache_misses",
	[COUNT_LOCAL] = "answered_locally",
	[COUNT_BLOCKED] = "blocked",
	[COUNT_HELD] = "held",
	[COUNT_SINKHOLED] = "sinkholed",
	[COUNT_DETECT_REFUSED] = "refused_by_detection",
	[COUNT_ANSWERS_STOPPED] = "answers_stopped",
	[COUNT_JOINED] = "joined_in_flight",
	[COUNT_STARTED] = "recursions_started",
	[COUNT_PREFETCHED] = "prefetched",
	[COUNT_STALE] = "answered_stale",
	[COUNT_REPORTED] = "errors_reported",
	[COUNT_KEY_TAG_SIGNALS] = "key_tag_signals",
	[COUNT_PROBES] = "trust_probes",
	[COUNT_SHED_TASKS] = "shed_tasks",
	[COUNT_SHED_CLIENT] = "shed_client_share",
	[COUNT_SHED_GREEDIEST] = "shed_greediest",
	[COUNT_SHED_IDLE] = "shed_idle",
	[COUNT_SHED_MEMORY] = "shed_memory",
	[COUNT_SHED_SOCKETS] = "shed_sockets",
	[COUNT_REPLY_LATE] = "replies_too_late",
	[COUNT_REPLY_TRUNCATED] = "replies_truncated",
	[COUNT_NOERROR] = "rcode_noerror",
	[COUNT_NXDOMAIN] = "rcode_nxdomain",
	[COUNT_SERVFAIL] = "rcode_servfail",
};

uint64_t
counters_get(const struct serve_counters *c, enum serve_counter which)
{
	return atomic_load_explicit(&c->values[which], memory_order_relaxed);
}

const char *
counters_name(enum serve_counter which)
{
	return which < COUNT_COUNT ? names[which] : "?";
}
