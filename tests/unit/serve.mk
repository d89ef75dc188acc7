# Whole workers with real sockets; serve_help.c also puts an invented clock in the place of
# the system's.
SERVE_HELP = tests/unit/serve_help.c tests/unit/serve_help.h

check_PROGRAMS += tests/unit/test_serve_cookie tests/unit/test_serve_front tests/unit/test_serve_jobs tests/unit/test_serve_policy
tests_unit_test_serve_cookie_SOURCES = tests/unit/test_serve_cookie.c $(SERVE_HELP)
tests_unit_test_serve_cookie_LDADD = $(UNIT_LIBS)
tests_unit_test_serve_front_SOURCES = tests/unit/test_serve_front.c $(SERVE_HELP)
tests_unit_test_serve_front_LDADD = $(UNIT_LIBS)
tests_unit_test_serve_front_CPPFLAGS = $(AM_CPPFLAGS) -DSOURCE_DIR='"$(abs_top_srcdir)"'
tests_unit_test_serve_jobs_SOURCES = tests/unit/test_serve_jobs.c $(SERVE_HELP)
tests_unit_test_serve_jobs_LDADD = $(UNIT_LIBS)
tests_unit_test_serve_policy_SOURCES = tests/unit/test_serve_policy.c $(DETECT_FIXTURE) $(SERVE_HELP)
tests_unit_test_serve_policy_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_serve_cookie tests/unit/test_serve_front tests/unit/test_serve_jobs tests/unit/test_serve_policy

# A worker with more to verify than one turn of its loop allows.
check_PROGRAMS += tests/unit/test_serve_slices
tests_unit_test_serve_slices_SOURCES = tests/unit/test_serve_slices.c \
	tests/fuzz/signed_world.c tests/fuzz/signed_world.h $(SERVE_HELP)
tests_unit_test_serve_slices_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_serve_slices

# The sockets of all workers, and the daemon's life in processes of its own.
check_PROGRAMS += tests/unit/test_doors tests/unit/test_daemon
tests_unit_test_doors_SOURCES = tests/unit/test_doors.c
tests_unit_test_doors_LDADD = $(UNIT_LIBS)
tests_unit_test_daemon_SOURCES = tests/unit/test_daemon.c
tests_unit_test_daemon_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_doors tests/unit/test_daemon

check_PROGRAMS += tests/unit/test_report
tests_unit_test_report_SOURCES = tests/unit/test_report.c $(SERVE_HELP)
tests_unit_test_report_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_report
