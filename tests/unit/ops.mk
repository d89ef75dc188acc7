ops_tests = \
	tests/unit/test_control_request \
	tests/unit/test_show
check_PROGRAMS += $(ops_tests)
TESTS += $(ops_tests)
tests_unit_test_control_request_LDADD = $(UNIT_LIBS)
tests_unit_test_show_LDADD = $(UNIT_LIBS)
