#ifndef SERVE_FIGURES_H
#define SERVE_FIGURES_H

#include <jansson.h>

#include "resolver/serve/worker.h"

/*
 * All counters of the daemon as one JSON object, for `sekishoctl stats`, SIGUSR1 and
 * whoever watches: sections of names and numbers, summed over the workers.
 */

/** figures_json(shared, workers, count): returns a new object; NULL without memory. Waits
 * for busy workers, see worker_stats. */
json_t *figures_json(struct shared *shared, struct worker **workers, unsigned count);

#endif
