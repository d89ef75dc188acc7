noinst_LIBRARIES += libcache.a
libcache_a_SOURCES = \
	%D%/store.c %D%/store.h \
	%D%/kind.c %D%/kind.h \
	%D%/flat.c %D%/flat.h \
	%D%/anscache.c %D%/anscache.h \
	%D%/rrcache.c %D%/rrcache.h %D%/rrcache_private.h \
	%D%/rrcache_negative.c %D%/rrcache_delegation.c %D%/rrcache_failure.c \
	%D%/rrcache_denial.c %D%/rrcache_denial.h \
	%D%/spans.c %D%/spans.h \
	%D%/servers.c %D%/servers.h
