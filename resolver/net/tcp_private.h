#ifndef NET_TCP_PRIVATE_H
#define NET_TCP_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "resolver/net/loop.h"
#include "resolver/net/places.h"
#include "resolver/net/tcp.h"

/*
 * What tcp.c (the listener: who comes in), tcp_conn.c (a connection's life and what it
 * reads), tcp_out.c (what it writes) and tcp_debts.c (how long it may owe us something)
 * know of each other. Nobody else includes this. The numbered steps are told in tcp.c.
 */

#define TCP_PREFIX 2u
/* Questions are short; room for EDNS padding and options, not for 64 KB from each of
 * 1,024 clients. */
#define TCP_QUESTION_MAX 4096u
#define TCP_READ_MAX	 (2 * (TCP_PREFIX + TCP_QUESTION_MAX))

struct tcp_conn {
	struct tcp_listener *listener;		/* NULL: closed */
	struct tcp_conn *next, **back;		/* all open ones of the listener */
	struct tcp_conn *debt_next, *debt_prev; /* the list of debtors */
	struct tcp_conn *resume_next;
	bool in_debt, in_resume;
	bool processing;  /* questions are being handed out just now */
	bool eof;	  /* the client will send no more; it may still read */
	unsigned refs;	  /* one while open, one for each question that waits */
	uint32_t waiting; /* questions that wait */
	int fd;
	struct loop_fd *watch;
	struct addr client, local, host; /* ${host}: what per_addr_max counts */
	uint64_t debt_since_ms;
	bool paid;   /* something was done since: the time starts anew */
	uint8_t *in; /* bytes not handed out yet; NULL: none */
	size_t in_len;
	uint8_t *out; /* ${out_at}..${out_len}: not taken by the kernel yet */
	size_t out_at, out_len, out_cap;
};

struct tcp_listener {
	struct loop *loop;
	int fd;
	struct loop_fd *watch;
	struct loop_timer *debt_timer, *accept_timer, *resume_timer;
	struct tcp_limits limits;
	tcp_question_fn *fn;
	void *ctx;
	struct places *places;	   /* shared with other listeners, or: */
	struct places *own_places; /* ours alone; NULL else */
	struct tcp_conn *conns;
	struct tcp_conn *debt_first, *debt_last;
	struct tcp_conn *resume;
	size_t out_bytes; /* of all connections' answers that are kept */
	struct tcp_counters counters;
	uint8_t bytes[TCP_READ_MAX];
};

/** tcp_conn_open(l, fd, client, host): takes ${fd} and the place that ${host} has, and
 * begins to read. False, no memory: both stay the caller's. */
bool tcp_conn_open(
    struct tcp_listener *l, int fd, const struct addr *client, const struct addr *host);
/** tcp_conn_close(c): frees descriptor, buffers and place at once. Harmless when it is
 * closed already. The object stays while questions wait. */
void tcp_conn_close(struct tcp_conn *c);
/** tcp_conn_settle(c): after anything that happened to ${c}: what to wait for now, or
 * whether it is over. */
void tcp_conn_settle(struct tcp_conn *c);
/** tcp_conn_may_read(c): whether we would take more bytes from its client now. */
bool tcp_conn_may_read(const struct tcp_conn *c);
/** tcp_conn_resume_later(c): what ${c} holds back may go on, in the loop's next turn. */
void tcp_conn_resume_later(struct tcp_conn *c);
/** tcp_conn_resume_all(listener): that turn, as a timer's callback. */
void tcp_conn_resume_all(void *listener);

/** tcp_out_push(c): gives the kernel what is kept. False: the connection is broken. */
bool tcp_out_push(struct tcp_conn *c);
/** tcp_out_drop(c): forgets what is kept. */
void tcp_out_drop(struct tcp_conn *c);

/** tcp_debts_update(c): puts ${c} on the list of debtors or takes it off, by what it owes
 * now; its time starts anew when it has paid something. */
void tcp_debts_update(struct tcp_conn *c);
/** tcp_debts_remove(c): it owes nothing any more. Harmless when it is not on the list. */
void tcp_debts_remove(struct tcp_conn *c);
/** tcp_debts_collect(listener): closes the debtors whose time is over and has the timer,
 * whose callback this is, wait for the next one. */
void tcp_debts_collect(void *listener);

#endif
