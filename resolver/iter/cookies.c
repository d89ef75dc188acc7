#include "resolver/iter/cookies.h"

#include <string.h>

#include "resolver/iter/choose.h"
#include "resolver/wire/cookie.h"

_Static_assert(SERVER_COOKIE_MAX == EDNS_COOKIE_MAX, "one length for all");

void
cookies_add(struct iter_task *t, struct frame *f)
{
	struct asked *a = &f->asked;

	if (!a->edns || !a->with_cookie || !t->conf->cookies)
		a->cookie_len = 0;
	else if (!a->badcookie) /* what that brought is for this query */
		a->cookie_len = (uint8_t)servers_cookie(
		    t->it->env.servers, &choose_target(f)->addr, t->now_ms, a->cookie);
}

bool
cookies_drop(struct iter_task *t, struct frame *f)
{
	if (f->asked.cookie_len == 0)
		return false;
	task_count(t, ITER_COUNT_COOKIE_FALLBACK);
	choose_target(f)->flags |= TARGET_NO_COOKIE;
	f->asked.with_cookie = false;
	f->asked.badcookie = false;
	return true;
}

/* It has shown that it bears EDNS: was it the cookie that it did not answer? */
static void
note_without(struct iter_task *t, struct frame *f)
{
	struct servers *s = t->it->env.servers;
	const struct target *g = choose_target(f);

	if ((g->flags & TARGET_NO_COOKIE) != 0)
		servers_set_no_cookie(s, &g->addr, t->now_ms);
	else if (g->failed > 0 && !f->asked.tcp)
		servers_cookie_silence(s, &g->addr, true, t->now_ms);
}

static bool
is_ours(const struct asked *a, const struct edns *e)
{
	return a->cookie_len > 0 && e->cookie_len > 0 &&
	       memcmp(e->cookie, a->cookie, COOKIE_CLIENT_LEN) == 0;
}

static bool
is_news(const struct asked *a, const struct edns *e)
{
	return e->cookie_len > COOKIE_CLIENT_LEN &&
	       (e->cookie_len != a->cookie_len ||
		   memcmp(e->cookie, a->cookie, a->cookie_len) != 0);
}

void
cookies_learn(struct iter_task *t, struct frame *f, const struct edns *e)
{
	struct servers *s = t->it->env.servers;
	struct target *g = choose_target(f);
	struct asked *a = &f->asked;
	bool ours = is_ours(a, e);

	a->proved = a->tcp || ours;
	if (a->cookie_len == 0) {
		if (a->edns && e->present && t->conf->cookies)
			note_without(t, f);
		return;
	}
	g->flags &= (uint16_t)~TARGET_COOKIE_DOUBT;
	if (a->cookie_silence)
		servers_cookie_silence(s, &g->addr, false, t->now_ms);
	if (ours && is_news(a, e))
		servers_set_cookie(s, &g->addr, e->cookie, e->cookie_len, t->now_ms);
	else if (!ours && e->cookie_len > 0) /* TCP alone: the server is broken */
		servers_set_no_cookie(s, &g->addr, t->now_ms);
	else if (!ours && a->tcp && a->cookie_len > COOKIE_CLIENT_LEN)
		servers_forget_cookie(s, &g->addr, t->now_ms);
}

bool
cookies_again(struct iter_task *t, struct frame *f, const struct msg *m)
{
	struct asked *a = &f->asked;

	if (m->rcode != RCODE_BADCOOKIE || a->tcp || a->cookie_len == 0)
		return false;
	task_count(t, ITER_COUNT_BADCOOKIE);
	if (a->badcookie || !a->proved || m->edns.cookie_len <= COOKIE_CLIENT_LEN) {
		a->tcp = true;
		return true;
	}
	a->badcookie = true;
	a->cookie_len = m->edns.cookie_len;
	memcpy(a->cookie, m->edns.cookie, a->cookie_len);
	return true;
}
