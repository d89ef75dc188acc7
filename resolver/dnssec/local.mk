libresolver_a_SOURCES += resolver/dnssec/rrsig.h
libresolver_a_SOURCES += resolver/dnssec/algorithm.c resolver/dnssec/algorithm.h
libresolver_a_SOURCES += resolver/dnssec/canonical.c resolver/dnssec/canonical.h
libresolver_a_SOURCES += resolver/dnssec/check.c
libresolver_a_SOURCES += resolver/dnssec/ds.c
libresolver_a_SOURCES += resolver/dnssec/keys.c resolver/dnssec/keys.h
libresolver_a_SOURCES += resolver/dnssec/reason.c resolver/dnssec/reason.h
libresolver_a_SOURCES += resolver/dnssec/sig.c resolver/dnssec/sig.h
