#ifndef OPS_DAEMON_H
#define OPS_DAEMON_H

#include <stddef.h>

/*
 * The daemon's life: configuration, sockets, privileges, tables, workers; then the main
 * loop with signals, control socket and reloads; then all of it backwards.
 */

struct daemon_options {
	const char *config;	      /* NULL: defaults alone */
	const char *const *overrides; /* "section.key=YAML" */
	size_t override_count;
	const char *log_level; /* NULL: as configured */
};

/* Exit statuses of sekishod; sysexits(3) has no fitting ones. */
enum daemon_exit {
	DAEMON_OK = 0,
	DAEMON_FAILED = 1,
	DAEMON_USAGE = 2,
	DAEMON_CONFIG = 4
};

/** daemon_run(o): lives until SIGTERM or SIGINT; returns one of enum daemon_exit. */
int daemon_run(const struct daemon_options *o);

#endif
