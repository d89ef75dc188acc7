# A new target needs its two lines here, fuzz_<what>.c and corpus/<what>/: see README.md.
fuzz_targets =
fuzz_targets += tests/fuzz/fuzz_anchors
tests_fuzz_fuzz_anchors_LDADD = $(FUZZ_LIBS)
fuzz_targets += tests/fuzz/fuzz_conf
tests_fuzz_fuzz_conf_LDADD = $(FUZZ_LIBS)
fuzz_targets += tests/fuzz/fuzz_control
tests_fuzz_fuzz_control_LDADD = $(FUZZ_LIBS)
fuzz_targets += tests/fuzz/fuzz_denial
tests_fuzz_fuzz_denial_LDADD = $(FUZZ_LIBS)
fuzz_targets += tests/fuzz/fuzz_detect
tests_fuzz_fuzz_detect_LDADD = $(FUZZ_LIBS)
fuzz_targets += tests/fuzz/fuzz_edns
tests_fuzz_fuzz_edns_LDADD = $(FUZZ_LIBS)
fuzz_targets += tests/fuzz/fuzz_iter
tests_fuzz_fuzz_iter_SOURCES = tests/fuzz/fuzz_iter.c tests/fuzz/iter_bench.c tests/fuzz/iter_bench.h
tests_fuzz_fuzz_iter_LDADD = $(FUZZ_LIBS)
fuzz_targets += tests/fuzz/fuzz_judge
tests_fuzz_fuzz_judge_LDADD = $(FUZZ_MAIN) $(FUZZ_ENGINE) $(JUDGE_LIBS)
fuzz_targets += tests/fuzz/fuzz_name
tests_fuzz_fuzz_name_LDADD = $(FUZZ_LIBS)
fuzz_targets += tests/fuzz/fuzz_question
tests_fuzz_fuzz_question_LDADD = $(FUZZ_LIBS)
fuzz_targets += tests/fuzz/fuzz_reply
tests_fuzz_fuzz_reply_LDADD = $(FUZZ_LIBS)
fuzz_targets += tests/fuzz/fuzz_rrsig
tests_fuzz_fuzz_rrsig_LDADD = $(FUZZ_LIBS)
fuzz_targets += tests/fuzz/fuzz_state
tests_fuzz_fuzz_state_LDADD = $(FUZZ_LIBS)
fuzz_targets += tests/fuzz/fuzz_tcp
tests_fuzz_fuzz_tcp_LDADD = $(FUZZ_LIBS)
fuzz_targets += tests/fuzz/fuzz_validate
tests_fuzz_fuzz_validate_SOURCES = tests/fuzz/fuzz_validate.c \
	tests/fuzz/iter_bench.c tests/fuzz/iter_bench.h \
	tests/fuzz/signed_world.c tests/fuzz/signed_world.h
tests_fuzz_fuzz_validate_LDADD = $(FUZZ_LIBS)

check_PROGRAMS += $(fuzz_targets)
dist_check_SCRIPTS += tests/fuzz/replay.sh
EXTRA_DIST += tests/fuzz/README.md tests/fuzz/campaign tests/fuzz/seeds.py tests/fuzz/seeds_rrsig.py tests/fuzz/seeds_validate.py tests/fuzz/corpus
TESTS += tests/fuzz/replay.sh

# With --enable-fuzzing libFuzzer brings main (the objects are compiled with
# -fsanitize=fuzzer-no-link, the programs linked with -fsanitize=fuzzer); without
# it, a main that replays files.
if FUZZING
FUZZ_MAIN =
else
check_LIBRARIES = libreplay.a
libreplay_a_SOURCES = tests/fuzz/replay_main.c
FUZZ_MAIN = libreplay.a
endif
FUZZ_ENGINE = $(FUZZ_FLAGS:fuzzer-no-link=fuzzer)
FUZZ_LIBS = $(FUZZ_MAIN) $(FUZZ_ENGINE) $(SEKISHO_LIBS)

.PHONY: fuzz
fuzz: $(fuzz_targets)
