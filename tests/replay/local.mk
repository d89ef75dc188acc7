# The iterator against scripted servers: one test a scenario (tests/replay/README.md).
TEST_EXTENSIONS = .rpl
RPL_LOG_COMPILER = ./tests/replay/replay

check_PROGRAMS += tests/replay/replay
tests_replay_replay_SOURCES = \
	tests/replay/authority.c \
	tests/replay/check.c tests/replay/check.h \
	tests/replay/drive.c tests/replay/drive.h \
	tests/replay/expect.c \
	tests/replay/proofs.c tests/replay/proofs.h \
	tests/replay/records.c tests/replay/records.h \
	tests/replay/replay.c \
	tests/replay/script.c tests/replay/script.h \
	tests/replay/edit.c tests/replay/edit.h \
	tests/replay/ring.c tests/replay/ring.h \
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
	tests/replay/aggressive-nsec3-opt-out.rpl \
	tests/replay/aggressive-nsec3.rpl \
	tests/replay/aggressive-nsec3-wildcard.rpl \
	tests/replay/aggressive-nxdomain.rpl \
	tests/replay/aggressive-off.rpl \
	tests/replay/aggressive-stub.rpl \
	tests/replay/aggressive-ttl.rpl \
	tests/replay/aggressive-wildcard.rpl \
	tests/replay/all-lame.rpl \
	tests/replay/any.rpl \
	tests/replay/attack-additional-names.rpl \
	tests/replay/attack-cacheflush.rpl \
	tests/replay/attack-camp.rpl \
	tests/replay/attack-cname-chain.rpl \
	tests/replay/attack-cyclic-ns.rpl \
	tests/replay/attack-ghost-domain.rpl \
	tests/replay/attack-idns.rpl \
	tests/replay/attack-kaminsky-nothing-right.rpl \
	tests/replay/attack-kaminsky.rpl \
	tests/replay/attack-keytrap.rpl \
	tests/replay/attack-large-rrset.rpl \
	tests/replay/attack-maginot.rpl \
	tests/replay/attack-many-types.rpl \
	tests/replay/attack-negative-padding.rpl \
	tests/replay/attack-nrdelegation.rpl \
	tests/replay/attack-nsec-next.rpl \
	tests/replay/attack-nsec3-encloser.rpl \
	tests/replay/attack-nsec3-iterations-referral.rpl \
	tests/replay/attack-nsec3-iterations.rpl \
	tests/replay/attack-nxns-glueless-zones.rpl \
	tests/replay/attack-nxns.rpl \
	tests/replay/attack-phoenix.rpl \
	tests/replay/attack-promiscuous-alias.rpl \
	tests/replay/attack-promiscuous.rpl \
	tests/replay/attack-random-subdomains.rpl \
	tests/replay/attack-rebinding-stale.rpl \
	tests/replay/attack-rebinding.rpl \
	tests/replay/attack-rrsig-labels.rpl \
	tests/replay/attack-stripped.rpl \
	tests/replay/attack-surplus-ns.rpl \
	tests/replay/attack-too-many-records.rpl \
	tests/replay/attack-truncated.rpl \
	tests/replay/attack-tsuking.rpl \
	tests/replay/attack-tudoor.rpl \
	tests/replay/case-no-tcp.rpl \
	tests/replay/case.rpl \
	tests/replay/cname-limit.rpl \
	tests/replay/cname-loop.rpl \
	tests/replay/cname-nxdomain.rpl \
	tests/replay/cname-other-zone.rpl \
	tests/replay/cname-same-zone.rpl \
	tests/replay/cookie-anycast.rpl \
	tests/replay/cookie-badcookie-without.rpl \
	tests/replay/cookie-dname.rpl \
	tests/replay/cookie-forged.rpl \
	tests/replay/cookie-formerr.rpl \
	tests/replay/cookie-garbage.rpl \
	tests/replay/cookie-learnt.rpl \
	tests/replay/cookie-lost-packets.rpl \
	tests/replay/cookie-missing.rpl \
	tests/replay/cookie-missing-no-tcp.rpl \
	tests/replay/cookie-never-good.rpl \
	tests/replay/cookie-off.rpl \
	tests/replay/cookie-required.rpl \
	tests/replay/cookie-silence.rpl \
	tests/replay/cycle.rpl \
	tests/replay/dead-server.rpl \
	tests/replay/depth.rpl \
	tests/replay/dname-overflow.rpl \
	tests/replay/dname-again.rpl \
	tests/replay/dname.rpl \
	tests/replay/dnssec-bogus.rpl \
	tests/replay/dnssec-dname-again.rpl \
	tests/replay/dnssec-each-half-right.rpl \
	tests/replay/dnssec-chained-without-proof.rpl \
	tests/replay/dnssec-expired.rpl \
	tests/replay/dnssec-forged-nxdomain.rpl \
	tests/replay/dnssec-insecure.rpl \
	tests/replay/dnssec-no-anchor.rpl \
	tests/replay/dnssec-off.rpl \
	tests/replay/dnssec-other-server-alias.rpl \
	tests/replay/dnssec-server-without-edns.rpl \
	tests/replay/dnssec-other-server.rpl \
	tests/replay/dnssec-secure.rpl \
	tests/replay/dnssec-wildcard-again.rpl \
	tests/replay/glue-missing.rpl \
	tests/replay/key-sentinel.rpl \
	tests/replay/key-sentinel-cd.rpl \
	tests/replay/key-sentinel-off.rpl \
	tests/replay/key-tag-signal.rpl \
	tests/replay/key-tag-signal-off.rpl \
	tests/replay/key-tag-signal-clients.rpl \
	tests/replay/negative-anchor.rpl \
	tests/replay/negative-anchor-above-anchor.rpl \
	tests/replay/private-zone.rpl \
	tests/replay/private-zone-unsaid.rpl \
	tests/replay/ds-at-parent.rpl \
	tests/replay/edns-badvers.rpl \
	tests/replay/edns-formerr.rpl \
	tests/replay/edns-silence.rpl \
	tests/replay/failure-memory.rpl \
	tests/replay/failure-of-another.rpl \
	tests/replay/fan-out.rpl \
	tests/replay/forward-falls-back-below.rpl \
	tests/replay/forward-falls-back.rpl \
	tests/replay/forward-lame.rpl \
	tests/replay/forward-only-fails.rpl \
	tests/replay/forward.rpl \
	tests/replay/ghost-domain.rpl \
	tests/replay/glue-of-parent.rpl \
	tests/replay/glue-out-of-bailiwick.rpl \
	tests/replay/glueless-known.rpl \
	tests/replay/glueless.rpl \
	tests/replay/lame-for-one-name.rpl \
	tests/replay/lame.rpl \
	tests/replay/loopback-hints.rpl \
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
	tests/replay/not-minimal.rpl \
	tests/replay/phoenix-slow.rpl \
	tests/replay/priming-fails.rpl \
	tests/replay/priming-without-addresses.rpl \
	tests/replay/priming.rpl \
	tests/replay/query-budget.rpl \
	tests/replay/query-per-name-budget.rpl \
	tests/replay/referral-sideways.rpl \
	tests/replay/refresh.rpl \
	tests/replay/report-channel-off.rpl \
	tests/replay/report-channel.rpl \
	tests/replay/resolver-as-server.rpl \
	tests/replay/root-nxdomain.rpl \
	tests/replay/rrsig-asked.rpl \
	tests/replay/rrsig.rpl \
	tests/replay/same-address.rpl \
	tests/replay/scrub-answer.rpl \
	tests/replay/server-name-is-alias.rpl \
	tests/replay/servfail-next.rpl \
	tests/replay/several-cnames.rpl \
	tests/replay/silence-is-no-data.rpl \
	tests/replay/silence-of-forwarder.rpl \
	tests/replay/silent-comes-back.rpl \
	tests/replay/silent-zone.rpl \
	tests/replay/slow-server.rpl \
	tests/replay/spoofed-reply.rpl \
	tests/replay/spoofed.rpl \
	tests/replay/stale-alias.rpl \
	tests/replay/stale-bogus.rpl \
	tests/replay/stale-denied.rpl \
	tests/replay/stale-ghost.rpl \
	tests/replay/stale-nodata.rpl \
	tests/replay/stale-nxdomain.rpl \
	tests/replay/stale-off.rpl \
	tests/replay/stale-secure.rpl \
	tests/replay/stale-servers-dead.rpl \
	tests/replay/stale-servfail.rpl \
	tests/replay/stub-below-nxdomain.rpl \
	tests/replay/stub.rpl \
	tests/replay/surplus-authority.rpl \
	tests/replay/surplus-ns.rpl \
	tests/replay/tcp-refused.rpl \
	tests/replay/tcp-truncated.rpl \
	tests/replay/tcp.rpl \
	tests/replay/time-budget.rpl \
	tests/replay/trust-alias-to-bogus.rpl \
	tests/replay/trust-aliases.rpl \
	tests/replay/trust-bogus-remembered.rpl \
	tests/replay/trust-checking-disabled.rpl \
	tests/replay/trust-child-ds.rpl \
	tests/replay/trust-denial-bogus.rpl \
	tests/replay/trust-ds-in-referral.rpl \
	tests/replay/trust-ds-of-referral.rpl \
	tests/replay/trust-edns-formerr.rpl \
	tests/replay/trust-edns-lost.rpl \
	tests/replay/trust-expired-at-one.rpl \
	tests/replay/trust-island.rpl \
	tests/replay/trust-iterations-referral.rpl \
	tests/replay/trust-iterations.rpl \
	tests/replay/trust-keys-of-one-tag.rpl \
	tests/replay/trust-keytrap.rpl \
	tests/replay/trust-labels.rpl \
	tests/replay/trust-missing-rrsig.rpl \
	tests/replay/trust-no-ds-nsec3.rpl \
	tests/replay/trust-nsec-of-wildcard.rpl \
	tests/replay/trust-nsec-out-of-zone.rpl \
	tests/replay/trust-nsec3.rpl \
	tests/replay/trust-opt-out-empty.rpl \
	tests/replay/trust-opt-out.rpl \
	tests/replay/trust-proof-at-hand.rpl \
	tests/replay/trust-same-key-rollover.rpl \
	tests/replay/trust-silence.rpl \
	tests/replay/trust-skew.rpl \
	tests/replay/trust-stripped-ds.rpl \
	tests/replay/trust-ttl.rpl \
	tests/replay/trust-unsupported-without-edns.rpl \
	tests/replay/trust-unsigned-copy.rpl \
	tests/replay/trust-unsupported.rpl \
	tests/replay/trust-wildcard-bogus.rpl \
	tests/replay/trust-wildcard-dname.rpl \
	tests/replay/trust-without-soa.rpl \
	tests/replay/trust-wrong-ds.rpl \
	tests/replay/v4-only.rpl \
	tests/replay/v6-broken.rpl \
	tests/replay/v6-only.rpl

TESTS += $(REPLAY_SCENARIOS)
EXTRA_DIST += $(REPLAY_SCENARIOS) tests/replay/common.inc tests/replay/root-only.inc tests/replay/signed.inc tests/replay/signed3.inc tests/replay/README.md

# Played by hand or by a live run: they need a network of their own.
EXTRA_DIST += tests/replay/outside \
	tests/replay/outsider/__init__.py \
	tests/replay/outsider/message.py \
	tests/replay/outsider/play.py \
	tests/replay/outsider/resign.py \
	tests/replay/outsider/scenario.py \
	tests/replay/outsider/settings.py \
	tests/replay/outsider/stage.py \
	tests/replay/outside-scenarios
