# Denials: what NSEC and NSEC3 prove, and what they must not.
check_PROGRAMS += tests/unit/test_nsec
tests_unit_test_nsec_SOURCES = tests/unit/test_nsec.c tests/unit/denial_help.c tests/unit/denial_help.h
tests_unit_test_nsec_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_nsec

check_PROGRAMS += tests/unit/test_nsec3
tests_unit_test_nsec3_SOURCES = tests/unit/test_nsec3.c tests/unit/denial_help.c tests/unit/denial_help.h
tests_unit_test_nsec3_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_nsec3

check_PROGRAMS += tests/unit/test_denial
tests_unit_test_denial_SOURCES = tests/unit/test_denial.c tests/unit/denial_help.c tests/unit/denial_help.h
tests_unit_test_denial_LDADD = $(UNIT_LIBS)
if !FOR_THREADS
TESTS += tests/unit/test_denial
endif
