ops_tests = \
	tests/unit/test_control \
	tests/unit/test_control_request \
	tests/unit/test_privileges \
	tests/unit/test_reload \
	tests/unit/test_show \
	tests/unit/test_state
check_PROGRAMS += $(ops_tests)
TESTS += $(ops_tests)
tests_unit_test_control_LDADD = $(UNIT_LIBS)
tests_unit_test_control_request_LDADD = $(UNIT_LIBS)
tests_unit_test_privileges_LDADD = $(UNIT_LIBS)
tests_unit_test_reload_LDADD = $(UNIT_LIBS)
tests_unit_test_show_LDADD = $(UNIT_LIBS)
tests_unit_test_state_LDADD = $(UNIT_LIBS)
