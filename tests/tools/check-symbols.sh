#!/bin/sh
# What a header offers, somebody takes: no function of the libraries is known outside its
# file when no other file, test or program names it; no header declares a function that
# nobody has written. Run in the build folder.
#
#   top_srcdir   the sources (default: automake's srcdir, then .)
set -eu

NM=${NM:-nm}
top=${top_srcdir:-${srcdir:-.}}
libraries='libbase.a libcache.a libconf.a libdetect.a libresolver.a libjudge.a'
symbols=$(mktemp)
trap 'rm -f "$symbols"' EXIT

for library in $libraries; do
	if [ ! -f "$library" ]; then
		echo "check-symbols: $library is not there"
		exit 1
	fi
	# "OBJECT NAME"; what begins with _ is the compiler's.
	$NM -A -g --defined-only "$library" |
		sed -n 's/^[^:]*:\([^:]*\)\.o:.* [TDBRG] \([A-Za-z][A-Za-z0-9_]*\)$/\1 \2/p' >>"$symbols"
done

# The sources are read rather than the objects: this build may leave some of them out.
cd "$top"
find base cache conf detect resolver tests -name '*.[ch]' | LC_ALL=C sort |
awk -v symbols="$symbols" '
# The line without comments and texts; a comment may go on in the next one.
function bare(line,    out, at) {
	out = ""
	while (line != "") {
		if (in_comment) {
			if ((at = index(line, "*/")) == 0)
				return out
			in_comment = 0
			line = substr(line, at + 2)
			continue
		}
		if ((at = index(line, "/*")) == 0)
			return out line
		out = out substr(line, 1, at - 1)
		in_comment = 1
		line = substr(line, at + 2)
	}
	return out
}

function note(name, file) {
	if ((name, file) in noted)
		return
	noted[name, file] = 1
	files[name]++
	base = file
	gsub(/^.*\/|\.c$/, "", base)
	in_object[base, name] = 1
	if (file !~ /^tests\//)
		ours[name] = 1
}

# A declaration begins at the first column and has no body behind it.
function declaration(line, file,    name) {
	if (line ~ /^(typedef|static|#|struct [a-z_]* *\{|enum|[ \t}])/ || !match(line, /[a-z][a-z0-9_]*\(/))
		return
	name = substr(line, RSTART, RLENGTH - 1)
	if (name != "__attribute__")
		declared[name] = file
}

function read_source(file,    line, header, n, words, i) {
	header = file ~ /\.h$/
	in_comment = 0
	while ((getline line < file) > 0) {
		line = bare(line)
		if (line == "")
			continue
		if (header && file !~ /^tests\//)
			declaration(line, file)
		# In a header only what is inline or a macro calls anything.
		if (header && line !~ /^([ \t]|#[ \t]*define)/)
			continue
		n = split(line, words, /[^A-Za-z0-9_]+/)
		for (i = 1; i <= n; i++)
			if (words[i] ~ /^[a-z]/)
				note(words[i], file)
	}
	close(file)
}

{ read_source($0) }
END {
	while ((getline line < symbols) > 0) {
		split(line, part, " ")
		seen++
		if (files[part[2]] - ((part[1], part[2]) in in_object) < 1) {
			print part[1] ".c: known outside and used in this file alone: " part[2]
			wrong = 1
		}
	}
	for (name in declared) {
		promised++
		if (!(name in ours)) {
			print declared[name] ": declared, and nobody has written it: " name
			wrong = 1
		}
	}
	# The check has to see what is certainly there.
	if (seen < 500 || promised < 500 || files["tcp_bind"] < 2 || !("tcp_bind" in declared)) {
		printf "check-symbols: %d symbols, %d declarations: it is blind\n", seen, promised
		exit 2
	}
	printf "check-symbols: %d symbols, %d declarations\n", seen, promised
	exit wrong
}'
