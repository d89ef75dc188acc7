#include "resolver/net/tcp_private.h"

/*
 * Step 3 of tcp.c: who owes us something, since when, and when that was too long.
 */

#define TCP_IDLE_MIN_MS 200u

void
tcp_debts_remove(struct tcp_conn *c)
{
	struct tcp_listener *l = c->listener;

	if (!c->in_debt)
		return;
	*(c->debt_prev != NULL ? &c->debt_prev->debt_next : &l->debt_first) =
	    c->debt_next;
	*(c->debt_next != NULL ? &c->debt_next->debt_prev : &l->debt_last) = c->debt_prev;
	c->in_debt = false;
}

static void
debt_append(struct tcp_conn *c)
{
	struct tcp_listener *l = c->listener;

	c->debt_since_ms = loop_now(l->loop)->mono_ms;
	c->debt_next = NULL;
	c->debt_prev = l->debt_last;
	*(l->debt_last != NULL ? &l->debt_last->debt_next : &l->debt_first) = c;
	l->debt_last = c;
	c->in_debt = true;
}

static uint64_t
debt_span_ms(const struct tcp_listener *l)
{
	uint64_t idle_ms = l->limits.idle_ms;
	uint64_t max = places_max(l->places, l->limits.clients_max);

	if (idle_ms <= TCP_IDLE_MIN_MS)
		return idle_ms;
	uint64_t open = places_open(l->places), free_places = max > open ? max - open : 0;

	return TCP_IDLE_MIN_MS +
	       (idle_ms - TCP_IDLE_MIN_MS) * free_places / (max > 0 ? max : 1);
}

void
tcp_debts_collect(void *ctx)
{
	struct tcp_listener *l = ctx;
	uint64_t now_ms = loop_now(l->loop)->mono_ms;
	struct tcp_conn *c;

	while ((c = l->debt_first) != NULL) {
		uint64_t due_ms = c->debt_since_ms + debt_span_ms(l);
		if (due_ms > now_ms) {
			loop_timer_arm(l->debt_timer, (uint32_t)(due_ms - now_ms));
			return;
		}
		if (c->out_at < c->out_len)
			l->counters.slow_readers++;
		else
			l->counters.timed_out++;
		tcp_conn_close(c);
	}
	loop_timer_disarm(l->debt_timer);
}

static bool
owes(const struct tcp_conn *c)
{
	if (c->out_at < c->out_len)
		return true;
	/* Nothing asked, or a question half sent. What we hold back ourselves is no debt.
	 */
	return c->waiting == 0 || (c->in_len > 0 && tcp_conn_may_read(c));
}

void
tcp_debts_update(struct tcp_conn *c)
{
	struct tcp_listener *l = c->listener;

	if (!owes(c)) {
		tcp_debts_remove(c);
	} else if (c->paid || !c->in_debt) {
		bool was_empty = l->debt_first == NULL;
		tcp_debts_remove(c);
		debt_append(c);
		if (was_empty)
			loop_timer_arm(l->debt_timer, (uint32_t)debt_span_ms(l));
	}
	c->paid = false;
}
