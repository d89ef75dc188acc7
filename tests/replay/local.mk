# The iterator against scripted servers: one test a scenario (tests/replay/README.md).
TEST_EXTENSIONS = .rpl
RPL_LOG_COMPILER = ./tests/replay/replay

check_PROGRAMS += tests/replay/replay
tests_replay_replay_SOURCES = \
	tests/replay/authority.c \
	tests/replay/check.c tests/replay/check.h \
	tests/replay/drive.c tests/replay/drive.h \
	tests/replay/records.c tests/replay/records.h \
	tests/replay/replay.c \
	tests/replay/script.c tests/replay/script.h \
	tests/replay/words.c tests/replay/words.h \
	tests/replay/world.c tests/replay/world.h
tests_replay_replay_LDADD = $(SEKISHO_LIBS)

REPLAY_SCENARIOS =

TESTS += $(REPLAY_SCENARIOS)
EXTRA_DIST += $(REPLAY_SCENARIOS) tests/replay/README.md
