#include "tests/unit/serve_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/dns.h"
#include "detect/detect.h"
#include "resolver/os/clock.h"
#include "tests/detect/fixture.h"

/* The depth of the pipeline: meta types, block lists, operators' words, judgement, and a
 * policy that changes under a filled cache. */

#define QUERY_WWW HEAD("\x12\x34", RD, "\1") WWW A_IN OPT(SIZE_1232)
#define BLOCK_WWW "policy: {block: [www.example]}\n"

static void
fill_cache(struct house *h, int c)
{
	struct packet p;

	client_send(c, BYTES(QUERY_WWW));
	authority_serve(h, 1, A_RECORD);
	client_take(c, &p);
	assert_int_equal(packet_answers(&p), 1);
}

static void
expect_blocked(const struct packet *p, char text[256])
{
	assert_int_equal(packet_rcode(p), RCODE_NXDOMAIN);
	assert_int_equal(packet_answers(p), 0);
	assert_int_equal(packet_ede(p, text), EDE_BLOCKED);
}

static void
any_gets_one_hinfo_that_says_why(void **state)
{
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_ask(c, &p, HEAD("\0\1", RD, "\0") WWW "\0\xff\0\1");
	assert_bytes(p.bytes, p.len,
	    "\0\1\x81\x80\0\1\0\1\0\0\0\0" WWW "\0\xff\0\1"
	    "\xc0\x0c\0\x0d\0\1\0\0\x0e\xcd\0\x09\7RFC8482\0");
	assert_true(authority_is_idle(&h));
	close(c);
	house_close(&h);
}

static void
transfers_are_refused(void **state)
{
	static const char *const types[] = { "\0\xfb", "\0\xfc", "\0\xfd", "\0\xf9" };
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	for (unsigned i = 0; i < COUNT(types); i++) {
		uint8_t q[] = HEAD("\0\1", RD, "\1") WWW "\0\0\0\1" OPT(SIZE_1232);

		memcpy(q + 12 + 13, types[i], 2);
		client_send(c, q, sizeof(q) - 1);
		client_take(c, &p);
		assert_int_equal(packet_rcode(&p), RCODE_REFUSED);
		assert_int_equal(packet_ede(&p, NULL), EDE_NOT_SUPPORTED);
	}
	/* type 0 is none at all, and CHAOS is not our class */
	client_ask(c, &p, HEAD("\0\1", RD, "\0") WWW "\0\0\0\1");
	assert_int_equal(packet_rcode(&p), RCODE_FORMERR);
	client_ask(c, &p, HEAD("\0\1", RD, "\0") WWW "\0\x10\0\3");
	assert_int_equal(packet_rcode(&p), RCODE_REFUSED);
	assert_true(authority_is_idle(&h));
	house_await(&h, COUNT_REFUSED_TYPE, COUNT(types) + 2);
	close(c);
	house_close(&h);
}

static void
a_type_refused_by_policy_says_so_and_a_group_may_have_it(void **state)
{
	struct house h;
	struct packet p;
	char text[256];
	int c, lab;

	(void)state;
	house_open_alone(&h,
	    "groups: [{name: default, clients: [127.0.0.1/32]},"
	    " {name: lab, clients: [127.0.0.2/32], types: {allow: [\"NULL\"]}}]\n");
	c = client_open(&h, "127.0.0.1");
	lab = client_open(&h, "127.0.0.2");
	client_ask(c, &p,
	    HEAD("\0\1", RD, "\1") "\3www\7example\3com\0\0\x0a\0\1" OPT(SIZE_1232));
	assert_int_equal(packet_ede(&p, text), EDE_BLOCKED);
	assert_int_equal(packet_answers(&p), 0);
	house_await(&h, COUNT_DETECT_REFUSED, 1);
	house_await_lines(&h, 1);
	assert_non_null(strstr(h.lines[0], "type refused by policy"));
	assert_non_null(strstr(h.lines[0], "\"NULL\""));
	/* for the laboratory's clients recursion goes out, and finds no server here */
	client_ask(lab, &p,
	    HEAD("\0\1", RD, "\1") "\3www\7example\3com\0\0\x0a\0\1" OPT(SIZE_1232));
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	house_await(&h, COUNT_DETECT_REFUSED, 1);
	close(lab);
	close(c);
	house_close(&h);
}

static void
types_are_refused_where_detection_is_off_too(void **state)
{
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open_alone(&h, "detection: {mode: off}\n"
			     "policy: {types: {refuse: [TXT]}, allow: [free.example]}\n");
	c = client_open(&h, "127.0.0.1");
	client_ask(
	    c, &p, HEAD("\0\1", RD, "\1") "\3www\7example\0\0\x10\0\1" OPT(SIZE_1232));
	expect_blocked(&p, NULL);
	/* what recursion makes of others, without a server */
	client_ask(c, &p, HEAD("\0\2", RD, "\1") WWW A_IN OPT(SIZE_1232));
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	client_ask(
	    c, &p, HEAD("\0\3", RD, "\1") "\4free\7example\0\0\x10\0\1" OPT(SIZE_1232));
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	close(c);
	house_close(&h);
}

static void
a_blocked_name_is_sinkholed_and_told_once_a_minute(void **state)
{
	struct house h;
	struct packet p;
	char first[256], text[256], id[EVENT_ID_MAX + 16];
	int c, other;

	(void)state;
	house_open(&h, "policy: {block: [bad.example]}\n");
	c = client_open(&h, "127.0.0.1");
	other = client_open(&h, "127.0.0.2");
	client_ask(c, &p, HEAD("\0\1", RD, "\1") "\3bad\7example\0" A_IN OPT(SIZE_1232));
	expect_blocked(&p, first);
	house_await_lines(&h, 1);
	assert_non_null(strstr(h.lines[0], "\"action\":\"block\""));
	assert_non_null(strstr(h.lines[0], "\"zone\":\"bad.example\""));
	assert_non_null(strstr(h.lines[0], "\"client\":\"127.0.0.1\""));
	/* the answer ends with the id of the event in the journal */
	assert_non_null(strrchr(first, '['));
	snprintf(id, sizeof(id), "\"id\":\"%s", strrchr(first, '[') + 1);
	id[strlen(id) - 1] = '"'; /* it stands in brackets */
	assert_non_null(strstr(h.lines[0], id));
	/* again, and something beneath it: the same event explains both */
	house_pass(&h, 59 * 1000);
	client_ask(c, &p, HEAD("\0\2", RD, "\1") "\3bad\7example\0" A_IN OPT(SIZE_1232));
	expect_blocked(&p, text);
	assert_string_equal(text, first);
	client_ask(
	    c, &p, HEAD("\0\3", RD, "\1") "\1x\3BAD\7example\0" TXT_IN OPT(SIZE_1232));
	expect_blocked(&p, text);
	assert_string_equal(text, first);
	/* another client is another event; after a minute there is a new one */
	client_ask(
	    other, &p, HEAD("\0\4", RD, "\1") "\3bad\7example\0" A_IN OPT(SIZE_1232));
	expect_blocked(&p, text);
	assert_string_not_equal(text, first);
	house_await_lines(&h, 2);
	house_pass(&h, 1000);
	client_ask(c, &p, HEAD("\0\5", RD, "\1") "\3bad\7example\0" A_IN OPT(SIZE_1232));
	expect_blocked(&p, text);
	assert_string_not_equal(text, first);
	house_await_lines(&h, 3);
	assert_true(authority_is_idle(&h));
	house_await(&h, COUNT_BLOCKED, 5);
	close(other);
	close(c);
	house_close(&h);
}

/* The kernel gives one client's questions to whichever worker it likes. */
static void
a_block_that_one_worker_told_is_not_told_by_another(void **state)
{
	struct house h;
	struct house next = { 0 }; /* the other worker's door */
	char first[256], text[256], error[DOORS_ERROR_MAX];
	struct conf *conf;
	struct doors *doors;
	struct packet p;
	int c, d;

	(void)state;
	house_open(&h, "policy: {block: [bad.example]}\n");
	conf = house_conf(&h, "");
	doors = doors_open(conf, 1, error);
	assert_non_null(doors);
	next.udp_at = house_door(doors);
	next.worker = worker_new(h.shared, doors_of(doors, 0));
	assert_non_null(next.worker);
	assert_int_equal(worker_start(next.worker), ERR_OK);
	c = client_open(&h, "127.0.0.1");
	d = client_open(&next, "127.0.0.1");
	client_ask(c, &p, HEAD("\0\1", RD, "\1") "\3bad\7example\0" A_IN OPT(SIZE_1232));
	expect_blocked(&p, first);
	client_ask(d, &p, HEAD("\0\2", RD, "\1") "\3bad\7example\0" A_IN OPT(SIZE_1232));
	expect_blocked(&p, text);
	assert_string_equal(text, first);
	house_pass(&h, 60 * 1000);
	worker_wake(next.worker);
	client_ask(d, &p, HEAD("\0\3", RD, "\1") "\3bad\7example\0" A_IN OPT(SIZE_1232));
	expect_blocked(&p, first);
	assert_string_not_equal(text, first);
	client_ask(c, &p, HEAD("\0\4", RD, "\1") "\3bad\7example\0" A_IN OPT(SIZE_1232));
	expect_blocked(&p, text);
	assert_string_equal(text, first);
	house_await_lines(&h, 2);
	close(d);
	close(c);
	worker_stop(next.worker);
	worker_free(next.worker);
	doors_free(doors);
	conf_unref(conf);
	house_close(&h);
}

static void
allow_beneath_a_blocked_name_lets_it_through(void **state)
{
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open(&h, "policy: {block: [example], allow: [www.example]}\n");
	c = client_open(&h, "127.0.0.1");
	client_ask(c, &p, HEAD("\0\1", RD, "\1") "\3bad\7example\0" A_IN OPT(SIZE_1232));
	expect_blocked(&p, NULL);
	fill_cache(&h, c);
	close(c);
	house_close(&h);
}

static void
an_own_cname_leads_to_what_recursion_finds(void **state)
{
	struct house h;
	struct packet p, query;
	int c;

	(void)state;
	house_open(
	    &h, "local: {data: [\"intra.corp.test. 60 IN CNAME www.example.\"]}\n");
	c = client_open(&h, "127.0.0.1");
	for (int turn = 0; turn < 2; turn++) {
		client_send(c, BYTES(HEAD("\0\7", RD,
				   "\1") "\5intra\4corp\4test\0" A_IN OPT(SIZE_1232)));
		if (turn == 0) { /* asked for is the target, and what came is kept */
			authority_take(&h, &query);
			assert_int_equal(query.bytes[12], 3);
			authority_give(&h, &query, 0x8180, 1,
			    BYTES("\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1"));
		}
		client_take(c, &p);
		assert_int_equal(packet_rcode(&p), RCODE_NOERROR);
		assert_int_equal(packet_answers(&p), 2);
		assert_true(packet_has(&p, BYTES("\xc0\0\2\1")));
		assert_int_equal(packet_flags(&p) & FLAG_AA, 0);
	}
	assert_true(authority_is_idle(&h));
	close(c);
	house_close(&h);
}

static void
a_new_policy_beats_the_cached_answer_at_once_and_back(void **state)
{
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	fill_cache(&h, c);
	house_swap(&h, BLOCK_WWW);
	client_ask(c, &p, QUERY_WWW);
	expect_blocked(&p, NULL);
	/* taken back: the cache was not lost */
	house_swap(&h, "");
	client_ask(c, &p, QUERY_WWW);
	assert_int_equal(packet_rcode(&p), RCODE_NOERROR);
	assert_int_equal(packet_answers(&p), 1);
	assert_true(authority_is_idle(&h));
	/* own data beats it too */
	house_swap(&h, "local: {data: [\"www.example. 60 IN A 192.0.2.77\"]}\n");
	client_ask(c, &p, QUERY_WWW);
	assert_true(packet_has(&p, BYTES("\xc0\0\2\x4d")));
	/* and a group that is gone is gone */
	house_swap(&h, "groups: [{name: default, clients: [127.0.9.0/24]}]\n");
	client_ask(c, &p, QUERY_WWW);
	assert_int_equal(packet_rcode(&p), RCODE_REFUSED);
	close(c);
	house_close(&h);
}

static void
what_other_forwarders_said_is_forgotten(void **state)
{
	static const uint8_t root[] = { 0 };
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	fill_cache(&h, c);
	house_swap(&h, "");
	client_ask(c, &p, QUERY_WWW);
	assert_int_equal(packet_answers(&p), 1);
	assert_true(authority_is_idle(&h));
	h.authority_at.port ^= 1;
	house_swap(&h, "");
	assert_int_equal(rrcache_flush(h.shared->rrcache, root, true), 0);
	assert_int_equal(anscache_flush(h.shared->anscache, root, true), 0);
	close(c);
	house_close(&h);
}

/* What the main thread does when a negative anchor at ${name} has come or gone. */
static void
change_anchors_at(struct house *h, const uint8_t *name)
{
	shared_set_anchors(h->shared, anchors_new(NULL, 0, NULL, 0));
	(void)rrcache_flush(h->shared->rrcache, name, true);
	(void)anscache_flush(h->shared->anscache, name, true);
	shared_forget_aliases(h->shared);
	worker_wake(h->worker);
}

static void
an_alias_into_what_is_forgotten_is_found_out_anew(void **state)
{
	static const uint8_t broken[] = "\6broken";
	/* www.example CNAME x.broken, and its address */
	static const char alias[] = "\xc0\x0c\0\5\0\1\0\0\1\x2c\0\012\1x\6broken\0"
				    "\1x\6broken\0\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1";
	struct house h;
	struct packet p, query;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(QUERY_WWW));
	authority_serve(&h, 2, alias);
	client_take(c, &p);
	assert_int_equal(packet_answers(&p), 2);
	client_send(c, BYTES(HEAD("\0\1", RD, "\0") "\1y\7example\0" A_IN));
	authority_serve(&h, 1, A_RECORD);
	client_take(c, &p);
	client_ask(c, &p, QUERY_WWW);
	assert_int_equal(packet_answers(&p), 2);
	house_await(&h, COUNT_HITS, 1);
	/* The alias is still known, what it leads to is not. */
	change_anchors_at(&h, broken);
	client_send(c, BYTES(QUERY_WWW));
	authority_take(&h, &query);
	assert_int_equal(query.bytes[12], 1); /* x.broken, in whatever case */
	assert_int_equal(query.bytes[14], 6);
	/* Who asks meanwhile joins; what comes of it is older than the next change. */
	change_anchors_at(&h, broken);
	client_send(c, BYTES(QUERY_WWW));
	house_await_waiting(&h, 2);
	authority_give(
	    &h, &query, 0x8180, 1, BYTES("\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\2"));
	for (int i = 0; i < 2; i++) {
		client_take(c, &p);
		assert_true(packet_has(&p, BYTES("\xc0\0\2\2")));
	}
	(void)rrcache_flush(h.shared->rrcache, broken, true);
	client_send(c, BYTES(QUERY_WWW));
	authority_serve(&h, 1, "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\3");
	client_take(c, &p);
	assert_true(packet_has(&p, BYTES("\xc0\0\2\3")));
	/* That stays; and what leads nowhere was there all the time. */
	client_ask(c, &p, QUERY_WWW);
	client_ask(c, &p, HEAD("\0\1", RD, "\0") "\1y\7example\0" A_IN);
	assert_true(authority_is_idle(&h));
	house_await(&h, COUNT_HITS, 3);
	close(c);
	house_close(&h);
}

static void
a_policy_that_comes_while_a_question_waits_loses_no_question(void **state)
{
	struct house h;
	struct packet p, query;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(QUERY_WWW));
	authority_take(&h, &query);
	/* fewer groups than when it was asked: its index is of no use any more */
	house_swap(&h, "groups: [{name: other, clients: [127.0.0.0/8]}]\n");
	house_await_waiting(&h, 1);
	authority_give(&h, &query, 0x8180, 1, BYTES(A_RECORD));
	client_take(c, &p);
	assert_int_equal(packet_answers(&p), 1);
	client_ask(c, &p, QUERY_WWW);
	assert_int_equal(packet_answers(&p), 1);
	close(c);
	house_close(&h);
}

static void
an_answer_begun_before_a_block_is_not_cached_past_it(void **state)
{
	struct house h;
	struct packet p, query;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(QUERY_WWW));
	authority_take(&h, &query);
	house_swap(&h, BLOCK_WWW);
	house_await_waiting(&h, 1);
	authority_give(&h, &query, 0x8180, 1, BYTES(A_RECORD));
	client_take(c, &p); /* it was let through while it was allowed */
	client_ask(c, &p, QUERY_WWW);
	expect_blocked(&p, NULL);
	close(c);
	house_close(&h);
}

static void
an_operators_word_beats_the_cached_answer_and_can_be_taken_back(void **state)
{
	struct house h;
	struct packet p;
	struct event e;
	struct now now;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	fill_cache(&h, c);
	clock_now(&now);
	assert_int_equal(
	    detect_block(h.shared->detect, NAME("\7example"), 60, "tested", &now, &e),
	    ERR_OK);
	client_ask(c, &p, QUERY_WWW);
	expect_blocked(&p, NULL);
	house_pass(&h, 61 * 1000);
	client_ask(c, &p, QUERY_WWW);
	assert_int_equal(packet_rcode(&p), RCODE_NOERROR);
	assert_int_equal(packet_answers(&p), 1);
	assert_true(authority_is_idle(&h));
	close(c);
	house_close(&h);
}

/* Ten bytes in base 32 in one label, another each time: what a tunnel sends upwards. */
static void
tunnel_name(uint8_t q[], unsigned n)
{
	uint32_t x = n * 2654435761u + 12345u;

	for (unsigned i = 0; i < 16; i++) {
		x = x * 1664525u + 1013904223u;
		q[13 + i] = (uint8_t) "abcdefghijklmnopqrstuvwxyz234567"[x >> 27];
	}
}

static void
a_tunnel_is_stopped_and_the_answer_and_the_journal_explain_it(void **state)
{
	uint8_t q[] = HEAD("\0\1", RD,
	    "\1") "\x10................\1t\7example\3com\0" A_IN OPT(SIZE_1232);
	struct worker_stats s;
	struct house h;
	struct packet p;
	char text[256] = "", *id;
	const char *line;
	unsigned asked = 0, slow = 0;
	bool throttled = false;
	int c, ede = -1;

	(void)state;
	house_open_alone(&h, "limits: {rate: 0}\n");
	c = client_open(&h, "127.0.0.1");
	while (asked < 1000 && (ede != EDE_FILTERED || throttled)) {
		tunnel_name(q, asked++);
		client_send(c, q, sizeof(q) - 1);
		client_take(c, &p);
		ede = packet_ede(&p, text);
		throttled = ede == EDE_FILTERED && packet_rcode(&p) == RCODE_SERVFAIL;
		if (throttled) {
			assert_non_null(strstr(text, "asked too fast ["));
			slow++;
			house_pass(&h, 1000);
		}
	}
	assert_in_range(slow, 1, 20);
	assert_int_equal(ede, EDE_FILTERED);
	assert_int_equal(packet_rcode(&p), RCODE_NXDOMAIN);
	assert_in_range(asked, 5, 200);
	house_stats(&h, &s);
	assert_int_equal(s.serve[COUNT_HELD] + s.serve[COUNT_SINKHOLED], 1);
	/* the event that the answer names stands in the journal, with the tunnel's zone
	 */
	id = strrchr(text, '[') + 1;
	id[strlen(id) - 1] = '\0';
	line = house_await_line(&h, id);
	assert_non_null(strstr(line, "\"zone\":\"example.com\""));
	assert_non_null(strstr(line, "\"client\":\"127.0.0.1\""));
	close(c);
	house_close(&h);
}

/* A resolver that forwards all it is asked stands between clients and the Internet like
 * any other: the root in the operator's zones exempts nothing. */
static void
a_tunnel_through_a_forwarder_of_everything_is_stopped(void **state)
{
	uint8_t q[] = HEAD("\0\1", RD,
	    "\1") "\x10................\1t\7example\3com\0" A_IN OPT(SIZE_1232);
	struct worker_stats s = { 0 };
	struct house h;
	struct packet p;
	unsigned asked = 0;
	int c;

	(void)state;
	house_open(&h, "limits: {rate: 0}\n");
	c = client_open(&h, "127.0.0.1");
	while (asked < 60 && s.serve[COUNT_HELD] == 0) {
		uint64_t misses = s.serve[COUNT_MISSES];

		tunnel_name(q, asked++);
		client_send(c, q, sizeof(q) - 1);
		house_await(&h, COUNT_MISSES, misses + 1);
		house_stats(&h, &s); /* and the worker is done with it */
		if (!authority_is_idle(&h))
			authority_serve(&h, 1, A_RECORD);
		client_take(c, &p);
		house_stats(&h, &s);
		house_pass(&h, 1000);
	}
	assert_in_range(asked, 5, 30);
	close(c);
	house_close(&h);
}

/* An answer that is too much is refused; it lies in the record cache all the same. */
static void
what_was_refused_is_not_told_without_recursion_either(void **state)
{
	/* TXT, three times 255 characters in one record. */
	static uint8_t record[12 + 768] = "\xc0\x0c\0\x10\0\1\0\0\1\x2c\3";
	struct house h;
	struct packet p, q;
	int c;

	(void)state;
	for (unsigned i = 0; i < 768; i++)
		record[12 + i] = i % 256 == 0 ? 255 : (uint8_t)('a' + i % 7);
	house_open(&h, "server: {cache-lookups: true, journal: \"\"}\n"
		       "detection: {down-stop-bytes: 500}\n");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(HEAD("\0\1", RD, "\1") WWW TXT_IN OPT(SIZE_1232)));
	authority_take(&h, &q);
	authority_give(&h, &q, 0x8180, 1, record, sizeof(record));
	client_take(c, &p);
	assert_int_equal(packet_ede(&p, NULL), EDE_FILTERED);
	client_ask(c, &p, HEAD("\0\2", "\0\0", "\1") WWW TXT_IN OPT(SIZE_1232));
	assert_int_equal(packet_ede(&p, NULL), EDE_FILTERED);
	assert_false(packet_has(&p, record + 13, 255));
	close(c);
	house_close(&h);
}

/* "An A record and its signature", of a thousand bytes that nobody verifies. */
static void
a_signature_counts_for_who_gets_it(void **state)
{
	static uint8_t records[16 + 12 + 18 + 9 + 1000] =
	    A_RECORD "\xc0\x0c\0\x2e\0\1\0\0\1\x2c\x04\x03"
		     "\0\1\x0d\2\0\0\1\x2c\x7f\0\0\0\x10\0\0\0\0\1"
		     "\7example";
	static const char *const edns[] = { OPT(SIZE_1232), OPT_DO };
	struct house h;
	struct packet p, q;
	int c;

	(void)state;
	house_open(&h, "detection: {down-stop-bytes: 500}\n"
		       "resolver: {validation: false}\n");
	c = client_open(&h, "127.0.0.1");
	for (unsigned i = 0; i < 2; i++) {
		uint8_t ask[] = HEAD("\0\1", RD, "\1") WWW A_IN OPT_DO;

		memcpy(ask + sizeof(ask) - 12, edns[i], 11);
		client_send(c, ask, sizeof(ask) - 1);
		if (i == 0) {
			authority_take(&h, &q);
			authority_give(&h, &q, 0x8180, 2, records, sizeof(records));
		}
		client_take(c, &p);
		assert_int_equal(packet_ede(&p, NULL), i == 0 ? -1 : EDE_FILTERED);
		assert_int_equal(packet_answers(&p), i == 0 ? 1 : 0);
	}
	close(c);
	house_close(&h);
}

/* Forty clients bring names to forty zones that nobody else knows, all of them answered
 * by ${at}, as other workers may have seen it: it gets nothing of new zones any more. */
static void
fill_server(struct house *h, const struct addr *at)
{
	struct fixture f = { .conf = house_conf(h, ""), .detect = h->shared->detect };
	char name[256], zone[32], client[32];

	clock_now(&f.now);
	for (unsigned i = 0; i < 40; i++) {
		struct detect_answer a = { .qtype = TYPE_A, .authority = *at };
		struct dname qname;

		snprintf(zone, sizeof(zone), "z%u.com", i);
		snprintf(client, sizeof(client), "192.0.2.%u", 10 + i);
		qname = fixture_name(fixture_tunnel_name(i, name, zone));
		a.client = fixture_addr(client);
		a.qname = qname.bytes;
		if (fixture_ask(&f, client, name, TYPE_A))
			detect_answer(f.detect, f.conf, &a, &f.now, &f.v);
	}
	conf_unref(f.conf);
}

static void
what_detection_keeps_from_a_server_is_not_laid_to_its_charge(void **state)
{
	char hints[HOUSE_PATH_MAX], options[256];
	struct worker_stats s;
	struct server_info info;
	struct house h;
	struct packet p;
	struct addr root = fixture_addr("127.9.9.9");
	struct now now;
	int c;

	(void)state;
	root.port = 53;
	house_write_file(hints, ". 1 IN NS r.example.\nr.example. 1 IN A 127.9.9.9\n");
	snprintf(options, sizeof(options),
	    "limits: {rate: 0}\n"
	    "resolver: {root-hints: \"%s\", ipv6: false, loopback-upstream: true}\n",
	    hints);
	house_open_alone(&h, options);
	fill_server(&h, &root);
	c = client_open(&h, "127.0.0.1");
	client_ask(
	    c, &p, HEAD("\0\1", RD, "\1") "\3www\7example\3com\0" A_IN OPT(SIZE_1232));
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	house_stats(&h, &s);
	assert_int_equal(s.out.sent_udp + s.out.sent_tcp, 0);
	clock_now(&now);
	servers_get(h.shared->servers, &root, now.mono_ms, &info);
	assert_int_equal(info.timeouts, 0);
	close(c);
	house_close(&h);
	unlink(hints);
}

static void
in_shadow_mode_the_same_tunnel_is_told_and_not_stopped(void **state)
{
	uint8_t q[] = HEAD("\0\1", RD,
	    "\1") "\x10................\1t\7example\3com\0" A_IN OPT(SIZE_1232);
	struct worker_stats s;
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open_alone(&h, "limits: {rate: 0}\ndetection: {mode: shadow}\n");
	c = client_open(&h, "127.0.0.1");
	for (unsigned i = 0; i < 300; i++) {
		tunnel_name(q, i);
		client_send(c, q, sizeof(q) - 1);
		client_take(c, &p);
		assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	}
	house_stats(&h, &s);
	assert_int_equal(s.serve[COUNT_HELD] + s.serve[COUNT_SINKHOLED], 0);
	assert_int_equal(s.serve[COUNT_STARTED], 300);
	pthread_mutex_lock(&h.lock);
	assert_true(h.line_count > 0);
	pthread_mutex_unlock(&h.lock);
	close(c);
	house_close(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_gets_one_hinfo_that_says_why),
		cmocka_unit_test(transfers_are_refused),
		cmocka_unit_test(
		    a_type_refused_by_policy_says_so_and_a_group_may_have_it),
		cmocka_unit_test(types_are_refused_where_detection_is_off_too),
		cmocka_unit_test(a_blocked_name_is_sinkholed_and_told_once_a_minute),
		cmocka_unit_test(a_block_that_one_worker_told_is_not_told_by_another),
		cmocka_unit_test(allow_beneath_a_blocked_name_lets_it_through),
		cmocka_unit_test(an_own_cname_leads_to_what_recursion_finds),
		cmocka_unit_test(a_new_policy_beats_the_cached_answer_at_once_and_back),
		cmocka_unit_test(what_other_forwarders_said_is_forgotten),
		cmocka_unit_test(an_alias_into_what_is_forgotten_is_found_out_anew),
		cmocka_unit_test(
		    a_policy_that_comes_while_a_question_waits_loses_no_question),
		cmocka_unit_test(an_answer_begun_before_a_block_is_not_cached_past_it),
		cmocka_unit_test(
		    an_operators_word_beats_the_cached_answer_and_can_be_taken_back),
		cmocka_unit_test(
		    a_tunnel_is_stopped_and_the_answer_and_the_journal_explain_it),
		cmocka_unit_test(a_tunnel_through_a_forwarder_of_everything_is_stopped),
		cmocka_unit_test(a_signature_counts_for_who_gets_it),
		cmocka_unit_test(what_was_refused_is_not_told_without_recursion_either),
		cmocka_unit_test(
		    what_detection_keeps_from_a_server_is_not_laid_to_its_charge),
		cmocka_unit_test(in_shadow_mode_the_same_tunnel_is_told_and_not_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
