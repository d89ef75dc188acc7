libresolver_a_SOURCES += resolver/dnssec/denial.c
libresolver_a_SOURCES += resolver/dnssec/denial.h
libresolver_a_SOURCES += resolver/dnssec/denial_private.h
libresolver_a_SOURCES += resolver/dnssec/nsec.c
libresolver_a_SOURCES += resolver/dnssec/nsec3.c
libresolver_a_SOURCES += resolver/dnssec/typemap.c
libresolver_a_SOURCES += resolver/dnssec/typemap.h
