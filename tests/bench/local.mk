# Benches are built by "make bench", never by "make check": a time is no test.
EXTRA_PROGRAMS = tests/bench/micro tests/bench/validate
tests_bench_micro_SOURCES = tests/bench/micro.c
tests_bench_micro_LDADD = $(SEKISHO_LIBS)
tests_bench_validate_SOURCES = tests/bench/validate.c
tests_bench_validate_LDADD = $(SEKISHO_LIBS)
CLEANFILES += tests/bench/micro tests/bench/validate
EXTRA_DIST += tests/bench/README.md tests/bench/compare

bench: tests/bench/micro$(EXEEXT) tests/bench/validate$(EXEEXT)
	./tests/bench/micro
	./tests/bench/validate
.PHONY: bench
