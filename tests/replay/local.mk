# The iterator against scripted servers: one test a scenario (tests/replay/README.md).
TEST_EXTENSIONS = .rpl
RPL_LOG_COMPILER = ./tests/replay/replay

check_PROGRAMS += tests/replay/replay
tests_replay_replay_SOURCES = \
	tests/replay/authority.c \
	tests/replay/check.c tests/replay/check.h \
	tests/replay/drive.c tests/replay/drive.h \
	tests/replay/expect.c \
	tests/replay/records.c tests/replay/records.h \
	tests/replay/replay.c \
	tests/replay/script.c tests/replay/script.h \
	tests/replay/sign.c tests/replay/sign.h \
	tests/replay/words.c tests/replay/words.h \
	tests/replay/world.c tests/replay/world.h
tests_replay_replay_LDADD = $(SEKISHO_LIBS)

REPLAY_SCENARIOS = \
	tests/replay/aaaa-of-server-fails.rpl \
	tests/replay/aggressive-bogus.rpl \
	tests/replay/aggressive-checking-disabled.rpl \
	tests/replay/aggressive-cut.rpl \
	tests/replay/aggressive-ds.rpl \
	tests/replay/aggressive-minimise.rpl \
	tests/replay/aggressive-negative-anchor.rpl \
	tests/replay/aggressive-nodata.rpl \
	tests/replay/aggressive-nxdomain.rpl \
	tests/replay/aggressive-off.rpl \
	tests/replay/aggressive-stub.rpl \
	tests/replay/aggressive-ttl.rpl \
	tests/replay/aggressive-wildcard.rpl \
	tests/replay/all-lame.rpl \
	tests/replay/any.rpl \
	tests/replay/case-no-tcp.rpl \
	tests/replay/case.rpl \
	tests/replay/cname-limit.rpl \
	tests/replay/cname-loop.rpl \
	tests/replay/cname-nxdomain.rpl \
	tests/replay/cname-other-zone.rpl \
	tests/replay/cname-same-zone.rpl \
	tests/replay/cycle.rpl \
	tests/replay/dead-server.rpl \
	tests/replay/depth.rpl \
	tests/replay/dname-overflow.rpl \
	tests/replay/dname.rpl \
	tests/replay/dnssec-bogus.rpl \
	tests/replay/dnssec-expired.rpl \
	tests/replay/dnssec-forged-nxdomain.rpl \
	tests/replay/dnssec-insecure.rpl \
	tests/replay/dnssec-no-anchor.rpl \
	tests/replay/dnssec-off.rpl \
	tests/replay/dnssec-other-server.rpl \
	tests/replay/dnssec-secure.rpl \
	tests/replay/ds-at-parent.rpl \
	tests/replay/edns-badvers.rpl \
	tests/replay/edns-formerr.rpl \
	tests/replay/edns-silence.rpl \
	tests/replay/failure-memory.rpl \
	tests/replay/failure-of-another.rpl \
	tests/replay/fan-out.rpl \
	tests/replay/forward-falls-back-below.rpl \
	tests/replay/forward-falls-back.rpl \
	tests/replay/forward-only-fails.rpl \
	tests/replay/forward.rpl \
	tests/replay/ghost-domain.rpl \
	tests/replay/glue-out-of-bailiwick.rpl \
	tests/replay/glueless-known.rpl \
	tests/replay/glueless.rpl \
	tests/replay/lame-for-one-name.rpl \
	tests/replay/lame.rpl \
	tests/replay/loopback-upstream-allowed.rpl \
	tests/replay/loopback-upstream.rpl \
	tests/replay/maginot.rpl \
	tests/replay/malformed-all.rpl \
	tests/replay/malformed-next.rpl \
	tests/replay/memory-budget.rpl \
	tests/replay/minimisation-off.rpl \
	tests/replay/minimise-many-labels.rpl \
	tests/replay/minimise-nxdomain.rpl \
	tests/replay/minimise-refused.rpl \
	tests/replay/minimise-silence.rpl \
	tests/replay/minimise-underscore.rpl \
	tests/replay/minimised-referrals.rpl \
	tests/replay/nodata.rpl \
	tests/replay/nxdomain-cut.rpl \
	tests/replay/nxdomain-minimised-agrees.rpl \
	tests/replay/nxdomain-above-a-cut.rpl \
	tests/replay/nxns-failing.rpl \
	tests/replay/nxns-silent.rpl \
	tests/replay/nxns.rpl \
	tests/replay/phoenix-slow.rpl \
	tests/replay/priming-fails.rpl \
	tests/replay/priming-without-addresses.rpl \
	tests/replay/priming.rpl \
	tests/replay/query-budget.rpl \
	tests/replay/query-per-name-budget.rpl \
	tests/replay/referral-sideways.rpl \
	tests/replay/refresh.rpl \
	tests/replay/root-nxdomain.rpl \
	tests/replay/rrsig.rpl \
	tests/replay/same-address.rpl \
	tests/replay/scrub-answer.rpl \
	tests/replay/server-name-is-alias.rpl \
	tests/replay/servfail-next.rpl \
	tests/replay/several-cnames.rpl \
	tests/replay/silent-comes-back.rpl \
	tests/replay/silent-zone.rpl \
	tests/replay/slow-server.rpl \
	tests/replay/spoofed-reply.rpl \
	tests/replay/spoofed.rpl \
	tests/replay/stub-below-nxdomain.rpl \
	tests/replay/stub.rpl \
	tests/replay/surplus-authority.rpl \
	tests/replay/surplus-ns.rpl \
	tests/replay/tcp-refused.rpl \
	tests/replay/tcp.rpl \
	tests/replay/time-budget.rpl \
	tests/replay/v4-only.rpl \
	tests/replay/v6-broken.rpl \
	tests/replay/v6-only.rpl

TESTS += $(REPLAY_SCENARIOS)
EXTRA_DIST += $(REPLAY_SCENARIOS) tests/replay/common.inc tests/replay/root-only.inc tests/replay/signed.inc tests/replay/README.md
