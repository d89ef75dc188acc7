# One entry a test program:
#   check_PROGRAMS += tests/unit/test_foo
#   tests_unit_test_foo_SOURCES = tests/unit/test_foo.c
#   tests_unit_test_foo_LDADD = $(UNIT_LIBS)
#   TESTS += tests/unit/test_foo

check_PROGRAMS += tests/unit/test_store
tests_unit_test_store_SOURCES = tests/unit/test_store.c
tests_unit_test_store_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_store

check_PROGRAMS += tests/unit/test_rrcache
tests_unit_test_rrcache_SOURCES = tests/unit/test_rrcache.c
tests_unit_test_rrcache_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_rrcache

check_PROGRAMS += tests/unit/test_anscache
tests_unit_test_anscache_SOURCES = tests/unit/test_anscache.c
tests_unit_test_anscache_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_anscache

check_PROGRAMS += tests/unit/test_servers
tests_unit_test_servers_SOURCES = tests/unit/test_servers.c
tests_unit_test_servers_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_servers

check_PROGRAMS += tests/unit/test_spans
tests_unit_test_spans_SOURCES = tests/unit/test_spans.c
tests_unit_test_spans_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_spans
