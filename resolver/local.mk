noinst_LIBRARIES += libresolver.a
libresolver_a_SOURCES =

# A static library an upward call cannot reach: the order below is the order of the layers.
SEKISHO_LIBS = libresolver.a libdetect.a libconf.a libcache.a libbase.a \
	$(EVENT_LIBS) $(LDNS_LIBS) $(CRYPTO_LIBS) $(YAML_LIBS) $(PSL_LIBS) $(JANSSON_LIBS) $(CAPNG_LIBS)

include resolver/os/local.mk
include resolver/wire/local.mk
include resolver/dnssec/local.mk
include resolver/local/local.mk
include resolver/net/local.mk
include resolver/iter/local.mk
include resolver/serve/local.mk
include resolver/ops/local.mk
include resolver/judge/local.mk

sbin_PROGRAMS += resolver/sekishod
resolver_sekishod_SOURCES = resolver/sekishod.c
resolver_sekishod_LDADD = $(SEKISHO_LIBS)

sbin_PROGRAMS += resolver/sekishoctl
resolver_sekishoctl_SOURCES = resolver/sekishoctl.c
resolver_sekishoctl_LDADD = $(JUDGE_LIBS)
