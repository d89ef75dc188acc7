#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/replay/drive.h"
#include "tests/replay/sign.h"

/*
 * replay [-v] [-o OPTION]... [-c COSTS] FILE.rpl...
 *
 * Runs each scenario with SEEDS different random sequences: what holds must hold
 * whichever server was chosen. -v shows the queries of the first; -o lays an option over
 * the scenario's own, to see what holds without a defence; -c appends to COSTS, for each
 * scenario, what its costliest question cost: file, queries, microseconds of CPU, bytes.
 */

#define SEEDS 8u

struct options {
	bool verbose;
	const char *costs;
	unsigned count;
	const char *options[OPTIONS_MAX];
};

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Queries and bytes: the most of all runs. CPU: the middle one, for another process may
 * have cost one of them its caches. */
static void
tell_cost(const struct options *o, const char *file, const struct cost costs[SEEDS])
{
	FILE *out = o->costs == NULL ? NULL : fopen(o->costs, "a");
	uint64_t cpu_ns[SEEDS], queries = 0, bytes = 0;

	if (out == NULL)
		return;
	for (unsigned i = 0; i < SEEDS; i++) {
		cpu_ns[i] = costs[i].cpu_ns;
		if (costs[i].queries > queries)
			queries = costs[i].queries;
		if (costs[i].bytes > bytes)
			bytes = costs[i].bytes;
	}
	qsort(cpu_ns, SEEDS, sizeof(cpu_ns[0]), compare);
	fprintf(out, "%s\t%llu\t%llu\t%llu\n", file, (unsigned long long)queries,
	    (unsigned long long)cpu_ns[SEEDS / 2] / 1000u, (unsigned long long)bytes);
	fclose(out);
}

static unsigned
replay(const char *file, const struct options *o)
{
	struct cost costs[SEEDS] = { { 0 } };
	unsigned failed = 0;

	for (uint64_t seed = 1; seed <= SEEDS && failed == 0; seed++) {
		struct script s;
		bool ready;

		/* Read anew: rules count down how often they serve. */
		ready = script_read(file, &s) && sign_world(&s);
		for (unsigned i = 0; i < o->count && ready; i++)
			script_option(&s, o->options[i]);
		failed =
		    ready ? drive_run(&s, seed, o->verbose && seed == 1, &costs[seed - 1])
			  : 1;
		if (failed > 0)
			fprintf(
			    stderr, "%s: FAILED with seed %u\n", file, (unsigned)seed);
		script_clear(&s);
	}
	if (failed == 0)
		tell_cost(o, file, costs);
	return failed;
}

static bool
read_options(int argc, char **argv, struct options *o)
{
	for (int c; (c = getopt(argc, argv, "vo:c:")) != -1;) {
		if (c == 'v')
			o->verbose = true;
		else if (c == 'c')
			o->costs = optarg;
		else if (c == 'o' && o->count < OPTIONS_MAX)
			o->options[o->count++] = optarg;
		else
			return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct options o = { .verbose = false };
	unsigned failed = 0, files = 0;

	if (!read_options(argc, argv, &o))
		return EXIT_FAILURE;
	for (int i = optind; i < argc; i++, files++)
		failed += replay(argv[i], &o) > 0;
	printf("%u scenarios, %u failed\n", files, failed);
	return failed == 0 && files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
