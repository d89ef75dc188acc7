# One entry a test program. What happens between question and answer is tested by
# tests/replay; here stand the pure parts and the life of tasks.

check_PROGRAMS += tests/unit/test_classify
tests_unit_test_classify_SOURCES = tests/unit/test_classify.c tests/unit/arena_fixture.h
tests_unit_test_classify_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_classify

check_PROGRAMS += tests/unit/test_deleg
tests_unit_test_deleg_SOURCES = tests/unit/test_deleg.c tests/unit/arena_fixture.h
tests_unit_test_deleg_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_deleg

check_PROGRAMS += tests/unit/test_iter
tests_unit_test_iter_SOURCES = tests/unit/test_iter.c
tests_unit_test_iter_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_iter

check_PROGRAMS += tests/unit/test_load
tests_unit_test_load_SOURCES = tests/unit/test_load.c
tests_unit_test_load_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_load

check_PROGRAMS += tests/unit/test_aggressive
tests_unit_test_aggressive_SOURCES = tests/unit/test_aggressive.c tests/unit/denial_help.c tests/unit/denial_help.h
tests_unit_test_aggressive_LDADD = $(UNIT_LIBS)
if !FOR_THREADS
TESTS += tests/unit/test_aggressive
endif
