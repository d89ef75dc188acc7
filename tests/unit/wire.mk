# One entry a test program.

check_PROGRAMS += tests/unit/test_cookie
tests_unit_test_cookie_SOURCES = tests/unit/test_cookie.c
tests_unit_test_cookie_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_cookie

check_PROGRAMS += tests/unit/test_edns
tests_unit_test_edns_SOURCES = tests/unit/test_edns.c
tests_unit_test_edns_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_edns

check_PROGRAMS += tests/unit/test_rdata
tests_unit_test_rdata_SOURCES = tests/unit/test_rdata.c
tests_unit_test_rdata_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_rdata

check_PROGRAMS += tests/unit/test_reader
tests_unit_test_reader_SOURCES = tests/unit/test_reader.c
tests_unit_test_reader_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_reader

check_PROGRAMS += tests/unit/test_writer
tests_unit_test_writer_SOURCES = tests/unit/test_writer.c
tests_unit_test_writer_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_writer

check_PROGRAMS += tests/unit/test_msg
tests_unit_test_msg_SOURCES = tests/unit/test_msg.c
tests_unit_test_msg_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_msg

check_PROGRAMS += tests/unit/test_query
tests_unit_test_query_SOURCES = tests/unit/test_query.c
tests_unit_test_query_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_query

check_PROGRAMS += tests/unit/test_question
tests_unit_test_question_SOURCES = tests/unit/test_question.c
tests_unit_test_question_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_question

check_PROGRAMS += tests/unit/test_answer
tests_unit_test_answer_SOURCES = tests/unit/test_answer.c
tests_unit_test_answer_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_answer
