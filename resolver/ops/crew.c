#include "resolver/ops/crew.h"

#include <stdlib.h>

#include "resolver/os/log.h"
#include "resolver/serve/figures.h"
#include "resolver/serve/worker.h"

struct crew {
	struct shared *shared;
	unsigned count;
	struct worker *workers[]; /* ${count}; NULL: not made */
};

static bool
hire(struct crew *c, struct doors *doors)
{
	for (unsigned i = 0; i < c->count; i++) {
		c->workers[i] = worker_new(c->shared, doors_of(doors, i));
		if (c->workers[i] == NULL) {
			log_error("no memory or descriptors for worker %u", i);
			return false;
		}
	}
	return true;
}

static bool
start(struct crew *c)
{
	for (unsigned i = 0; i < c->count; i++)
		if (worker_start(c->workers[i]) != ERR_OK) {
			log_error("no thread for worker %u", i);
			return false;
		}
	return true;
}

struct crew *
crew_new(
    struct shared *shared, struct doors *doors, unsigned count, struct probes *probes)
{
	struct crew *c = calloc(1, sizeof(*c) + count * sizeof(struct worker *));

	if (c == NULL) {
		log_error("no memory for workers");
		return NULL;
	}
	c->shared = shared;
	c->count = count;
	if (!hire(c, doors))
		goto fail;
	worker_set_probes(c->workers[0], probes);
	if (!start(c))
		goto fail;
	return c;

fail:
	crew_free(c);
	return NULL;
}

void
crew_free(struct crew *c)
{
	for (unsigned i = 0; c != NULL && i < c->count; i++) {
		if (c->workers[i] != NULL)
			worker_stop(c->workers[i]);
		worker_free(c->workers[i]);
	}
	free(c);
}

void
crew_wake(struct crew *c)
{
	for (unsigned i = 0; i < c->count; i++)
		worker_wake(c->workers[i]);
}

void
crew_wake_prober(struct crew *c)
{
	if (c != NULL)
		worker_wake(c->workers[0]);
}

json_t *
crew_figures(struct crew *c)
{
	return figures_json(c->shared, c->workers, c->count);
}
