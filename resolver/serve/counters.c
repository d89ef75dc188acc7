#include "resolver/serve/counters.h"

static const char *const names[COUNT_COUNT] = {
	[COUNT_UDP_QUESTIONS] = "udp-questions",
	[COUNT_TCP_QUESTIONS] = "tcp-questions",
	[COUNT_DROPPED] = "dropped",
	[COUNT_FORMERR] = "formerr",
	[COUNT_NOTIMP] = "notimp",
	[COUNT_BADVERS] = "badvers",
	[COUNT_REFUSED_CLIENT] = "refused-client",
	[COUNT_REFUSED_RD] = "refused-no-recursion-desired",
	[COUNT_REFUSED_TYPE] = "refused-type",
	[COUNT_LIMIT_TRUNCATED] = "limit-truncated",
	[COUNT_LIMIT_DROPPED] = "limit-dropped",
	[COUNT_LIMIT_REFUSED] = "limit-refused",
	[COUNT_HITS] = "cache-hits",
	[COUNT_MISSES] = "cache-misses",
	[COUNT_LOCAL] = "answered-locally",
	[COUNT_BLOCKED] = "blocked",
	[COUNT_HELD] = "held",
	[COUNT_SINKHOLED] = "sinkholed",
	[COUNT_DETECT_REFUSED] = "refused-by-detection",
	[COUNT_ANSWERS_STOPPED] = "answers-stopped",
	[COUNT_JOINED] = "joined-in-flight",
	[COUNT_STARTED] = "recursions-started",
	[COUNT_PREFETCHED] = "prefetched",
	[COUNT_SHED_TASKS] = "shed-tasks",
	[COUNT_SHED_CLIENT] = "shed-client-share",
	[COUNT_SHED_MEMORY] = "shed-memory",
	[COUNT_REPLY_LATE] = "replies-too-late",
	[COUNT_REPLY_TRUNCATED] = "replies-truncated",
	[COUNT_NOERROR] = "rcode-noerror",
	[COUNT_NXDOMAIN] = "rcode-nxdomain",
	[COUNT_SERVFAIL] = "rcode-servfail",
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
