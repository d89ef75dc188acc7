#ifndef OPS_CREW_H
#define OPS_CREW_H

#include <jansson.h>

#include "resolver/ops/doors.h"
#include "resolver/serve/probes.h"
#include "resolver/serve/shared.h"

/*
 * All workers of the daemon as one: they begin together, hear of a new policy together
 * and end together.
 */
struct crew;

/** crew_new(shared, doors, count, probes): ${count} workers, each at its own of the
 * ${doors}, all running; the first one resolves ${probes}. Borrows ${shared} and
 * ${probes}. NULL: none runs, and the log says why. */
struct crew *crew_new(
    struct shared *shared, struct doors *doors, unsigned count, struct probes *probes);
/** crew_free(c): asks all to end and waits until they have. */
void crew_free(struct crew *c);
/** crew_wake(c): each looks at the policy now. */
void crew_wake(struct crew *c);
/** crew_wake_prober(c): whoever resolves probes looks for new ones. ${c} may be NULL: it
 * will look when it begins. */
void crew_wake_prober(struct crew *c);
/** crew_figures(c): see figures_json. */
json_t *crew_figures(struct crew *c);

#endif
