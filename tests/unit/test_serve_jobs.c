#include "tests/unit/serve_help.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/dns.h"
#include "resolver/os/clock.h"

/* Questions in flight: joined, bounded, late, renewed, by UDP and by TCP. */

#define QUERY_WWW HEAD("\x12\x34", RD, "\0") WWW A_IN

/* ${letter}.example A, as a datagram with ${letter} as its id. */
static void
ask_letter(int fd, char letter)
{
	uint8_t q[] = HEAD("\0\0", RD, "\0") "\1?\7example\0" A_IN;

	q[1] = (uint8_t)letter;
	q[13] = (uint8_t)letter;
	client_send(fd, q, sizeof(q) - 1);
}

static void
equal_questions_of_ten_clients_are_one_query(void **state)
{
	struct worker_stats s;
	struct house h;
	struct packet p;
	int c[10];

	(void)state;
	house_open(&h, "");
	for (unsigned i = 0; i < COUNT(c); i++) {
		uint8_t q[] = QUERY_WWW;

		q[1] = (uint8_t)i;
		c[i] = client_open(&h, "127.0.0.1");
		client_send(c[i], q, sizeof(q) - 1);
	}
	house_await_waiting(&h, 10);
	authority_serve(&h, 1, A_RECORD);
	for (unsigned i = 0; i < COUNT(c); i++) {
		client_take(c[i], &p);
		assert_int_equal(packet_id(&p), 0x1200 + i);
		assert_int_equal(packet_answers(&p), 1);
		close(c[i]);
	}
	assert_true(authority_is_idle(&h));
	house_stats(&h, &s);
	assert_int_equal(s.serve[COUNT_STARTED], 1);
	assert_int_equal(s.serve[COUNT_JOINED], 9);
	assert_int_equal(s.out.sent_udp, 1);
	assert_int_equal(s.waiting, 0);
	assert_int_equal(s.in_flight, 0);
	house_close(&h);
}

static void
another_type_or_cd_is_another_question(void **state)
{
	struct house h;
	struct packet a, b, d;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(QUERY_WWW));
	client_send(c, BYTES(HEAD("\0\2", RD, "\0") WWW TXT_IN));
	client_send(c, BYTES(HEAD("\0\3", "\1\x10", "\0") WWW A_IN)); /* CD */
	authority_take(&h, &a);
	authority_take(&h, &b);
	authority_take(&h, &d);
	house_await(&h, COUNT_STARTED, 3);
	house_await(&h, COUNT_JOINED, 0);
	close(c);
	house_close(&h); /* three clients wait still: they are given up without a leak */
}

static void
a_client_with_too_many_waiting_is_shed_and_another_is_served(void **state)
{
	struct house h;
	struct packet p, query;
	int greedy, other;

	(void)state;
	house_open(&h, "limits: {waiting-per-client: 2}\n");
	greedy = client_open(&h, "127.0.0.1");
	other = client_open(&h, "127.0.0.2");
	ask_letter(greedy, 'a');
	ask_letter(greedy, 'b');
	house_await_waiting(&h, 2);
	client_ask(
	    greedy, &p, HEAD("\0c", RD, "\1") "\1c\7example\0" A_IN OPT(SIZE_1232));
	assert_int_equal(packet_id(&p), 'c');
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	assert_int_equal(packet_ede(&p, NULL), EDE_OTHER);
	ask_letter(other, 'd');
	for (int i = 0; i < 3; i++) {
		authority_take(&h, &query);
		authority_give(&h, &query, 0x8180, 1, BYTES(A_RECORD));
	}
	client_take(other, &p);
	assert_int_equal(packet_id(&p), 'd');
	assert_int_equal(packet_answers(&p), 1);
	client_take(greedy, &p);
	assert_int_equal(packet_answers(&p), 1);
	client_take(greedy, &p);
	assert_int_equal(packet_answers(&p), 1);
	/* its places are free again */
	ask_letter(greedy, 'e');
	authority_serve(&h, 1, A_RECORD);
	client_take(greedy, &p);
	assert_int_equal(packet_answers(&p), 1);
	house_await(&h, COUNT_SHED_CLIENT, 1);
	close(other);
	close(greedy);
	house_close(&h);
}

static void
with_half_of_the_places_taken_a_client_has_its_share_only(void **state)
{
	struct house h;
	struct packet p;
	int greedy, other;

	(void)state;
	house_open(&h, "limits: {tasks: 16}\n");
	greedy = client_open(&h, "127.0.0.1");
	other = client_open(&h, "127.0.0.2");
	for (char letter = 'a'; letter < 'a' + 7; letter++)
		ask_letter(greedy, letter);
	house_await_waiting(&h, 7);
	ask_letter(greedy, 'y');
	client_take(greedy, &p);
	assert_int_equal(packet_id(&p), 'y');
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	/* an eighth of sixteen for each who comes now */
	ask_letter(other, 'p');
	ask_letter(other, 'q');
	house_await_waiting(&h, 9);
	ask_letter(other, 'r');
	client_take(other, &p);
	assert_int_equal(packet_id(&p), 'r');
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	house_await(&h, COUNT_SHED_CLIENT, 2);
	house_await(&h, COUNT_SHED_TASKS, 0);
	close(other);
	close(greedy);
	house_close(&h);
}

static void
when_all_places_are_taken_the_cache_still_answers(void **state)
{
	static const char *const hosts[] = { "127.0.0.2", "127.0.0.3", "127.0.0.4",
		"127.0.0.5", "127.0.0.6" };
	unsigned waiting = 7;
	struct house h;
	struct packet p;
	int c, more[COUNT(hosts)];

	(void)state;
	house_open(&h, "limits: {tasks: 16}\n");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(QUERY_WWW));
	authority_serve(&h, 1, A_RECORD);
	client_take(c, &p);
	for (char letter = 'a'; letter < 'a' + 7; letter++)
		ask_letter(c, letter);
	house_await_waiting(&h, 7);
	for (unsigned i = 0; i < COUNT(hosts); i++) {
		more[i] = client_open(&h, hosts[i]);
		ask_letter(more[i], (char)('p' + 2 * i));
		if (++waiting < 16) {
			ask_letter(more[i], (char)('q' + 2 * i));
			waiting++;
		}
		house_await_waiting(&h, waiting);
		close(more[i]);
	}
	ask_letter(c, 'z');
	client_take(c, &p);
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	client_ask(c, &p, QUERY_WWW);
	assert_int_equal(packet_answers(&p), 1);
	house_await(&h, COUNT_SHED_TASKS, 1);
	close(c);
	house_close(&h);
}

static void
when_all_places_are_taken_the_newest_of_the_greediest_gives_way(void **state)
{
	static const char *const hosts[] = { "127.0.0.2", "127.0.0.3", "127.0.0.4",
		"127.0.0.5", "127.0.0.6" };
	unsigned waiting = 7;
	struct worker_stats s;
	struct house h;
	struct packet p;
	int greedy, late, more[COUNT(hosts)];

	(void)state;
	house_open(&h, "limits: {tasks: 16}\n");
	greedy = client_open(&h, "127.0.0.1");
	for (char letter = 'a'; letter < 'a' + 7; letter++)
		ask_letter(greedy, letter);
	house_await_waiting(&h, 7);
	for (unsigned i = 0; i < COUNT(hosts); i++) {
		more[i] = client_open(&h, hosts[i]);
		ask_letter(more[i], (char)('p' + 2 * i));
		if (++waiting < 16) {
			ask_letter(more[i], (char)('q' + 2 * i));
			waiting++;
		}
		house_await_waiting(&h, waiting);
	}
	late = client_open(&h, "127.0.0.7");
	ask_letter(late, 'z');
	client_take(greedy, &p);
	assert_int_equal(packet_id(&p), 'g');
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	house_await(&h, COUNT_SHED_GREEDIEST, 1);
	house_await(&h, COUNT_SHED_TASKS, 0);
	house_stats(&h, &s);
	assert_int_equal(s.waiting, 16);
	/* The greedy one does not get it back from those with less. */
	ask_letter(greedy, 'h');
	client_take(greedy, &p);
	assert_int_equal(packet_id(&p), 'h');
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	for (unsigned i = 0; i < COUNT(hosts); i++) {
		assert_true(client_is_idle(&h, more[i]));
		close(more[i]);
	}
	close(late);
	close(greedy);
	house_close(&h);
}

/* Seven names of one client, asked so often each, and two of each further one: all
 * sixteen places. */
static void
fill_places(struct house *h, int c, unsigned times, int more[5])
{
	unsigned waiting = 7 * times, jobs = 7;

	for (char letter = 'a'; letter < 'a' + 7; letter++)
		for (unsigned i = 0; i < times; i++)
			ask_letter(c, letter);
	house_await_waiting(h, waiting);
	for (unsigned i = 0; i < 5; i++) {
		char host[] = "127.0.0.2";

		host[8] = (char)('2' + i);
		more[i] = client_open(h, host);
		for (unsigned n = 0; n < 2 && jobs < 16; n++, jobs++, waiting++)
			ask_letter(more[i], (char)('a' + jobs));
		house_await_waiting(h, waiting);
	}
}

static void
a_client_that_asks_all_twice_gives_way_as_well(void **state)
{
	struct house h;
	struct packet p;
	int greedy, late, more[5];

	(void)state;
	house_open(&h, "limits: {tasks: 16}\n");
	greedy = client_open(&h, "127.0.0.1");
	fill_places(&h, greedy, 2, more);
	late = client_open(&h, "127.0.0.7");
	ask_letter(late, 'z');
	for (unsigned i = 0; i < 2; i++) {
		client_take(greedy, &p);
		assert_int_equal(packet_id(&p), 'g');
		assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	}
	house_await(&h, COUNT_SHED_GREEDIEST, 2);
	house_await(&h, COUNT_SHED_TASKS, 0);
	assert_true(client_is_idle(&h, late));
	for (unsigned i = 0; i < COUNT(more); i++)
		close(more[i]);
	close(late);
	close(greedy);
	house_close(&h);
}

static void
what_a_modest_client_waits_for_as_well_does_not_give_way(void **state)
{
	struct house h;
	struct packet p;
	int greedy, late, more[5];

	(void)state;
	house_open(&h, "limits: {tasks: 16}\n");
	greedy = client_open(&h, "127.0.0.1");
	fill_places(&h, greedy, 1, more);
	ask_letter(more[4], 'g');
	house_await_waiting(&h, 17);
	late = client_open(&h, "127.0.0.7");
	ask_letter(late, 'z');
	client_take(greedy, &p);
	assert_int_equal(packet_id(&p), 'f');
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	house_await(&h, COUNT_SHED_GREEDIEST, 1);
	for (unsigned i = 0; i < COUNT(more); i++)
		close(more[i]);
	close(late);
	close(greedy);
	house_close(&h);
}

static void
who_waits_in_all_places_for_one_name_gives_one_to_another(void **state)
{
	struct house h;
	struct packet p, query;
	int greedy, other;

	(void)state;
	house_open(&h, "limits: {tasks: 16}\n"); /* twice as many may wait */
	greedy = client_open(&h, "127.0.0.1");
	for (unsigned i = 0; i < 32; i++)
		ask_letter(greedy, 'a');
	house_await_waiting(&h, 32);
	authority_take(&h, &query);
	other = client_open(&h, "127.0.0.2");
	ask_letter(other, 'z');
	client_take(greedy, &p);
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	house_await_waiting(&h, 32);
	ask_letter(other, 'a'); /* nor is there too little room to join */
	client_take(greedy, &p);
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	authority_give(&h, &query, 0x8180, 1, BYTES(A_RECORD));
	client_take(other, &p);
	assert_int_equal(packet_id(&p), 'a');
	assert_int_equal(packet_answers(&p), 1);
	for (unsigned i = 0; i < 30; i++) {
		client_take(greedy, &p);
		assert_int_equal(packet_answers(&p), 1);
	}
	house_await(&h, COUNT_SHED_GREEDIEST, 2);
	house_await(&h, COUNT_SHED_MEMORY, 0);
	house_await_waiting(&h, 1);
	close(other);
	close(greedy);
	house_close(&h);
}

static void
a_job_that_nobody_waits_for_gives_way_to_a_question(void **state)
{
	static const char *const hosts[] = { "127.0.0.2", "127.0.0.3", "127.0.0.4",
		"127.0.0.5", "127.0.0.6" };
	struct packet p, query;
	struct worker_stats s;
	unsigned asked = 7;
	struct house h;
	int c, late, more[COUNT(hosts)];

	(void)state;
	house_open(&h, "limits: {tasks: 16, packet-timeout: 5s}\n");
	c = client_open(&h, "127.0.0.1");
	for (char letter = 'a'; letter < 'a' + 16; letter++) {
		ask_letter(c, letter);
		authority_serve(&h, 1, A_RECORD);
		client_take(c, &p);
	}
	house_pass(&h, 301 * 1000);
	for (char letter = 'a'; letter < 'a' + 7; letter++)
		ask_letter(c, letter);
	house_await_waiting(&h, asked);
	for (unsigned i = 0; i < COUNT(hosts); i++) {
		more[i] = client_open(&h, hosts[i]);
		for (unsigned n = 0; n < 2 && asked < 16; n++)
			ask_letter(more[i], (char)('a' + asked++));
		house_await_waiting(&h, asked);
	}
	for (unsigned i = 0; i < 16; i++)
		authority_take(&h, &query);
	house_pass(&h, 1800); /* they all have what expired, and their jobs go on */
	house_await_waiting(&h, 0);
	house_stats(&h, &s);
	assert_int_equal(s.in_flight, 16);
	late = client_open(&h, "127.0.0.7");
	ask_letter(late, 'z');
	do { /* the others' are sent again */
		authority_take(&h, &query);
	} while ((query.bytes[13] | 0x20) != 'z');
	authority_give(&h, &query, 0x8180, 1, BYTES(A_RECORD));
	client_take(late, &p);
	assert_int_equal(packet_id(&p), 'z');
	assert_int_equal(packet_answers(&p), 1);
	house_await(&h, COUNT_SHED_IDLE, 1);
	house_await(&h, COUNT_SHED_TASKS, 0);
	for (unsigned i = 0; i < COUNT(hosts); i++)
		close(more[i]);
	close(late);
	close(c);
	house_close(&h);
}

static void
without_a_socket_the_question_is_shed_and_no_server_is_blamed(void **state)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
	struct packet query[sizeof(letters) - 1], p;
	struct worker_stats s;
	struct house h;
	int c;

	(void)state;
	house_open(&h, "resolver: {outgoing-sockets: 16}\n");
	c = client_open(&h, "127.0.0.1");
	for (unsigned i = 0; i < COUNT(query); i++) {
		ask_letter(c, letters[i]);
		authority_take(&h, &query[i]);
	}
	/* twice as many as it may have: not one more */
	ask_letter(c, '6');
	client_take(c, &p);
	assert_int_equal(packet_id(&p), '6');
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	house_await(&h, COUNT_SHED_SOCKETS, 1);
	for (unsigned i = 0; i < COUNT(query); i++) {
		authority_give(&h, &query[i], 0x8180, 1, BYTES(A_RECORD));
		client_take(c, &p);
		assert_int_equal(packet_answers(&p), 1);
	}
	/* not remembered as the name's or the server's failure */
	ask_letter(c, '6');
	authority_serve(&h, 1, A_RECORD);
	client_take(c, &p);
	assert_int_equal(packet_answers(&p), 1);
	house_stats(&h, &s);
	assert_int_equal(s.iter[ITER_COUNT_NETWORK], 0);
	close(c);
	house_close(&h);
}

static void
a_client_with_all_sockets_gives_one_to_another(void **state)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
	struct packet query, p;
	struct house h;
	int greedy, other;

	(void)state;
	house_open(&h, "resolver: {outgoing-sockets: 16}\n");
	greedy = client_open(&h, "127.0.0.1");
	for (unsigned i = 0; i < sizeof(letters) - 1; i++) {
		ask_letter(greedy, letters[i]);
		authority_take(&h, &query);
	}
	other = client_open(&h, "127.0.0.2");
	ask_letter(other, '6');
	client_take(greedy, &p);
	assert_int_equal(packet_id(&p), '5');
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	do { /* the others' are sent again */
		authority_take(&h, &query);
	} while (query.bytes[13] != '6');
	authority_give(&h, &query, 0x8180, 1, BYTES(A_RECORD));
	client_take(other, &p);
	assert_int_equal(packet_id(&p), '6');
	assert_int_equal(packet_answers(&p), 1);
	house_await(&h, COUNT_SHED_GREEDIEST, 1);
	house_await(&h, COUNT_SHED_SOCKETS, 0);
	close(other);
	close(greedy);
	house_close(&h);
}

static void
a_late_udp_reply_is_dropped_and_the_answer_kept(void **state)
{
	struct house h;
	struct packet p, query;
	int c, t;

	(void)state;
	house_open(&h, "limits: {reply-late: 50ms}\n");
	c = client_open(&h, "127.0.0.1");
	t = client_open_tcp(&h, "127.0.0.1");
	client_send(c, BYTES(QUERY_WWW));
	authority_take(&h, &query);
	client_send(t, BYTES("\0\x1d" HEAD("\0\7", RD, "\0") WWW A_IN));
	house_await_waiting(&h, 2);
	house_pass(&h, 51);
	authority_give(&h, &query, 0x8180, 1, BYTES(A_RECORD));
	/* by TCP nobody's address is forged: late is better than never */
	client_take_tcp(t, &p);
	assert_int_equal(packet_id(&p), 7);
	assert_int_equal(packet_answers(&p), 1);
	house_await(&h, COUNT_REPLY_LATE, 1);
	assert_true(client_is_idle(&h, c));
	client_ask(c, &p, QUERY_WWW);
	assert_int_equal(packet_answers(&p), 1);
	assert_true(authority_is_idle(&h));
	close(t);
	close(c);
	house_close(&h);
}

static void
a_reply_on_the_last_millisecond_is_not_late(void **state)
{
	struct house h;
	struct packet p, query;
	int c;

	(void)state;
	house_open(&h, "limits: {reply-late: 50ms}\n");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(QUERY_WWW));
	authority_take(&h, &query);
	house_pass(&h, 50);
	authority_give(&h, &query, 0x8180, 1, BYTES(A_RECORD));
	client_take(c, &p);
	assert_int_equal(packet_answers(&p), 1);
	close(c);
	house_close(&h);
}

static void
tcp_questions_in_one_write_are_answered_as_they_are_ready(void **state)
{
	struct house h;
	struct packet p, a, b;
	int t;

	(void)state;
	house_open(&h, "");
	t = client_open_tcp(&h, "127.0.0.1");
	client_send(t,
	    BYTES("\0\x1b" HEAD("\0a", RD, "\0") "\1a\7example\0" A_IN "\0\x1b" HEAD(
		"\0b", RD, "\0") "\1b\7example\0" A_IN
				 "\0\x1b" HEAD("\0c", RD, "\0") "\x09localhost\0" A_IN));
	authority_take(&h, &a);
	authority_take(&h, &b);
	if ((a.bytes[13] | 0x20) != 'a') {
		struct packet swap = a;

		a = b;
		b = swap;
	}
	client_take_tcp(t, &p); /* ours at once, though it was asked last */
	assert_int_equal(packet_id(&p), 'c');
	authority_give(&h, &b, 0x8180, 1, BYTES(A_RECORD));
	client_take_tcp(t, &p);
	assert_int_equal(packet_id(&p), 'b');
	authority_give(&h, &a, 0x8180, 1, BYTES(A_RECORD));
	client_take_tcp(t, &p);
	assert_int_equal(packet_id(&p), 'a');
	assert_int_equal(packet_answers(&p), 1);
	house_await(&h, COUNT_TCP_QUESTIONS, 3);
	close(t);
	house_close(&h);
}

static void
a_tcp_client_that_leaves_while_it_waits_harms_nobody(void **state)
{
	struct house h;
	struct packet p, query;
	int t, c;

	(void)state;
	house_open(&h, "");
	t = client_open_tcp(&h, "127.0.0.1");
	c = client_open(&h, "127.0.0.1");
	client_send(t, BYTES("\0\x1d" HEAD("\0\1", RD, "\0") WWW A_IN));
	authority_take(&h, &query);
	client_send(c, BYTES(QUERY_WWW));
	house_await_waiting(&h, 2);
	close(t);
	authority_give(&h, &query, 0x8180, 1, BYTES(A_RECORD));
	client_take(c, &p);
	assert_int_equal(packet_answers(&p), 1);
	house_await_waiting(&h, 0);
	close(c);
	house_close(&h);
}

static void
a_name_in_use_is_renewed_before_it_expires(void **state)
{
	struct house h;
	struct packet p, query;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(QUERY_WWW));
	authority_serve(&h, 1, A_RECORD);
	client_take(c, &p);
	house_pass(&h, 200 * 1000);
	client_ask(c, &p, QUERY_WWW); /* somebody uses it */
	assert_true(authority_is_idle(&h));
	house_pass(&h, 80 * 1000);
	client_ask(c, &p, QUERY_WWW); /* in its last tenth: answered, and asked anew */
	assert_int_equal(packet_ttl(&p), 20);
	authority_take(&h, &query);
	client_ask(c, &p, QUERY_WWW); /* meanwhile the old one serves */
	assert_int_equal(packet_ttl(&p), 20);
	authority_give(
	    &h, &query, 0x8180, 1, BYTES("\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\2"));
	house_await(&h, COUNT_PREFETCHED, 1);
	for (struct worker_stats s = { .in_flight = 1 }; s.in_flight > 0;)
		house_stats(&h, &s);
	house_pass(&h, 30 * 1000); /* past the old one's end */
	client_ask(c, &p, QUERY_WWW);
	assert_int_equal(packet_ttl(&p), 270);
	assert_true(packet_has(&p, BYTES("\xc0\0\2\2")));
	assert_true(authority_is_idle(&h));
	house_await(&h, COUNT_MISSES, 1);
	close(c);
	house_close(&h);
}

/* What the cache holds for www.example.com A. */
static struct anscache_info
cached_info(struct house *h)
{
	struct anscache_key key = { .qname = NAME("\3www\7example\3com"),
		.qname_len = 17,
		.qtype = TYPE_A,
		.qclass = CLASS_IN };
	struct anscache_info info;
	uint8_t bytes[512];
	struct now now;

	clock_now(&now);
	anscache_hash(h->shared->anscache, &key);
	assert_int_equal(anscache_get(h->shared->anscache, &key, now.mono_ms, bytes,
			     sizeof(bytes), &info),
	    ERR_OK);
	return info;
}

static void
a_renewed_answer_counts_for_the_same_zone_as_before(void **state)
{
	static const char query[] = HEAD("\0\1", RD, "\0") "\3www\7example\3com\0" A_IN;
	struct house h;
	struct packet p;
	uint32_t zone_index;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(query));
	authority_serve(&h, 1, A_RECORD);
	client_take(c, &p);
	zone_index = cached_info(&h).zone_index; /* this was a hit, too */
	assert_int_not_equal(zone_index, UINT32_MAX);
	house_pass(&h, 280 * 1000);
	client_ask(c, &p, query);
	authority_serve(&h, 1, A_RECORD);
	for (struct worker_stats s = { .in_flight = 1 }; s.in_flight > 0;)
		house_stats(&h, &s);
	assert_int_equal(cached_info(&h).ttl_left_sec, 300);
	assert_int_equal(cached_info(&h).zone_index, zone_index);
	close(c);
	house_close(&h);
}

static void
take_answers(void *ctx, const char *name, uint64_t value)
{
	if (strcmp(name, "detect_answers") == 0)
		*(uint64_t *)ctx = value;
}

static void
a_renewed_answer_is_judged_as_any_other(void **state)
{
	static const char query[] = HEAD("\0\1", RD, "\0") "\3www\7example\3com\0" TXT_IN;
	struct house h;
	struct packet p;
	uint64_t answers = 0;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(query));
	authority_serve(&h, 1, "\xc0\x0c\0\x10\0\1\0\0\1\x2c\0\4\3one");
	client_take(c, &p);
	client_ask(c, &p, query);
	house_pass(&h, 280 * 1000);
	client_ask(c, &p, query);
	authority_serve(&h, 1, "\xc0\x0c\0\x10\0\1\0\0\1\x2c\0\4\3two");
	for (struct worker_stats s = { .in_flight = 1 }; s.in_flight > 0;)
		house_stats(&h, &s);
	client_ask(c, &p, query);
	assert_true(packet_has(&p, BYTES("\3two")));
	detect_counters(h.shared->detect, take_answers, &answers);
	assert_int_equal(answers, 2);
	close(c);
	house_close(&h);
}

static void
a_failed_renewal_leaves_the_old_answer_to_its_end(void **state)
{
	struct house h;
	struct packet p, query;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(QUERY_WWW));
	authority_serve(&h, 1, A_RECORD);
	client_take(c, &p);
	client_ask(c, &p, QUERY_WWW);
	house_pass(&h, 280 * 1000);
	client_ask(c, &p, QUERY_WWW);
	authority_take(&h, &query);
	for (struct worker_stats s = { .in_flight = 1 }; s.in_flight > 0;) {
		authority_give(&h, &query, 0x8182, 0, BYTES(""));
		house_stats(&h, &s);
		if (!authority_is_idle(&h))
			authority_take(&h, &query);
		house_pass(&h, 10); /* what waits before it tries again */
	}
	client_ask(c, &p, QUERY_WWW);
	assert_int_equal(packet_rcode(&p), RCODE_NOERROR);
	assert_int_equal(packet_answers(&p), 1);
	close(c);
	house_close(&h);
}

static void
the_authoritys_failure_is_servfail_with_a_reason(void **state)
{
	struct house h;
	struct packet p, query;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(HEAD("\0\1", RD, "\1") WWW A_IN OPT(SIZE_1232)));
	for (struct worker_stats s = { .in_flight = 1 }; s.in_flight > 0;) {
		if (!authority_is_idle(&h)) {
			authority_take(&h, &query);
			authority_give(&h, &query, 0x8185, 0, BYTES("")); /* REFUSED */
		}
		house_pass(&h, 10);
		house_stats(&h, &s);
		s.in_flight += s.serve[COUNT_STARTED] == 0;
	}
	client_take(c, &p);
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	assert_int_not_equal(packet_ede(&p, NULL), -1);
	house_await(&h, COUNT_SERVFAIL, 1);
	close(c);
	house_close(&h);
}

#define QUERY_WWW_OPT HEAD("\x12\x35", RD, "\1") WWW A_IN OPT(SIZE_1232)

/* An answer that has expired since; ${c} is its client. */
static void
open_with_expired(struct house *h, const char *options, int *c)
{
	struct packet p;

	house_open(h, options);
	*c = client_open(h, "127.0.0.1");
	client_send(*c, BYTES(QUERY_WWW));
	authority_serve(h, 1, A_RECORD);
	client_take(*c, &p);
	house_pass(h, 301 * 1000);
}

static void
assert_stale(const struct packet *p)
{
	assert_int_equal(packet_rcode(p), RCODE_NOERROR);
	assert_int_equal(packet_answers(p), 1);
	assert_int_equal(packet_ttl(p), 30);
	assert_int_equal(packet_ede(p, NULL), EDE_STALE_ANSWER);
}

static void
who_has_waited_long_gets_what_expired_and_the_cache_what_comes(void **state)
{
	struct packet p, query;
	struct house h;
	int c;

	(void)state;
	open_with_expired(&h, "limits: {packet-timeout: 5s}\n", &c);
	client_send(c, BYTES(QUERY_WWW_OPT));
	authority_take(&h, &query);
	house_pass(&h, 1799);
	house_await(&h, COUNT_STALE, 0);
	house_await_waiting(&h, 1);
	house_pass(&h, 1);
	client_take(c, &p);
	assert_stale(&p);
	house_await(&h, COUNT_STALE, 1);
	house_await_waiting(&h, 0);
	client_ask(c, &p, QUERY_WWW_OPT); /* the next is not kept waiting */
	assert_stale(&p);
	while (!authority_is_idle(&h))
		authority_take(&h, &query);
	authority_give(
	    &h, &query, 0x8180, 1, BYTES("\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\2"));
	for (struct worker_stats s = { .in_flight = 1 }; s.in_flight > 0;)
		house_stats(&h, &s);
	client_ask(c, &p, QUERY_WWW_OPT);
	assert_int_equal(packet_ttl(&p), 300);
	assert_int_equal(packet_ede(&p, NULL), -1);
	assert_true(packet_has(&p, BYTES("\xc0\0\2\2")));
	close(c);
	house_close(&h);
}

#define QUERY_WWW_DO HEAD("\x12\x36", RD, "\1") WWW A_IN OPT_DO
/* The address with a signature of *.example, and none of what shows that this was right.
 */
#define A_EXPANDED                                                                       \
	A_RECORD "\xc0\x0c\0\x2e\0\1\0\0\1\x2c\0\x1c\0\1\15\1\0\0\1\x2c"                 \
		 "eeeeiiiigg\7example\0s"

static void
open_with_expanded_expired(struct house *h, const char *options, int *c)
{
	struct packet p;

	house_open(h, options);
	*c = client_open(h, "127.0.0.1");
	client_send(*c, BYTES(QUERY_WWW));
	authority_serve(h, 2, A_EXPANDED);
	client_take(*c, &p);
	house_pass(h, 301 * 1000);
}

/* Refuses what is asked until no question is in flight. */
static void
refuse_all(struct house *h)
{
	struct packet query;

	for (struct worker_stats s = { .in_flight = 1 }; s.in_flight > 0;) {
		if (!authority_is_idle(h)) {
			authority_take(h, &query);
			authority_give(h, &query, 0x8185, 0, BYTES(""));
		}
		house_pass(h, 10);
		house_stats(h, &s);
	}
}

static void
what_expired_without_its_proof_is_not_for_who_validates(void **state)
{
	struct packet p, query;
	struct house h;
	int c, d;

	(void)state;
	open_with_expanded_expired(&h, "limits: {packet-timeout: 5s}\n", &c);
	d = client_open(&h, "127.0.0.1");
	client_send(d, BYTES(QUERY_WWW_DO));
	client_send(c, BYTES(QUERY_WWW_OPT));
	authority_take(&h, &query);
	house_await_waiting(&h, 2);
	house_pass(&h, 1800);
	client_take(c, &p);
	assert_stale(&p);
	house_await_waiting(&h, 1);
	client_send(d, BYTES(QUERY_WWW_DO)); /* it is not answered at once, but joins */
	house_await_waiting(&h, 2);
	house_await(&h, COUNT_STALE, 1);
	authority_give(&h, &query, 0x8185, 0, BYTES(""));
	refuse_all(&h);
	for (int i = 0; i < 2; i++) {
		client_take(d, &p);
		assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
		assert_int_equal(packet_ede(&p, NULL), EDE_NO_REACHABLE_AUTHORITY);
	}
	client_ask(c, &p, QUERY_WWW_OPT);
	assert_stale(&p);
	close(c);
	close(d);
	house_close(&h);
}

static void
when_shed_who_validates_gets_nothing_without_its_proof(void **state)
{
	struct packet p;
	struct house h;
	int c;

	(void)state;
	open_with_expanded_expired(&h, "limits: {waiting-per-client: 2}\n", &c);
	ask_letter(c, 'a');
	ask_letter(c, 'b');
	house_await_waiting(&h, 2);
	client_ask(c, &p, QUERY_WWW_DO);
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	client_ask(c, &p, QUERY_WWW_OPT);
	assert_stale(&p);
	close(c);
	house_close(&h);
}

static void
without_stale_answers_a_client_waits_on(void **state)
{
	struct packet query;
	struct house h;
	int c;

	(void)state;
	open_with_expired(&h, "resolver: {serve-stale: false}\n", &c);
	client_send(c, BYTES(QUERY_WWW_OPT));
	authority_take(&h, &query);
	house_pass(&h, 1800);
	house_await_waiting(&h, 1);
	house_await(&h, COUNT_STALE, 0);
	close(c);
	house_close(&h);
}

static void
a_question_that_is_shed_gets_what_has_expired(void **state)
{
	struct packet p;
	struct house h;
	int c;

	(void)state;
	open_with_expired(&h, "limits: {waiting-per-client: 2}\n", &c);
	ask_letter(c, 'a');
	ask_letter(c, 'b');
	house_await_waiting(&h, 2);
	client_ask(c, &p, QUERY_WWW_OPT);
	assert_stale(&p);
	house_await(&h, COUNT_SHED_CLIENT, 1);
	house_await(&h, COUNT_STALE, 1);
	ask_letter(c, 'c');
	client_take(c, &p);
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	close(c);
	house_close(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    who_has_waited_long_gets_what_expired_and_the_cache_what_comes),
		cmocka_unit_test(what_expired_without_its_proof_is_not_for_who_validates),
		cmocka_unit_test(when_shed_who_validates_gets_nothing_without_its_proof),
		cmocka_unit_test(without_stale_answers_a_client_waits_on),
		cmocka_unit_test(a_question_that_is_shed_gets_what_has_expired),
		cmocka_unit_test(equal_questions_of_ten_clients_are_one_query),
		cmocka_unit_test(another_type_or_cd_is_another_question),
		cmocka_unit_test(
		    a_client_with_too_many_waiting_is_shed_and_another_is_served),
		cmocka_unit_test(
		    with_half_of_the_places_taken_a_client_has_its_share_only),
		cmocka_unit_test(when_all_places_are_taken_the_cache_still_answers),
		cmocka_unit_test(
		    when_all_places_are_taken_the_newest_of_the_greediest_gives_way),
		cmocka_unit_test(a_client_that_asks_all_twice_gives_way_as_well),
		cmocka_unit_test(
		    what_a_modest_client_waits_for_as_well_does_not_give_way),
		cmocka_unit_test(
		    who_waits_in_all_places_for_one_name_gives_one_to_another),
		cmocka_unit_test(a_job_that_nobody_waits_for_gives_way_to_a_question),
		cmocka_unit_test(a_client_with_all_sockets_gives_one_to_another),
		cmocka_unit_test(
		    without_a_socket_the_question_is_shed_and_no_server_is_blamed),
		cmocka_unit_test(a_late_udp_reply_is_dropped_and_the_answer_kept),
		cmocka_unit_test(a_reply_on_the_last_millisecond_is_not_late),
		cmocka_unit_test(
		    tcp_questions_in_one_write_are_answered_as_they_are_ready),
		cmocka_unit_test(a_tcp_client_that_leaves_while_it_waits_harms_nobody),
		cmocka_unit_test(a_name_in_use_is_renewed_before_it_expires),
		cmocka_unit_test(a_renewed_answer_counts_for_the_same_zone_as_before),
		cmocka_unit_test(a_renewed_answer_is_judged_as_any_other),
		cmocka_unit_test(a_failed_renewal_leaves_the_old_answer_to_its_end),
		cmocka_unit_test(the_authoritys_failure_is_servfail_with_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
