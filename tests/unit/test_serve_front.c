#include "tests/unit/serve_help.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <jansson.h>

#include "base/dns.h"
#include "resolver/os/clock.h"
#include "resolver/serve/figures.h"

/* The front of the pipeline: what becomes of a datagram before and at the answer cache.
 */

#define QUERY_WWW HEAD("\x12\x34", RD, "\0") WWW A_IN

static void
a_hit_after_a_miss_is_the_same_answer_and_asks_nobody(void **state)
{
	struct worker_stats s;
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(QUERY_WWW));
	authority_serve(&h, 1, A_RECORD);
	client_take(c, &p);
	assert_bytes(p.bytes, p.len,
	    "\x12\x34\x81\x80\0\1\0\1\0\0\0\0" WWW A_IN
	    "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1");
	client_ask(c, &p, HEAD("\x56\x78", RD, "\0") WWW A_IN);
	assert_bytes(p.bytes, p.len,
	    "\x56\x78\x81\x80\0\1\0\1\0\0\0\0" WWW A_IN
	    "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1");
	assert_true(authority_is_idle(&h));
	house_stats(&h, &s);
	assert_int_equal(s.serve[COUNT_MISSES], 1);
	assert_int_equal(s.serve[COUNT_HITS], 1);
	assert_int_equal(s.out.sent_udp, 1);
	close(c);
	house_close(&h);
}

static void
ttls_count_down_and_after_their_end_the_authority_is_asked_again(void **state)
{
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open(&h, "cache: {prefetch: false}\n");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(QUERY_WWW));
	authority_serve(&h, 1, A_RECORD);
	client_take(c, &p);
	assert_int_equal(packet_ttl(&p), 300);
	house_pass(&h, 100 * 1000);
	client_ask(c, &p, QUERY_WWW);
	assert_int_equal(packet_ttl(&p), 200);
	house_pass(&h, 199 * 1000);
	client_ask(c, &p, QUERY_WWW);
	assert_int_equal(packet_ttl(&p), 1);
	house_pass(&h, 1000);
	client_send(c, BYTES(QUERY_WWW));
	authority_serve(&h, 1, A_RECORD);
	client_take(c, &p);
	assert_int_equal(packet_ttl(&p), 300);
	close(c);
	house_close(&h);
}

static void
each_client_sees_its_question_in_the_case_that_it_used(void **state)
{
	struct house h;
	struct packet p;
	int c, d;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	d = client_open(&h, "127.0.0.1");
	/* two that wait for one answer, and one that finds it */
	client_send(c, BYTES(HEAD("\0\1", RD, "\0") "\3wWw\7ExAmPlE\0" A_IN));
	house_await(&h, COUNT_STARTED, 1);
	client_send(d, BYTES(HEAD("\0\2", RD, "\0") "\3WWW\7example\0" A_IN));
	house_await(&h, COUNT_JOINED, 1);
	authority_serve(&h, 1, A_RECORD);
	client_take(c, &p);
	assert_memory_equal(p.bytes + 12, "\3wWw\7ExAmPlE\0", 13);
	client_take(d, &p);
	assert_memory_equal(p.bytes + 12, "\3WWW\7example\0", 13);
	client_ask(c, &p, HEAD("\0\3", RD, "\0") "\3www\7EXAMPLE\0" A_IN);
	assert_memory_equal(p.bytes + 12, "\3www\7EXAMPLE\0", 13);
	close(c);
	close(d);
	house_close(&h);
}

/* Three strings of 230 bytes: 12 + 17 + 12 + 693 bytes of answer. */
static size_t
long_txt(uint8_t out[1024])
{
	size_t len = 12;

	memcpy(out, "\xc0\x0c\0\x10\0\1\0\0\1\x2c\x02\xb5", 12);
	for (int i = 0; i < 3; i++) {
		out[len++] = 230;
		memset(out + len, 'a' + i, 230);
		len += 230;
	}
	return len;
}

#define LONG_ANSWER (12 + 17 + 12 + 693)

static void
expect_truncated(const struct packet *p)
{
	assert_int_equal(packet_flags(p) & FLAG_TC, FLAG_TC);
	assert_int_equal(packet_rcode(p), RCODE_NOERROR);
	assert_int_equal(packet_answers(p), 0);
}

static void
an_answer_too_long_for_the_clients_udp_is_empty_with_tc(void **state)
{
	struct house h;
	struct packet p, query;
	uint8_t txt[1024];
	int c, t;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(HEAD("\0\1", RD, "\0") WWW TXT_IN)); /* 512 bytes at most */
	authority_take(&h, &query);
	authority_give(&h, &query, 0x8180, 1, txt, long_txt(txt));
	client_take(c, &p);
	expect_truncated(&p);
	assert_int_equal(p.len, 12 + 17);
	client_ask(c, &p, HEAD("\0\2", RD, "\0") WWW TXT_IN); /* from the cache */
	expect_truncated(&p);
	client_ask(
	    c, &p, HEAD("\0\3", RD, "\1") WWW TXT_IN OPT("\x02\x80")); /* 640 bytes */
	expect_truncated(&p);
	client_ask(c, &p, HEAD("\0\4", RD, "\1") WWW TXT_IN OPT(SIZE_1232));
	assert_int_equal(packet_flags(&p) & FLAG_TC, 0);
	assert_int_equal(p.len, LONG_ANSWER + 11);
	/* by TCP without EDNS it is whole */
	t = client_open_tcp(&h, "127.0.0.1");
	client_send(t, BYTES("\0\x1d" HEAD("\0\5", RD, "\0") WWW TXT_IN));
	client_take_tcp(t, &p);
	assert_int_equal(p.len, LONG_ANSWER);
	assert_true(authority_is_idle(&h));
	house_await(&h, COUNT_REPLY_TRUNCATED, 3);
	close(t);
	close(c);
	house_close(&h);
}

static void
our_own_limit_holds_for_clients_that_bear_more(void **state)
{
	struct house h;
	struct packet p, query;
	uint8_t txt[1024];
	int c;

	(void)state;
	house_open(&h, "resolver: {edns-udp-size: 600}\n");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(HEAD("\0\1", RD, "\1") WWW TXT_IN OPT("\x10\x00")));
	authority_take(&h, &query);
	authority_give(&h, &query, 0x8180, 1, txt, long_txt(txt));
	client_take(c, &p);
	expect_truncated(&p);
	close(c);
	house_close(&h);
}

static void
what_is_no_question_gets_its_error_or_silence(void **state)
{
	struct worker_stats s;
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_ask(c, &p, "\0\1\1\0\0\2\0\0\0\0\0\0" WWW A_IN WWW A_IN);
	assert_int_equal(packet_rcode(&p), RCODE_FORMERR);
	client_ask(c, &p, "\0\2\1\0\0\1\0\0\0\0\0\0\3www");
	assert_int_equal(packet_rcode(&p), RCODE_FORMERR);
	client_ask(c, &p, HEAD("\0\3", "\x21\0", "\0") WWW A_IN); /* NOTIFY */
	assert_int_equal(packet_rcode(&p), RCODE_NOTIMP);
	assert_int_equal(packet_id(&p), 3);
	client_ask(c, &p, HEAD("\0\4", RD, "\1") WWW A_IN "\0\0\x29\x04\xd0\0\1\0\0\0\0");
	assert_int_equal(packet_rcode(&p), RCODE_BADVERS & 15);
	assert_int_equal(p.bytes[p.len - 6], RCODE_BADVERS >> 4);
	client_send(c, BYTES("\0\5\1\0\0"));			      /* no header */
	client_send(c, BYTES(HEAD("\0\6", "\x81\0", "\0") WWW A_IN)); /* an answer */
	assert_true(client_is_idle(&h, c));
	assert_true(authority_is_idle(&h));
	house_stats(&h, &s);
	assert_int_equal(s.serve[COUNT_FORMERR], 2);
	assert_int_equal(s.serve[COUNT_NOTIMP], 1);
	assert_int_equal(s.serve[COUNT_BADVERS], 1);
	assert_int_equal(s.serve[COUNT_DROPPED], 2);
	close(c);
	house_close(&h);
}

static void
without_rd_what_others_asked_is_refused(void **state)
{
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(QUERY_WWW));
	authority_serve(&h, 1, A_RECORD);
	client_take(c, &p);
	client_ask(c, &p, HEAD("\0\1", "\0\0", "\1") WWW A_IN OPT(SIZE_1232));
	assert_int_equal(packet_rcode(&p), RCODE_REFUSED);
	assert_int_equal(packet_answers(&p), 0);
	assert_int_equal(packet_ede(&p, NULL), EDE_NOT_AUTHORITATIVE);
	house_await(&h, COUNT_REFUSED_RD, 1);
	close(c);
	house_close(&h);
}

static void
without_rd_the_cache_answers_where_the_operator_allows_it(void **state)
{
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open(&h, "server: {cache-lookups: true, journal: \"\"}\n");
	c = client_open(&h, "127.0.0.1");
	client_ask(c, &p, HEAD("\0\1", "\0\0", "\0") WWW A_IN);
	assert_int_equal(packet_rcode(&p), RCODE_REFUSED);
	assert_true(authority_is_idle(&h));
	client_send(c, BYTES(QUERY_WWW));
	authority_serve(&h, 1, A_RECORD);
	client_take(c, &p);
	client_ask(c, &p, HEAD("\0\2", "\0\0", "\0") WWW A_IN);
	assert_int_equal(packet_rcode(&p), RCODE_NOERROR);
	assert_int_equal(packet_answers(&p), 1);
	assert_int_equal(packet_flags(&p) & FLAG_RD, 0);
	/* Not only as it was asked before: the records are there for DO, too. */
	house_pass(&h, 100 * 1000);
	client_ask(c, &p, HEAD("\0\2", "\0\0", "\1") WWW A_IN OPT_DO);
	assert_int_equal(packet_answers(&p), 1);
	assert_int_equal(packet_ttl(&p), 200);
	/* The operator's forwarders are no delegation. */
	client_ask(c, &p, HEAD("\0\2", "\0\0", "\0") WWW TXT_IN);
	assert_int_equal(packet_rcode(&p), RCODE_REFUSED);
	assert_true(authority_is_idle(&h));
	close(c);
	house_close(&h);
}

/* What is our own is nobody's secret, and who serves a zone beside us asks so. */
static void
without_rd_own_data_is_answered_and_the_cache_is_not_looked_into(void **state)
{
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open(&h, "local: {zones: [own.test], data: [\"a.own.test. A 192.0.2.9\", "
		       "\"to.own.test. CNAME www.example.\"]}\n");
	c = client_open(&h, "127.0.0.1");
	client_ask(c, &p, HEAD("\0\1", "\0\0", "\0") "\1a\3own\4test\0" A_IN);
	assert_int_equal(packet_rcode(&p), RCODE_NOERROR);
	assert_int_equal(packet_answers(&p), 1);
	assert_int_equal(packet_flags(&p) & (FLAG_AA | FLAG_RD), FLAG_AA);
	client_ask(c, &p, HEAD("\0\2", "\0\0", "\0") "\1b\3own\4test\0" A_IN);
	assert_int_equal(packet_rcode(&p), RCODE_NXDOMAIN);
	client_send(c, BYTES(QUERY_WWW));
	authority_serve(&h, 1, A_RECORD);
	client_take(c, &p);
	client_ask(c, &p, HEAD("\0\3", "\0\0", "\0") "\2to\3own\4test\0" A_IN);
	assert_int_equal(packet_rcode(&p), RCODE_NOERROR);
	assert_int_equal(packet_answers(&p), 1);
	assert_false(packet_has(&p, BYTES("\xc0\0\2\1")));
	client_ask(c, &p, HEAD("\0\4", "\0\0", "\0") WWW A_IN);
	assert_int_equal(packet_rcode(&p), RCODE_REFUSED);
	assert_true(authority_is_idle(&h));
	close(c);
	house_close(&h);
}

/* example. has ns.example with an address of each family, as its parent said. */
static void
know_delegation(struct house *h)
{
	struct delegation_server server = { .name = NAME("\2ns\7example") };
	struct delegation d = { .zone = NAME("\7example"),
		.ttl_sec = 500,
		.server_count = 1,
		.servers = &server };
	struct addr addrs[2];
	struct now now;

	clock_now(&now);
	assert_int_equal(addr_from_bytes(&addrs[0], BYTES("\xc0\0\2\x35"), 53), ERR_OK);
	assert_int_equal(
	    addr_from_bytes(&addrs[1], BYTES("0123456789abcdef"), 53), ERR_OK);
	server.addrs = addrs;
	server.addr_count = 2;
	rrcache_put_delegation(h->shared->rrcache, &d, now.mono_ms);
}

static void
know_alias(struct house *h)
{
	struct arena *a = arena_new(4096);
	struct rrset *set =
	    rrset_new_one(a, NAME("\2to\5other"), TYPE_CNAME, 300, "\3www\7example", 13);
	struct now now;

	clock_now(&now);
	set->trust = TRUST_ANSWER_AA;
	rrcache_put(h->shared->rrcache, set, now.mono_ms);
	arena_free(a);
}

static void
expect_referral(const struct packet *p, unsigned answers)
{
	assert_int_equal(packet_rcode(p), RCODE_NOERROR);
	assert_int_equal(packet_flags(p) & (FLAG_AA | FLAG_RA | FLAG_AD), FLAG_RA);
	assert_int_equal(packet_answers(p), answers);
	assert_int_equal(p->bytes[9], 1);
	assert_int_equal(p->bytes[11], 2);
	assert_true(packet_has(p, BYTES("\xc0\0\2\x35")));
	assert_true(packet_has(p, BYTES("0123456789abcdef")));
}

static void
without_rd_the_cache_says_who_is_nearer(void **state)
{
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open_alone(&h, "server: {cache-lookups: true, journal: \"\"}\n");
	c = client_open(&h, "127.0.0.1");
	client_ask(c, &p, HEAD("\0\1", "\0\0", "\0") WWW A_IN);
	assert_int_equal(packet_rcode(&p), RCODE_REFUSED);
	know_delegation(&h);
	client_ask(c, &p, HEAD("\0\1", "\0\0", "\0") WWW A_IN);
	expect_referral(&p, 0);
	/* An alias is told as far as it is known, and then from where it leads. */
	know_alias(&h);
	client_ask(c, &p, HEAD("\0\1", "\0\0", "\0") "\2to\5other\0" A_IN);
	expect_referral(&p, 1);
	/* About DS the zone itself has nothing to say. */
	client_ask(c, &p, HEAD("\0\1", "\0\0", "\0") "\7example\0\0\53\0\1");
	assert_int_equal(packet_rcode(&p), RCODE_REFUSED);
	/* The time of the delegation is the parent's. */
	house_pass(&h, 501 * 1000);
	client_ask(c, &p, HEAD("\0\1", "\0\0", "\0") WWW A_IN);
	assert_int_equal(packet_rcode(&p), RCODE_REFUSED);
	close(c);
	house_close(&h);
}

static void
a_client_of_no_group_is_refused_and_told_why(void **state)
{
	struct house h;
	struct packet p;
	int stranger, tcp, known;

	(void)state;
	house_open(&h, "groups: [{name: default, clients: [127.0.0.0/24]}]\n");
	stranger = client_open(&h, "127.0.9.9");
	known = client_open(&h, "127.0.0.9");
	client_ask(stranger, &p, HEAD("\0\1", RD, "\1") WWW A_IN OPT(SIZE_1232));
	assert_int_equal(packet_rcode(&p), RCODE_REFUSED);
	/* why takes more bytes than it asked with: by TCP alone, where nobody is forged
	 */
	assert_int_equal(packet_ede(&p, NULL), -1);
	tcp = client_open_tcp(&h, "127.0.9.9");
	client_send(tcp, BYTES("\0\x28" HEAD("\0\1", RD, "\1") WWW A_IN OPT(SIZE_1232)));
	client_take_tcp(tcp, &p);
	assert_int_equal(packet_rcode(&p), RCODE_REFUSED);
	assert_int_equal(packet_ede(&p, NULL), EDE_PROHIBITED);
	close(tcp);
	client_send(known, BYTES(QUERY_WWW));
	authority_serve(&h, 1, A_RECORD);
	client_take(known, &p);
	assert_int_equal(packet_answers(&p), 1);
	/* nor does the cache speak to strangers */
	client_ask(stranger, &p, QUERY_WWW);
	assert_int_equal(packet_rcode(&p), RCODE_REFUSED);
	assert_int_equal(packet_answers(&p), 0);
	house_await(&h, COUNT_REFUSED_CLIENT, 3);
	close(known);
	close(stranger);
	house_close(&h);
}

static void
past_its_rate_a_client_gets_tc_by_udp_and_refused_by_tcp(void **state)
{
	static const char local[] =
	    HEAD("\0\1", RD, "\1") "\x09localhost\0" A_IN OPT(SIZE_1232);
	struct house h;
	struct packet p;
	int c, t, other;

	(void)state;
	house_open(&h, "limits: {rate: 1, burst: 3, slip: 2}\n");
	c = client_open(&h, "127.0.0.1");
	t = client_open_tcp(&h, "127.0.0.1");
	other = client_open(&h, "127.0.0.2");
	for (int i = 0; i < 3; i++) {
		client_ask(c, &p, HEAD("\0\1", RD, "\0") "\x09localhost\0" A_IN);
		assert_int_equal(packet_answers(&p), 1);
	}
	/* of two more, one gets TC and one silence */
	client_send(c, BYTES(local));
	client_send(c, BYTES(local));
	client_take(c, &p);
	assert_int_equal(packet_flags(&p) & FLAG_TC, FLAG_TC);
	assert_int_equal(packet_answers(&p), 0);
	assert_true(client_is_idle(&h, c));
	/* by TCP it is nobody forged, and has a rate of its own */
	for (int i = 0; i < 4; i++) {
		client_send(t, BYTES("\0\x26" HEAD("\0\1", RD,
				   "\1") "\x09localhost\0" A_IN OPT(SIZE_1232)));
		client_take_tcp(t, &p);
		assert_int_equal(packet_answers(&p), i < 3);
	}
	assert_int_equal(packet_rcode(&p), RCODE_REFUSED);
	assert_int_equal(packet_ede(&p, NULL), EDE_PROHIBITED);
	/* nobody else feels it, and a second later there is one question more */
	client_ask(other, &p, HEAD("\0\1", RD, "\0") "\x09localhost\0" A_IN);
	assert_int_equal(packet_answers(&p), 1);
	house_pass(&h, 1000);
	client_ask(c, &p, HEAD("\0\2", RD, "\0") "\x09localhost\0" A_IN);
	assert_int_equal(packet_answers(&p), 1);
	house_await(&h, COUNT_LIMIT_TRUNCATED, 1);
	house_await(&h, COUNT_LIMIT_DROPPED, 1);
	house_await(&h, COUNT_LIMIT_REFUSED, 1);
	close(other);
	close(t);
	close(c);
	house_close(&h);
}

static json_int_t
figure(json_t *all, const char *section, const char *name)
{
	json_t *value = json_object_get(json_object_get(all, section), name);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static void
figures_name_every_counter_once_and_agree_with_what_happened(void **state)
{
	struct house h;
	struct packet p;
	json_t *all;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(QUERY_WWW));
	authority_serve(&h, 1, A_RECORD);
	client_take(c, &p);
	for (int i = 0; i < 3; i++)
		client_ask(c, &p, QUERY_WWW);
	house_await(&h, COUNT_HITS, 3);
	all = figures_json(h.shared, &h.worker, 1);
	assert_non_null(all);
	/* a name used twice would fold two counters into one; in-flight and waiting
	 * besides */
	assert_int_equal(
	    json_object_size(json_object_get(all, "questions")), COUNT_COUNT + 2);
	assert_int_equal(figure(all, "questions", "udp_questions"), 4);
	assert_int_equal(figure(all, "questions", "cache_hits"), 3);
	assert_int_equal(figure(all, "questions", "cache_misses"), 1);
	assert_int_equal(figure(all, "questions", "recursions_started"), 1);
	assert_int_equal(figure(all, "questions", "rcode_noerror"), 4);
	assert_int_equal(figure(all, "questions", "in_flight"), 0);
	assert_int_equal(figure(all, "net", "udp_received"), 4);
	assert_int_equal(figure(all, "net", "udp_sent"), 4);
	assert_int_equal(figure(all, "net", "out_udp"), 1);
	assert_int_equal(figure(all, "net", "out_replies"), 1);
	assert_int_equal(figure(all, "process", "own_mistakes"), 0);
	json_decref(all);
	close(c);
	house_close(&h);
}

/* False: the section is over. */
static bool
next_line(FILE *page, char line[512])
{
	return fgets(line, 512, page) != NULL && strncmp(line, ".Sh ", 4) != 0;
}

/* Takes what the page documents off ${section}: what is documented must be there, and
 * what is left was forgotten. */
static void
strike_off(json_t *section, char *names)
{
	for (char *name = strtok(names, " ,\n"); name != NULL;
	     name = strtok(NULL, " ,\n"))
		if (json_object_del(section, name) != 0)
			fail_msg("documented, and no counter: %s", name);
}

static void
every_counter_is_in_the_manual_page(void **state)
{
	FILE *page = fopen(SOURCE_DIR "/doc/man/sekishoctl.8", "r");
	json_t *all, *section = NULL, *counter;
	char line[512];
	const char *name, *in;
	struct house h;

	(void)state;
	assert_non_null(page);
	house_open(&h, "");
	all = figures_json(h.shared, &h.worker, 1);
	while (fgets(line, sizeof(line), page) != NULL &&
	       strcmp(line, ".Sh COUNTERS\n") != 0)
		;
	while (next_line(page, line)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, ".Ss ", 4) == 0)
			section = json_object_get(all, line + 4);
		else if (strncmp(line, ".It Cm ", 7) == 0 && section != NULL)
			strike_off(section, line + 7);
	}
	json_object_foreach(all, in, section) json_object_foreach(section, name, counter)
	    fail_msg("not in the manual page: %s %s", in, name);
	fclose(page);
	json_decref(all);
	house_close(&h);
}

static uint64_t
worst_case(const struct house *h, const char *options, unsigned workers)
{
	struct conf *conf = house_conf(h, options);
	uint64_t bytes = shared_worst_case(h->shared, conf, conf, workers);

	conf_unref(conf);
	return bytes;
}

static void
the_worst_case_counts_what_servers_and_waiting_clients_may_cost(void **state)
{
	struct house h;
	uint64_t base;

	(void)state;
	house_open(&h, "");
	base = worst_case(&h, "", 1);
	/* each connection to a server may hold a reply of 64 KB */
	assert_true(worst_case(&h, "resolver: {outgoing-sockets: 1512}\n", 1) >=
		    base + UINT64_C(1000) * 65535);
	/* each task has its arena, and two clients who wait with their questions */
	assert_true(worst_case(&h, "limits: {tasks: 3048}\n", 1) >=
		    base + UINT64_C(1000) * (256 * 1024 + 2 * 2 * 255));
	/* another worker has its own sockets, too */
	assert_true(worst_case(&h, "", 2) >=
		    base + UINT64_C(2048) * 256 * 1024 + UINT64_C(512) * 65535);
	/* names in lists are there twice while a reload is under way */
	assert_true(
	    worst_case(&h, "policy: {block: [a.example, b.example]}\n", 1) > base);
	house_close(&h);
}

static void
after_a_reload_the_worst_case_is_that_of_tables_as_they_stand(void **state)
{
	struct house h;
	struct conf *built, *larger, *clients;
	uint64_t base;

	(void)state;
	house_open(&h, "");
	built = house_conf(&h, "");
	larger = house_conf(&h, "cache: {size: 1G}\nlimits: {tasks: 9000}\n"
				"resolver: {outgoing-sockets: 3000}\n");
	clients = house_conf(&h, "limits: {tcp-clients: 3000}\n");
	base = shared_worst_case(h.shared, built, built, 1);
	/* their sizes need a restart: told, and not counted before there was one */
	assert_int_equal(shared_worst_case(h.shared, built, larger, 1), base);
	assert_true(shared_worst_case(h.shared, larger, larger, 1) > base);
	/* a limit that is in force at once counts at once */
	assert_true(shared_worst_case(h.shared, built, clients, 1) > base);
	conf_unref(clients);
	conf_unref(larger);
	conf_unref(built);
	house_close(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hit_after_a_miss_is_the_same_answer_and_asks_nobody),
		cmocka_unit_test(
		    ttls_count_down_and_after_their_end_the_authority_is_asked_again),
		cmocka_unit_test(each_client_sees_its_question_in_the_case_that_it_used),
		cmocka_unit_test(an_answer_too_long_for_the_clients_udp_is_empty_with_tc),
		cmocka_unit_test(our_own_limit_holds_for_clients_that_bear_more),
		cmocka_unit_test(what_is_no_question_gets_its_error_or_silence),
		cmocka_unit_test(without_rd_what_others_asked_is_refused),
		cmocka_unit_test(
		    without_rd_the_cache_answers_where_the_operator_allows_it),
		cmocka_unit_test(
		    without_rd_own_data_is_answered_and_the_cache_is_not_looked_into),
		cmocka_unit_test(without_rd_the_cache_says_who_is_nearer),
		cmocka_unit_test(a_client_of_no_group_is_refused_and_told_why),
		cmocka_unit_test(
		    past_its_rate_a_client_gets_tc_by_udp_and_refused_by_tcp),
		cmocka_unit_test(
		    figures_name_every_counter_once_and_agree_with_what_happened),
		cmocka_unit_test(
		    the_worst_case_counts_what_servers_and_waiting_clients_may_cost),
		cmocka_unit_test(every_counter_is_in_the_manual_page),
		cmocka_unit_test(
		    after_a_reload_the_worst_case_is_that_of_tables_as_they_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
