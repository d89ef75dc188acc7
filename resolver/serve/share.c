#include "resolver/serve/share.h"

#include <stdlib.h>

/* Lists of equals by count, so that the greediest is at hand. */

/* Past half of the jobs, a client address has at most this part of them. */
#define CROWDED_SHARE 8u

static void
share_unlist(struct share *s)
{
	*s->back_equal = s->next_equal;
	if (s->next_equal != NULL)
		s->next_equal->back_equal = s->back_equal;
}

static void
share_list(struct jobs *j, struct share *s)
{
	s->back_equal = &j->by_waiting[s->waiting];
	s->next_equal = *s->back_equal;
	if (s->next_equal != NULL)
		s->next_equal->back_equal = &s->next_equal;
	*s->back_equal = s;
	if (s->waiting > j->greediest)
		j->greediest = s->waiting;
	/* Counts change by one, so this is at most one step. */
	while (j->greediest > 0 && j->by_waiting[j->greediest] == NULL)
		j->greediest--;
}

static struct addr
share_host(const struct addr *client)
{
	return addr_mask(client, client->family == ADDR_V4 ? 32 : 64);
}

static struct share *
share_find(const struct jobs *j, const struct addr *host, uint64_t hash)
{
	for (struct htable_node *n = htable_first(j->shares, hash); n != NULL;
	     n = htable_next(n)) {
		struct share *s = HTABLE_OWNER(n, struct share, node);

		if (addr_same_host(&s->host, host))
			return s;
	}
	return NULL;
}

struct share *
share_of(struct jobs *j, const struct addr *client)
{
	struct addr host = share_host(client);
	uint64_t hash = addr_hash(&j->key, &host);
	struct share *s = share_find(j, &host, hash);

	if (s != NULL || (s = calloc(1, sizeof *s)) == NULL)
		return s;
	s->host = host;
	if (htable_insert(j->shares, &s->node, hash)) {
		share_list(j, s);
		return s;
	}
	free(s);
	return NULL;
}

void
share_release(struct jobs *j, struct share *s)
{
	if (s->waiting > 0)
		return;
	share_unlist(s);
	htable_remove(j->shares, &s->node);
	free(s);
}

void
share_add(struct jobs *j, struct share *s, struct waiter *v)
{
	v->share = s;
	v->newer = NULL;
	v->older = s->newest;
	if (v->older != NULL)
		v->older->newer = v;
	s->newest = v;
	share_unlist(s);
	s->waiting++;
	share_list(j, s);
}

void
share_remove(struct jobs *j, struct waiter *v)
{
	struct share *s = v->share;

	if (v->newer != NULL)
		v->newer->older = v->older;
	else
		s->newest = v->older;
	if (v->older != NULL)
		v->older->newer = v->newer;
	share_unlist(s);
	s->waiting--;
	share_list(j, s);
	share_release(j, s);
}

bool
share_allows(const struct worker *w, const struct share *s)
{
	const struct conf *conf = worker_conf(w);
	size_t jobs = htable_count(w->jobs->jobs), max = htable_max(w->jobs->jobs);

	if (s->waiting >= conf->waiting_per_client_max)
		return false;
	return jobs < max / 2 || s->waiting < max / CROWDED_SHARE;
}

size_t
share_waiting(const struct jobs *j, const struct addr *client)
{
	struct addr host = share_host(client);
	const struct share *s = share_find(j, &host, addr_hash(&j->key, &host));

	return s == NULL ? 0 : s->waiting;
}
