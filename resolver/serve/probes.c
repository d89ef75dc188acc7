#include "resolver/serve/probes.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/dns.h"
#include "resolver/serve/context.h"
#include "resolver/serve/jobs.h"

/* The keys of a zone with their signatures: 100 of the longest take 60 KB. */
#define ANSWER_BYTES ((size_t)256 << 10)

struct entry {
	struct entry *next;
	struct probe_question probe;
	struct probe_answer *answer; /* NULL: not yet */
};

struct list {
	struct entry *first, **end;
};

struct probes {
	pthread_mutex_t lock; /* protects all but ${wake} */
	struct list waiting, done;
	size_t count; /* asked and not taken back, those under way too */
	void (*wake)(void *ctx);
	void *ctx;
};

static void
list_add(struct list *l, struct entry *e)
{
	e->next = NULL;
	*l->end = e;
	l->end = &e->next;
}

static struct entry *
list_take(struct list *l)
{
	struct entry *e = l->first;

	if (e == NULL)
		return NULL;
	l->first = e->next;
	if (l->first == NULL)
		l->end = &l->first;
	return e;
}

struct probes *
probes_new(void (*wake)(void *ctx), void *ctx)
{
	struct probes *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	pthread_mutex_init(&p->lock, NULL);
	p->waiting.end = &p->waiting.first;
	p->done.end = &p->done.first;
	p->wake = wake;
	p->ctx = ctx;
	return p;
}

static void
entry_free(struct entry *e)
{
	if (e == NULL)
		return;
	probe_answer_free(e->answer);
	free(e);
}

void
probes_free(struct probes *p)
{
	struct entry *e;

	if (p == NULL)
		return;
	while ((e = list_take(&p->waiting)) != NULL)
		entry_free(e);
	while ((e = list_take(&p->done)) != NULL)
		entry_free(e);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void
probe_answer_free(struct probe_answer *a)
{
	if (a == NULL)
		return;
	arena_free(a->arena);
	free(a);
}

/* An answer that says nothing so far. */
static struct probe_answer *
answer_new(const struct probe_question *probe)
{
	struct probe_answer *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->probe = *probe;
	a->rcode = RCODE_SERVFAIL;
	return a;
}

enum err
probes_ask(struct probes *p, const struct probe_question *probe)
{
	struct entry *e = calloc(1, sizeof(*e));
	bool full;

	/* Its answer is made now, so that none is ever lost for want of memory. */
	if (e == NULL || (e->answer = answer_new(probe)) == NULL) {
		free(e);
		return ERR_NOMEM;
	}
	e->probe = *probe;
	pthread_mutex_lock(&p->lock);
	full = p->count == PROBES_MAX;
	if (!full) {
		p->count++;
		list_add(&p->waiting, e);
	}
	pthread_mutex_unlock(&p->lock);
	if (!full)
		return ERR_OK;
	entry_free(e);
	return ERR_LIMIT;
}

struct probe_answer *
probes_take(struct probes *p)
{
	struct probe_answer *a = NULL;
	struct entry *e;

	pthread_mutex_lock(&p->lock);
	if ((e = list_take(&p->done)) != NULL)
		p->count--;
	pthread_mutex_unlock(&p->lock);
	if (e != NULL) {
		a = e->answer;
		free(e);
	}
	return a;
}

/* ---- the worker's side ---- */

struct under_way {
	struct probes *probes;
	struct entry *entry;
};

static void
finish(struct probes *p, struct entry *e)
{
	pthread_mutex_lock(&p->lock);
	list_add(&p->done, e);
	pthread_mutex_unlock(&p->lock);
	p->wake(p->ctx);
}

static void
copy_answer(struct probe_answer *out, const struct answer *a)
{
	if ((out->arena = arena_new(ANSWER_BYTES)) == NULL)
		return;
	for (const struct rrset *s = a->answer; s != NULL; s = s->next) {
		struct rrset *copy = rrset_copy(out->arena, s);

		if (copy == NULL)
			return;
		rrset_append(&out->answer, copy);
	}
	out->rcode = a->rcode;
	out->security = a->security;
}

/* ${a} NULL: the worker ends, or had no place for it. */
static void
on_done(void *ctx, const struct answer *a)
{
	struct under_way *u = ctx;

	if (a != NULL)
		copy_answer(u->entry->answer, a);
	finish(u->probes, u->entry);
	free(u);
}

static void
start(struct probes *p, struct worker *w, struct entry *e)
{
	struct under_way *u = calloc(1, sizeof(*u));

	if (u == NULL) {
		finish(p, e);
		return;
	}
	u->probes = p;
	u->entry = e;
	jobs_probe(w, &e->probe, on_done, u);
}

void
probes_run(struct probes *p, struct worker *w)
{
	struct entry *e;

	for (;;) {
		pthread_mutex_lock(&p->lock);
		e = list_take(&p->waiting);
		pthread_mutex_unlock(&p->lock);
		if (e == NULL)
			return;
		start(p, w, e);
	}
}
