#!/bin/sh
# Each class of attack has its test, and its defence is where the edit that takes it out looks for
# it: what prove would find out only after building for ten minutes.
set -eu

command -v python3 >/dev/null || {
	echo "python3 is not there"
	exit 77
}
exec python3 "${top_srcdir:-${srcdir:-.}}/tests/attacks/prove" --check
