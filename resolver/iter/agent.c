#include "resolver/iter/agent.h"

void
agent_learn(struct iter_task *t, const struct frame *f, const struct edns *e)
{
	uint8_t *name;

	/* A forwarder speaks for no zone. */
	if (!frame_is_question(f) || !t->conf->error_reporting || f->forward)
		return;
	t->agent = NULL;
	if (e->agent == NULL || (name = arena_alloc(t->arena, e->agent_len)) == NULL)
		return;
	dname_copy_lower(name, e->agent);
	t->agent = name;
	t->agent_qname = f->name;
}

void
agent_forget(struct iter_task *t, const struct frame *f)
{
	if (frame_is_question(f))
		t->agent = NULL;
}
