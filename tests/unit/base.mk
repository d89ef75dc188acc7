# One entry a test program; bytes.h is shared.
EXTRA_DIST += tests/unit/bytes.h

check_PROGRAMS += tests/unit/test_addr
tests_unit_test_addr_SOURCES = tests/unit/test_addr.c
tests_unit_test_addr_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_addr

check_PROGRAMS += tests/unit/test_arena
tests_unit_test_arena_SOURCES = tests/unit/test_arena.c
tests_unit_test_arena_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_arena

check_PROGRAMS += tests/unit/test_dname
tests_unit_test_dname_SOURCES = tests/unit/test_dname.c
tests_unit_test_dname_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_dname

check_PROGRAMS += tests/unit/test_dns
tests_unit_test_dns_SOURCES = tests/unit/test_dns.c
tests_unit_test_dns_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_dns

check_PROGRAMS += tests/unit/test_histogram
tests_unit_test_histogram_SOURCES = tests/unit/test_histogram.c
tests_unit_test_histogram_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_histogram

check_PROGRAMS += tests/unit/test_htable
tests_unit_test_htable_SOURCES = tests/unit/test_htable.c
tests_unit_test_htable_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_htable

check_PROGRAMS += tests/unit/test_prefix
tests_unit_test_prefix_SOURCES = tests/unit/test_prefix.c
tests_unit_test_prefix_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_prefix

check_PROGRAMS += tests/unit/test_rrset
tests_unit_test_rrset_SOURCES = tests/unit/test_rrset.c
tests_unit_test_rrset_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_rrset

check_PROGRAMS += tests/unit/test_siphash
tests_unit_test_siphash_SOURCES = tests/unit/test_siphash.c
tests_unit_test_siphash_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_siphash
