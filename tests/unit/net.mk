# Sockets, loop, journal, log: what touches the system, tested on loopback.
check_PROGRAMS += tests/unit/test_loop tests/unit/test_udp tests/unit/test_tcp \
	tests/unit/test_out tests/unit/test_rng tests/unit/test_log tests/unit/test_journal
tests_unit_test_loop_SOURCES = tests/unit/test_loop.c tests/unit/net_help.h
tests_unit_test_loop_LDADD = $(UNIT_LIBS)
tests_unit_test_udp_SOURCES = tests/unit/test_udp.c tests/unit/net_help.h
tests_unit_test_udp_LDADD = $(UNIT_LIBS)
tests_unit_test_tcp_SOURCES = tests/unit/test_tcp.c tests/unit/net_help.h
tests_unit_test_tcp_LDADD = $(UNIT_LIBS)
tests_unit_test_out_SOURCES = tests/unit/test_out.c tests/unit/net_help.h
tests_unit_test_out_LDADD = $(UNIT_LIBS)
tests_unit_test_rng_SOURCES = tests/unit/test_rng.c
tests_unit_test_rng_LDADD = $(UNIT_LIBS)
tests_unit_test_log_SOURCES = tests/unit/test_log.c
tests_unit_test_log_LDADD = $(UNIT_LIBS)
tests_unit_test_journal_SOURCES = tests/unit/test_journal.c
tests_unit_test_journal_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_loop tests/unit/test_udp tests/unit/test_tcp \
	tests/unit/test_out tests/unit/test_rng tests/unit/test_log tests/unit/test_journal
check_PROGRAMS += tests/unit/test_places
tests_unit_test_places_SOURCES = tests/unit/test_places.c
tests_unit_test_places_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_places

# Ids, ports and case over 100,000 queries; and that a generator which counts is noticed.
check_PROGRAMS += tests/unit/test_entropy tests/unit/test_entropy_fails
tests_unit_test_entropy_SOURCES = tests/unit/test_entropy.c
tests_unit_test_entropy_LDADD = $(UNIT_LIBS) -lm
tests_unit_test_entropy_fails_SOURCES = tests/unit/test_entropy.c
tests_unit_test_entropy_fails_CPPFLAGS = $(AM_CPPFLAGS) -DSEQUENTIAL
tests_unit_test_entropy_fails_LDADD = $(UNIT_LIBS) -lm
TESTS += tests/unit/test_entropy tests/unit/test_entropy_fails
