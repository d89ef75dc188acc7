# Signatures and keys, against zones that ldns signed; see dnssec_fixture.h.
EXTRA_DIST += tests/unit/dnssec_fixture.h tests/unit/dnssec

check_PROGRAMS += tests/unit/test_rrsig
tests_unit_test_rrsig_SOURCES = tests/unit/test_rrsig.c
tests_unit_test_rrsig_CPPFLAGS = $(AM_CPPFLAGS) -DSOURCE_DIR='"$(abs_top_srcdir)"'
tests_unit_test_rrsig_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_rrsig

check_PROGRAMS += tests/unit/test_slice
tests_unit_test_slice_SOURCES = tests/unit/test_slice.c
tests_unit_test_slice_CPPFLAGS = $(AM_CPPFLAGS) -DSOURCE_DIR='"$(abs_top_srcdir)"'
tests_unit_test_slice_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_slice

check_PROGRAMS += tests/unit/test_keys
tests_unit_test_keys_SOURCES = tests/unit/test_keys.c
tests_unit_test_keys_CPPFLAGS = $(AM_CPPFLAGS) -DSOURCE_DIR='"$(abs_top_srcdir)"'
tests_unit_test_keys_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_keys

check_PROGRAMS += tests/unit/test_chain
tests_unit_test_chain_SOURCES = tests/unit/test_chain.c
tests_unit_test_chain_CPPFLAGS = $(AM_CPPFLAGS) -DSOURCE_DIR='"$(abs_top_srcdir)"'
tests_unit_test_chain_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_chain

# The life of trust anchors.
trust_tests = tests/unit/test_trust tests/unit/test_conf_anchors tests/unit/test_keytag tests/unit/test_negative tests/unit/test_rollover
check_PROGRAMS += $(trust_tests)
TESTS += $(trust_tests)
tests_unit_test_conf_anchors_LDADD = $(UNIT_LIBS)
tests_unit_test_trust_LDADD = $(UNIT_LIBS)
tests_unit_test_keytag_LDADD = $(UNIT_LIBS)
tests_unit_test_negative_LDADD = $(UNIT_LIBS)
tests_unit_test_rollover_LDADD = $(UNIT_LIBS)
