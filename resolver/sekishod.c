/*
 * sekishod: the resolver. What it does is in resolver/ops/daemon.h; this is its command
 * line.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "resolver/ops/daemon.h"
#include "resolver/os/log.h"

/* More "-o" than there are options to set is a mistake in somebody's script. */
#define OVERRIDES_MAX 256

static const char usage_text[] =
    "usage: sekishod [-c FILE] [-o SECTION.KEY=VALUE]... [-l LEVEL]\n"
    "       sekishod -V | -h\n"
    "\n"
    "The recursive resolver sekisho, in the foreground; the log goes to standard error.\n"
    "\n"
    "  -c FILE   the configuration (" SYSCONFDIR
    "/sekisho/sekisho.yaml; \"none\": defaults alone)\n"
    "  -o K=V    sets one option over the file, e.g. -o detection.mode=shadow\n"
    "  -l LEVEL  error, warning, notice, info or debug, over server.log-level\n"
    "  -V        prints the version, as does --version\n"
    "  -h        prints this, as does --help\n"
    "\n"
    "SIGHUP reloads, SIGUSR1 logs statistics, SIGTERM ends. See sekishod(8).\n";

static const struct option long_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static int
usage_error(const char *why, const char *what)
{
	if (why != NULL)
		fprintf(stderr, "sekishod: %s'%.80s'\n", why, what);
	fputs("try sekishod --help\n", stderr);
	return DAEMON_USAGE;
}

int
main(int argc, char **argv)
{
	const char *overrides[OVERRIDES_MAX];
	struct daemon_options options = {
		.config = SYSCONFDIR "/sekisho/sekisho.yaml",
		.overrides = overrides,
	};
	enum log_level level = LOG_LEVEL_NOTICE;
	int c;

	while ((c = getopt_long(argc, argv, "c:o:l:Vh", long_options, NULL)) != -1) {
		if (c == 'c') {
			options.config = optarg;
		} else if (c == 'o' && options.override_count < OVERRIDES_MAX) {
			overrides[options.override_count++] = optarg;
		} else if (c == 'o') {
			return usage_error("-o stands there too often: ", optarg);
		} else if (c == 'l' && log_level_parse(optarg, &level)) {
			options.log_level = optarg;
		} else if (c == 'l') {
			return usage_error("-l takes error, warning, notice, info or "
					   "debug, not ",
			    optarg);
		} else if (c == 'V') {
			puts("sekishod " PACKAGE_VERSION);
			return DAEMON_OK;
		} else if (c == 'h') {
			fputs(usage_text, stdout);
			return DAEMON_OK;
		} else {
			return usage_error(NULL, NULL); /* getopt has told */
		}
	}
	if (optind != argc)
		return usage_error(
		    "there are no arguments without an option: ", argv[optind]);
	if (strcmp(options.config, "none") == 0)
		options.config = NULL;
	log_open("sekishod", level);
	return daemon_run(&options);
}
