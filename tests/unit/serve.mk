# Whole workers with real sockets; serve_help.c also puts an invented clock in the place of
# the system's.
SERVE_HELP = tests/unit/serve_help.c tests/unit/serve_help.h tests/unit/bytes.h

check_PROGRAMS += tests/unit/test_serve_front
tests_unit_test_serve_front_SOURCES = tests/unit/test_serve_front.c $(SERVE_HELP)
tests_unit_test_serve_front_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_serve_front
