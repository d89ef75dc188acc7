#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"

/*
 * Writes the parts of the documentation that the table of options decides: the JSON
 * Schema, or a manual page from standard input with its option list, between two marked
 * lines, made anew.
 */

#define BEGIN_MARK ".\\\" BEGIN OPTIONS"
#define END_MARK   ".\\\" END OPTIONS"

static void
write_page(FILE *in, FILE *out)
{
	char line[1024];
	bool listing = false;

	while (fgets(line, sizeof(line), in) != NULL) {
		if (strncmp(line, END_MARK, strlen(END_MARK)) == 0)
			listing = false;
		if (!listing)
			fputs(line, out);
		if (strncmp(line, BEGIN_MARK, strlen(BEGIN_MARK)) == 0) {
			conf_write_manual(out);
			listing = true;
		}
	}
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "manual") == 0) {
		write_page(stdin, stdout);
	} else if (argc == 2 && strcmp(argv[1], "schema") == 0) {
		conf_write_schema(stdout);
	} else {
		fputs("usage: writedoc manual < PAGE | writedoc schema\n", stderr);
		return 2;
	}
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
