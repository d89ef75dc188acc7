# Completion of sekishoctl(8) in bash: commands, their words, and files where one is meant.

_sekishoctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command= i
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c | -s | -o) ((i++)) ;;
		-*) ;;
		*) command=${COMP_WORDS[i]} && break ;;
		esac
	done
	case $prev in
	-c | -s) compopt -o default && return ;;
	esac
	case $command in
	'' | help)
		[[ $cur == -* ]] && COMPREPLY=($(compgen -W '-c -s -o --json' -- "$cur")) && return
		COMPREPLY=($(compgen -W "$("$1" help 2>/dev/null | sed -n 's/^  \([a-z]\+\) .*/\1/p')" -- "$cur"))
		;;
	check | dump | judge) compopt -o default ;;
	*) # the words of "usage: sekishoctl COMMAND ...": what is in small letters
		COMPREPLY=($(compgen -W "$("$1" help "$command" 2>/dev/null |
			sed -n '1s/^usage: sekishoctl [a-z]* *//p' | grep -oE -- '(--)?[a-z]{2,}[a-z-]*')" -- "$cur"))
		;;
	esac
}
complete -F _sekishoctl sekishoctl
