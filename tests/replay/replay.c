#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/replay/drive.h"
#include "tests/replay/sign.h"

/*
 * replay [-v] FILE.rpl...: runs each scenario with SEEDS different random sequences: what
 * holds must hold whichever server was chosen. -v shows the queries of the first.
 */

#define SEEDS 8u

static unsigned
replay(const char *file, bool verbose)
{
	unsigned failed = 0;

	for (uint64_t seed = 1; seed <= SEEDS && failed == 0; seed++) {
		struct script s;

		/* Read anew: rules count down how often they serve. */
		failed = script_read(file, &s) && sign_world(&s)
			     ? drive_run(&s, seed, verbose && seed == 1)
			     : 1;
		if (failed > 0)
			fprintf(
			    stderr, "%s: FAILED with seed %u\n", file, (unsigned)seed);
		script_clear(&s);
	}
	return failed;
}

int
main(int argc, char **argv)
{
	bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
	unsigned failed = 0, files = 0;

	for (int i = 1 + verbose; i < argc; i++, files++)
		failed += replay(argv[i], verbose) > 0;
	printf("%u scenarios, %u failed\n", files, failed);
	return failed == 0 && files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
