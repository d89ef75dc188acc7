#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"
#include "resolver/ops/show.h"

/*
 * sekishoctl judge: recordings through the detector, and what came of it.
 */

struct judge_options {
	struct conf *conf; /* its detection modes are set to enforce: it shows what would
			      happen */
	bool json;
	bool each;		  /* a new detector and a report for each file */
	const char *html;	  /* NULL, or where the page goes */
	const char *const *files; /* "-": standard input */
	size_t file_count;
};

/** judge_run(o, out, err): reads all files, prints the report to ${out}, complaints and
 * the progress to ${err}. SIGINT ends the reading, not the report. False when some file
 * could not be read or understood (the others are judged all the same), when there was
 * no question at all, and after SIGINT. */
bool judge_run(
    const struct judge_options *o, const struct show *out, const struct show *err);

/** judge_arguments(arguments, count, o): what stands behind the command ("--html FILE",
 * "--each", files; "--" ends options). ${o->files} gets ${arguments}' own memory. NULL;
 * else what is wrong: an argument that is no option, or a sentence. */
const char *judge_arguments(
    const char **arguments, size_t count, struct judge_options *o);

#endif
