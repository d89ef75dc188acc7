#include "conf/whole.h"

#include <stdlib.h>

struct whole *
whole_new(void)
{
	struct whole *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	if ((w->arena = arena_new(WHOLE_ARENA_MAX)) == NULL) {
		free(w);
		return NULL;
	}
	atomic_init(&w->references, 1);
	return w;
}

void
whole_free(struct whole *w)
{
	if (w == NULL)
		return;
	namelist_free(w->zone_index);
	namelist_free(w->conf.large_budget);
	namelist_free(w->conf.block);
	namelist_free(w->conf.allow);
	prefixmap_free(w->conf.clients);
	arena_free(w->arena);
	free(w);
}
