# Each in a network of its own where that can be: ports are theirs alone.
LOG_COMPILER = $(srcdir)/tests/tools/alone
EXTRA_DIST += tests/tools/alone

# Unit tests are one program a module; each area registers its own in its .mk.
UNIT_LIBS = $(SEKISHO_LIBS) $(CMOCKA_LIBS)
# A long test of one thread tells ThreadSanitizer nothing and would take it half a minute: "if !FOR_THREADS".

if HAVE_CMOCKA
include tests/unit/base.mk
include tests/unit/wire.mk
include tests/unit/dnssec.mk
include tests/unit/cache.mk
include tests/unit/conf.mk
include tests/unit/detect.mk
include tests/unit/iter.mk
include tests/unit/net.mk
include tests/unit/serve.mk
include tests/unit/ops.mk
include tests/unit/judge.mk
include tests/unit/local.mk
include tests/unit/denial.mk
endif
include tests/replay/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk
include tests/tools/local.mk
include tests/lab/local.mk
include tests/live/local.mk
include tests/attacks/local.mk
