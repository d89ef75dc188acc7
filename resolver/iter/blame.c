#include "resolver/iter/blame.h"

#include "resolver/iter/frame.h"
#include "resolver/iter/trust.h"

/*
 * Behind an alias in the same reply some servers leave out proofs that they give when
 * asked for the name itself (nsd 4.6 behind a DNAME, RFC 6672 5.3). So that part makes
 * nobody distrusted; the second try asks for each link by itself (result.c).
 */

void
blame_note(struct iter_task *t, const struct frame *f, const struct rrset *set)
{
	struct validation *v = &t->validation;
	const uint8_t *zone;

	if (!frame_is_question(f) || !task_validates(t) || f->zone == NULL ||
	    v->brought_count == BROUGHT_MAX)
		return;
	if ((zone = arena_copy(t->arena, f->zone, dname_len(f->zone))) == NULL)
		return;
	v->brought[v->brought_count++] = (struct brought){
		.set = set,
		.by = { .addr = t->replier, .zone = zone },
		.chained = f->chained,
	};
}

void
blame_server(struct iter_task *t, const struct rrset *set)
{
	struct validation *v = &t->validation;

	for (unsigned i = 0; i < v->brought_count; i++)
		if (v->brought[i].set == set && !v->brought[i].chained)
			trust_distrust(
			    t, &v->brought[i].by.addr, v->brought[i].by.zone, t->qtype);
	v->brought_count = 0;
}
