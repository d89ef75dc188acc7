check_PROGRAMS += tests/unit/test_judge_readers
tests_unit_test_judge_readers_SOURCES = tests/unit/test_judge_readers.c
tests_unit_test_judge_readers_LDADD = $(JUDGE_LIBS) $(CMOCKA_LIBS)
TESTS += tests/unit/test_judge_readers

check_PROGRAMS += tests/unit/test_judge_packets
tests_unit_test_judge_packets_SOURCES = tests/unit/test_judge_packets.c
tests_unit_test_judge_packets_LDADD = $(JUDGE_LIBS) $(CMOCKA_LIBS)
TESTS += tests/unit/test_judge_packets

check_PROGRAMS += tests/unit/test_judge
tests_unit_test_judge_SOURCES = tests/unit/test_judge.c \
	tests/detect/draw.c tests/detect/draw.h tests/detect/traffic.c tests/detect/traffic.h
tests_unit_test_judge_LDADD = $(JUDGE_LIBS) $(CMOCKA_LIBS)
TESTS += tests/unit/test_judge

check_PROGRAMS += tests/unit/test_judge_files
tests_unit_test_judge_files_SOURCES = tests/unit/test_judge_files.c
tests_unit_test_judge_files_LDADD = $(JUDGE_LIBS) $(CMOCKA_LIBS)
TESTS += tests/unit/test_judge_files

dist_check_SCRIPTS += tests/unit/judge-examples.sh
TESTS += tests/unit/judge-examples.sh
