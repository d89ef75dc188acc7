check_PROGRAMS += tests/unit/test_local
tests_unit_test_local_SOURCES = tests/unit/test_local.c
tests_unit_test_local_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_local
