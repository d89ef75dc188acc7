# Completion of sekishoctl(8) in bash: commands, their words and options, and files where one
# is meant. It asks "sekishoctl help" what there is, so it cannot fall behind.

_sekishoctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' words='' i
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c | -s | -o) ((i++)) ;;
		-*) ;;
		*) command=${COMP_WORDS[i]} && break ;;
		esac
	done
	case $command:$prev in
	:-c | :-s | judge:--html)
		compopt -o default
		return
		;;
	:-o) return ;;
	esac
	case $command:$cur in
	:-*) words=$("$1" help 2>/dev/null | sed -n 's/^  \(-[^ ]*\) .*/\1/p') ;;
	: | :* | help:*) words=$("$1" help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p') ;;
	*) # the words of "usage: sekishoctl COMMAND ...": what is in small letters
		words=$("$1" help "$command" 2>/dev/null |
			sed -n '1s/^usage: sekishoctl [a-z]* *//p' | grep -oE -- '(--?)?[a-z][a-z-]*')
		case $command in
		check | dump | judge) compopt -o default ;;
		esac
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _sekishoctl sekishoctl
