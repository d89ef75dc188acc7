#!/bin/sh
# Shows that check-layers.sh can fail: each forbidden include, planted alone in
# a small tree, is found with its file and line; the tree without it passes.
set -eu

top=$(cd "${top_srcdir:-${srcdir:-.}}" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0

plant() {
	rm -rf "${tree:?}"/*
	mkdir -p "$tree/base" "$tree/cache" "$tree/conf" "$tree/detect" "$tree/resolver/net" \
		"$tree/resolver/wire" "$tree/resolver/iter" "$tree/resolver/serve"
	printf '#include "config.h"\n#include <string.h>\n' >"$tree/base/good.c"
	printf '#include "base/good.h"\n#include <event2/event.h>\n' >"$tree/resolver/net/good.c"
	printf '#include <sys/socket.h>\n' >"$tree/base/addr.h"
}

check() {
	top_srcdir=$tree layers=$top/tests/tools/layers sh "$top/tests/tools/check-layers.sh"
}

# offence FILE INCLUDE: the include on line 2 of FILE must be reported as FILE:2.
offence() {
	plant
	printf '#include <stdint.h>\n#include %s\n' "$2" >"$tree/$1"
	if out=$(check); then
		echo "not found: $1 includes $2"
		failures=$((failures + 1))
	elif ! printf '%s\n' "$out" | grep -q "^$1:2: "; then
		echo "found without its place: $1 includes $2: $out"
		failures=$((failures + 1))
	fi
}

plant
if ! check; then
	echo "a tree without offences does not pass"
	failures=1
fi

offence base/x.c '"cache/cache.h"'
offence base/x.c '<event2/event.h>'
offence base/x.h '<time.h>'
offence base/x.c '<sys/socket.h>'
offence base/addr.h '<netinet/in.h>'
offence cache/x.c '"conf/conf.h"'
offence cache/x.c '<netinet/in.h>'
offence conf/x.c '<sys/time.h>'
offence conf/x.c '"detect/judge.h"'
offence conf/x.c '<syslog.h>'
offence detect/x.c '"cache/cache.h"'
offence detect/x.c '"resolver/os/clock.h"'
offence detect/x.c '<resolver/os/clock.h>'
offence detect/x.c '<sys/random.h>'
offence detect/x.c '"event2/event.h"'
offence resolver/wire/x.c '"resolver/os/clock.h"'
offence resolver/iter/x.c '"resolver/net/udp.h"'
offence resolver/iter/x.c '"detect/judge.h"'
offence resolver/net/x.c '"resolver/iter/task.h"'
offence resolver/serve/x.c '"resolver/ops/reload.h"'
offence resolver/serve/x.c '<event2/event.h>'
offence resolver/serve/x.c '"worker.h"'
offence resolver/serve/x.c '"../net/udp.h"'
offence resolver/serve/x.c '"resolver/serve/../ops/reload.h"'

[ "$failures" -eq 0 ] && echo "check-layers-fails: every planted offence was found"
exit "$failures"
