noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	base/addr.c base/addr.h \
	base/arena.c base/arena.h \
	base/bigmem.c base/bigmem.h \
	base/clear.h \
	base/clock.c base/clock.h \
	base/dname.c base/dname.h base/dname_text.c \
	base/dns.c base/dns.h \
	base/err.c base/err.h \
	base/spelling.c base/spelling.h \
	base/histogram.c base/histogram.h \
	base/htable.c base/htable.h \
	base/prefix.c \
	base/rrset.c base/rrset.h \
	base/siphash.c base/siphash.h
