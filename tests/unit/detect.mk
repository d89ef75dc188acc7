# What detect/ does: its parts, its judgement, and recorded counts over generated traffic.
DETECT_FIXTURE = tests/detect/fixture.c tests/detect/fixture.h

check_PROGRAMS += tests/unit/test_detect_parts
tests_unit_test_detect_parts_SOURCES = tests/unit/test_detect_parts.c $(DETECT_FIXTURE)
tests_unit_test_detect_parts_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_detect_parts

check_PROGRAMS += tests/unit/test_detect
tests_unit_test_detect_SOURCES = tests/unit/test_detect.c $(DETECT_FIXTURE)
tests_unit_test_detect_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_detect

check_PROGRAMS += tests/unit/test_detect_traffic
tests_unit_test_detect_traffic_SOURCES = tests/unit/test_detect_traffic.c \
	tests/detect/draw.c tests/detect/draw.h tests/detect/forms.c tests/detect/forms.h \
	tests/detect/services.c tests/detect/services.h \
	tests/detect/traffic.c tests/detect/traffic.h $(DETECT_FIXTURE)
tests_unit_test_detect_traffic_LDADD = $(UNIT_LIBS)
if !FOR_THREADS
TESTS += tests/unit/test_detect_traffic
endif

# Measuring by hand: recorded traffic through the detector. See tests/detect/README.md.
check_PROGRAMS += tests/detect/replay_traffic
tests_detect_replay_traffic_SOURCES = tests/detect/replay_traffic.c
tests_detect_replay_traffic_LDADD = $(SEKISHO_LIBS)
EXTRA_DIST += tests/detect/README.md tests/detect/measure tests/detect/ablation tests/detect/changed.py \
	tests/detect/tools.py

# What of an answer is told to the detector.
check_PROGRAMS += tests/unit/test_weigh
tests_unit_test_weigh_SOURCES = tests/unit/test_weigh.c
tests_unit_test_weigh_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_weigh
