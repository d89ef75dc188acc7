#!/bin/sh
# Gives each fuzz target its corpus once: what was found before stays found.
# A target without a corpus, or a corpus without a target, is a failure.
set -u

top=${top_srcdir:-${srcdir:-.}}
failures=0
replayed=0

for target in tests/fuzz/fuzz_*; do
	[ -f "$target" ] && [ -x "$target" ] || continue
	corpus=$top/tests/fuzz/corpus/${target#tests/fuzz/fuzz_}
	if [ ! -d "$corpus" ]; then
		echo "$target: no corpus $corpus"
		failures=$((failures + 1))
	elif "$target" -runs=0 "$corpus" >replay.$$ 2>&1; then
		replayed=$((replayed + 1))
		echo "$target: $(tail -n 1 replay.$$)"
	else
		tail -n 60 replay.$$
		echo "$target: failed on its corpus"
		failures=$((failures + 1))
	fi
	rm -f replay.$$
done

for corpus in "$top"/tests/fuzz/corpus/*/; do
	what=$(basename "$corpus")
	if [ ! -x "tests/fuzz/fuzz_$what" ]; then
		echo "tests/fuzz/corpus/$what: no target fuzz_$what"
		failures=$((failures + 1))
	fi
done

[ "$replayed" -gt 0 ] || failures=$((failures + 1))
exit "$((failures > 0))"
