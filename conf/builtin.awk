# Makes conf/builtin.c: each file named becomes a function that returns its text.
# A line of text becomes a string literal; the compiler joins them.
FNR == 1 {
	if (NR > 1)
		print "\t;\n}"
	else
		print "#include \"conf/builtin.h\"\n"
	name = FILENAME
	sub(/.*\//, "", name)
	sub(/\.list$/, "", name)
	gsub(/[^a-z0-9]/, "_", name)
	print "const char *\nbuiltin_" name "(void)\n{\n\treturn"
}
{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	print "\t\"" $0 "\\n\""
}
END {
	print "\t;\n}"
}
