#!/bin/sh
# Checks every #include of the five source folders against the table "layers".
# Prints file:line of each that is not allowed and fails if there was one.
#
#   top_srcdir   the tree to check (default: automake's srcdir, then .)
#   layers       the table (default: tests/tools/layers of that tree)
set -eu

top=${top_srcdir:-${srcdir:-.}}
table=${layers:-$top/tests/tools/layers}

cd "$top"
case $table in
"$top"/*) table=./${table#"$top"/} ;;
esac
find base cache conf detect resolver -name '*.[ch]' -print 2>/dev/null | LC_ALL=C sort |
awk -v table="$table" '
function words(text, into,    n, list, i) {
	n = split(text, list, " ")
	for (i = 1; i <= n; i++)
		into[list[i]] = 1
	return n
}

# FOLDER: FOLDERS, forbid FOLDERS: HEADERS, except FILE: HEADERS
function read_table(    line, colon, left, right, n, m, i, j, who, what) {
	while ((getline line < table) > 0) {
		sub(/#.*/, "", line)
		if (line !~ /[^ \t]/)
			continue
		colon = index(line, ":")
		left = substr(line, 1, colon - 1)
		right = substr(line, colon + 1)
		n = split(left, who, " ")
		m = split(right, what, " ")
		rows++
		if (who[1] == "forbid") {
			for (i = 2; i <= n; i++)
				for (j = 1; j <= m; j++)
					forbidden[who[i], what[j]] = 1
		} else if (who[1] == "except") {
			for (j = 1; j <= m; j++)
				excepted[who[2], what[j]] = 1
		} else {
			known[who[1]] = 1
			allowed[who[1], who[1]] = 1
			for (j = 1; j <= m; j++)
				allowed[who[1], what[j]] = 1
		}
	}
	close(table)
}

function folder_of(path) {
	if (path !~ /\//)
		return ""
	sub(/\/[^\/]*$/, "", path)
	return path
}

# The row that counts for a folder: its own or that of the nearest one above.
function row_of(folder) {
	while (folder != "" && !(folder in known))
		folder = folder_of(folder)
	return folder
}

function offend(file, line, why) {
	printf "%s:%d: %s\n", file, line, why
	offences++
}

function check_own(file, line, name,    from, to) {
	if (name == "config.h")
		return
	from = row_of(folder_of(file))
	to = row_of(folder_of(name))
	if (to == "" || name ~ /(^|\/)\.\.\//)
		offend(file, line, "\"" name "\": name it by its folder from the top of the tree")
	else if (!((from, to) in allowed))
		offend(file, line, from " may not include " to ": \"" name "\"")
}

function check_system(file, line, name,    folder, above) {
	if ((file, name) in excepted)
		return
	for (folder = folder_of(file); folder != ""; folder = folder_of(folder)) {
		if ((folder, name) in forbidden) {
			offend(file, line, folder " may not include <" name ">")
			return
		}
		above = name
		while (sub(/\/[^\/]*$/, "", above)) {
			if ((folder, above "/") in forbidden) {
				offend(file, line, folder " may not include <" name ">")
				return
			}
		}
	}
}

function check_file(file,    text, line, name, quote) {
	if (row_of(folder_of(file)) == "")
		offend(file, 1, "its folder has no row in the table")
	line = 0
	while ((getline text < file) > 0) {
		line++
		if (text !~ /^[ \t]*#[ \t]*include[ \t]*["<]/)
			continue
		match(text, /["<]/)
		quote = substr(text, RSTART, 1)
		name = substr(text, RSTART + 1)
		sub(/[">].*/, "", name)
		# Either kind of quote finds either kind of header, so both are asked both.
		if (row_of(folder_of(name)) != "" || quote == "\"")
			check_own(file, line, name)
		check_system(file, line, name)
		includes++
	}
	close(file)
}

BEGIN { read_table() }
{ check_file($0); files++ }
END {
	if (rows == 0 || files == 0) {
		print "check-layers: no table or no files: nothing was checked"
		exit 2
	}
	if (offences > 0) {
		printf "check-layers: %d of %d includes are not allowed\n", offences, includes
		exit 1
	}
	printf "check-layers: %d includes in %d files\n", includes, files
}'
