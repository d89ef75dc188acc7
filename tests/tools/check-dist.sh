#!/bin/bash
# What is shipped beside the programs: the completion offers just what sekishoctl knows, as does
# its manual page; systemd and logrotate find nothing wrong with their files. A judge that this
# machine lacks is named, and is no failure. Run in the build folder.
#
#   top_srcdir   the sources (default: automake's srcdir, then .)
set -u

top=${top_srcdir:-${srcdir:-.}}
ctl=$PWD/resolver/sekishoctl
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

wrong() {
	echo "$*"
	failures=$((failures + 1))
}

missing() {
	echo "$1 is not there: $2 is not checked"
}

# same WHAT EXPECTED FOUND: both are words, in any order.
same() {
	local differ
	differ=$(diff <(printf '%s\n' $2 | sort -u) <(printf '%s\n' $3 | sort -u) | grep '^[<>]' | tr '\n' ' ')
	[ -z "$differ" ] || wrong "$1 differ (< expected, > found): $differ"
}

# ---- what sekishoctl knows: its help, and the words that its sources compare with ----

"$ctl" help >"$folder/help" || { echo "no $ctl"; exit 1; }
commands=$(sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' "$folder/help")
options=$(sed -n 's/^  \(-[^ ]*\) .*/\1/p' "$folder/help")
long=$(grep -oE 'does --[a-z]+' "$folder/help" | sed 's/does //')
[ "$(wc -w <<<"$commands")" -gt 15 ] || wrong "sekishoctl help names hardly a command: $commands"

usage_options() {
	"$ctl" help "$1" | sed -n 1p | grep -oE -- '[[ |]--?[a-z]+' | tr -d '[ |'
}

taken=$(sed -n '/^take_option(/,/^}/p' "$top/resolver/sekishoctl.c" | grep -oE '"--?[A-Za-z]+"' | tr -d '"')
same "options before a command: taken, and those in sekishoctl help" "$taken" "$options $long"
taken=$(cat "$top"/resolver/ops/control_*.c "$top/resolver/judge/judge.c" |
	grep -oE '(\{|strcmp\(a,) "--?[a-z]+"' | grep -oE -- '-[-a-z]+')
told=$(for command in $commands; do usage_options "$command"; done)
# --json goes with every command and is told once.
same "options behind commands: taken, and those in sekishoctl help COMMAND" "$taken --json" "$told"

# ---- the manual page ----

page=$top/doc/man/sekishoctl.8
same "commands: in sekishoctl help, and in its manual page" "$commands" \
	"$(sed -n '/^\.Ss Looking/,/^\.Sh JUDGING/s/^\.It Cm \([a-z][a-z]*\).*/\1/p' "$page")"
for command in $commands; do
	same "options of '$command': in its help, and in the manual page" \
		"$(usage_options "$command" | grep -v '^--json$')" \
		"$(grep -E "^\.It Cm $command( |\$)" "$page" | grep -oE 'Fl -?[a-z]+' | sed 's/Fl /-/')"
done
for option in $options $long; do
	grep -qE "^\.It Fl.* ${option#-}( |\$)|^\.It Fl ${option#-}( |\$)|^\.Fl ${option#-}( |\$)" "$page" ||
		[ "$option" = --version ] || wrong "option $option is not in $page"
done

# ---- the completion ----

# complete WORD...: what is offered for the last WORD; "(files)" when file names are.
complete_words() (
	compopt() { echo '(files)'; }
	complete() { :; }
	. "$top/dist/sekishoctl.bash"
	COMP_WORDS=("$ctl" "$@")
	COMP_CWORD=$#
	_sekishoctl "$ctl"
	printf '%s\n' "${COMPREPLY[@]}"
)

same "commands that the completion offers" "$commands" "$(complete_words '')"
same "commands behind help" "$commands" "$(complete_words help '')"
same "commands behind options" "$commands" "$(complete_words -c status --json '')"
same "options that the completion offers" "$options" "$(complete_words -)"
same "what begins with st" "status stats" "$(complete_words st)"
for command in $commands; do
	[ "$command" = help ] || same "options of '$command' in the completion" "$(usage_options "$command")" \
		"$(complete_words "$command" - | grep -v '^(files)$')"
done
same "words of nta" "add list remove check --for --reason" "$(complete_words nta '')"
for words in "check" "dump" "judge" "judge --html" "-c" "-s"; do
	case $(complete_words $words '') in
	*'(files)'*) ;;
	*) wrong "no files are offered behind '$words'" ;;
	esac
done

# ---- systemd's and logrotate's ----

unit=$folder/sekishod.service
sed "s|@sbindir@|$PWD/resolver|; s|@sysconfdir@|/etc|" "$top/dist/sekishod.service.in" >"$unit"
if ! command -v systemd-analyze >/dev/null; then
	missing systemd-analyze sekishod.service
elif ! said=$(systemd-analyze verify --man=no "$unit" 2>&1) || grep -q sekishod.service <<<"$said"; then
	wrong "systemd-analyze verify: $said"
fi
PATH=$PATH:/usr/sbin:/sbin
if ! command -v logrotate >/dev/null; then
	missing logrotate sekisho.logrotate
elif cp "$top/dist/sekisho.logrotate" "$folder/sekisho" && chmod 644 "$folder/sekisho" &&
	! said=$(logrotate -d -s "$folder/state" "$folder/sekisho" 2>&1) || grep -q '^error' <<<"$said"; then
	wrong "logrotate -d: $said"
fi

[ "$failures" -eq 0 ] && echo "check-dist: $(wc -w <<<"$commands") commands"
exit "$((failures > 0))"
