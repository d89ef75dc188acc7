#include "tests/unit/serve_help.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/dns.h"
#include "resolver/serve/report.h"
#include "resolver/wire/msg.h"

/* Error reports (RFC 9567). */

#define AGENT NAME("\5agent\7example")

static void
the_name_of_a_report_is_that_of_rfc_9567_4(void **state)
{
	uint8_t out[DNAME_MAX];

	(void)state;
	/* its example: broken.test, A, Signature Expired */
	assert_true(report_name(NAME("\6broken\4test"), TYPE_A, 7,
	    NAME("\3a01\14agent-domain\7example"), out));
	assert_bytes(out, dname_len(out),
	    "\3_er\1"
	    "1\6broken\4test\1"
	    "7\3_er\3a01\14agent-domain\7example\0");
	assert_true(report_name(NAME(""), 65535, 30, AGENT, out));
	assert_bytes(out, dname_len(out),
	    "\3_er\5"
	    "65535\2"
	    "30\3_er\5agent\7example\0");
}

static void
a_report_that_is_too_long_for_a_name_is_none(void **state)
{
	uint8_t name[DNAME_MAX], out[DNAME_MAX];
	unsigned longest = 0;

	(void)state;
	for (unsigned labels = 1; labels < 127; labels++) {
		for (unsigned i = 0; i < labels; i++)
			memcpy(name + 2 * i, "\1a", 2);
		name[2 * labels] = 0;
		if (report_name(name, TYPE_A, 7, AGENT, out))
			longest = labels;
	}
	/* 4 + 2 + 2 n + 2 + 4 + 15 <= 255 */
	assert_int_equal(longest, 114);
}

static bool
due(const struct conf *conf, uint16_t rcode, int ede_code, const uint8_t *agent,
    const uint8_t *failed, struct bucket *b)
{
	const struct answer a = { .rcode = rcode, .ede_code = ede_code };
	const struct iter_facts facts = { .agent = agent, .failed_name = failed };
	uint8_t out[DNAME_MAX];

	return report_due(conf, &a, &facts, TYPE_A, b, 1000, out);
}

static void
failures_alone_are_reported_and_never_reports_nor_to_the_root(void **state)
{
	static struct conf_errors errors;
	const char *on = "resolver.error-reporting=true";
	const uint8_t *name = NAME("\1a\4test");
	struct bucket b = { 0 };
	struct conf *conf, *off;

	(void)state;
	assert_int_equal(conf_load(NULL, &on, 1, &errors, &conf), ERR_OK);
	assert_int_equal(conf_load(NULL, NULL, 0, &errors, &off), ERR_OK);
	assert_true(due(conf, RCODE_SERVFAIL, 7, AGENT, name, &b));
	assert_false(due(off, RCODE_SERVFAIL, 7, AGENT, name, &b));
	assert_false(due(conf, RCODE_NOERROR, 7, AGENT, name, &b));
	assert_false(due(conf, RCODE_SERVFAIL, 7, NULL, NULL, &b));
	assert_false(due(conf, RCODE_SERVFAIL, 7, NAME(""), name, &b));
	assert_false(due(conf, RCODE_SERVFAIL, EDE_CACHED_ERROR, AGENT, name, &b));
	assert_false(due(conf, RCODE_SERVFAIL, EDE_OTHER, AGENT, name, &b));
	assert_false(due(conf, RCODE_SERVFAIL, EDE_NONE, AGENT, name, &b));
	/* detection kept the name in: a report would carry it out */
	assert_false(due(conf, RCODE_SERVFAIL, EDE_FILTERED, AGENT, name, &b));
	assert_false(due(conf, RCODE_SERVFAIL, 7, AGENT, NAME("\3_er\1a\4test"), &b));
	/* ten at once, one of them above */
	for (int i = 0; i < 9; i++)
		assert_true(due(conf, RCODE_SERVFAIL, 7, AGENT, name, &b));
	assert_false(due(conf, RCODE_SERVFAIL, 7, AGENT, name, &b));
	conf_unref(off);
	conf_unref(conf);
}

/* ---- through a worker ---- */

/* The servers of both zones, in one socket of the test. */
static int
open_servers(char options[512])
{
	struct sockaddr_storage sa;
	socklen_t len;
	struct addr a;
	char at[ADDR_TEXT_MAX];
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(addr_from_text("127.0.0.1", 0, &a), ERR_OK);
	len = addr_to_sockaddr(&a, &sa);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	addr_from_sockaddr(&a, (struct sockaddr *)&sa);
	addr_to_text(&a, at);
	snprintf(options, 512,
	    "zones: [{name: broken.example, kind: stub, servers: [\"%s\"]}, "
	    "{name: agent.example, kind: stub, servers: [\"%s\"]}]\n",
	    at, at);
	return fd;
}

/* The next query: ${q}, and where it came from in ${p}. */
static void
take_query(int fd, struct packet *p, struct question *q)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	ssize_t n;

	assert_int_equal(poll(&poll_fd, 1, HOUSE_WAIT_MS), 1);
	n = recvfrom(fd, p->bytes, sizeof(p->bytes), 0, (struct sockaddr *)&sa, &len);
	assert_true(n > 12);
	p->len = (size_t)n;
	addr_from_sockaddr(&p->from, (struct sockaddr *)&sa);
	assert_int_equal(question_parse(p->bytes, p->len, q), QUESTION_OK);
}

/* REFUSED or NXDOMAIN with a report channel to agent.example. */
static void
give(int fd, struct packet *p, const struct question *q, unsigned rcode)
{
	static const uint8_t opt[] =
	    "\0\0\x29\4\xd0\0\0\0\0\0\x13\0\x12\0\x0f\5agent\7example";
	struct sockaddr_storage sa;
	socklen_t sa_len = addr_to_sockaddr(&p->from, &sa);
	size_t at = 12 + q->qname_len + 4u;

	p->bytes[2] = 0x84;
	p->bytes[3] = (uint8_t)rcode;
	memcpy(p->bytes + at, opt, sizeof(opt));
	assert_int_equal(
	    sendto(fd, p->bytes, at + sizeof(opt), 0, (struct sockaddr *)&sa, sa_len),
	    at + sizeof(opt));
}

static void
a_zone_that_fails_is_reported_once_and_a_report_that_fails_never(void **state)
{
	static const uint8_t ask[] = HEAD("\0\1", RD, "\0") "\6broken\7example\0" A_IN;
	char zones[512], options[768];
	struct question q;
	struct house h;
	struct packet p;
	int c, fd = open_servers(zones);

	(void)state;
	snprintf(options, sizeof(options),
	    "server: {journal: \"\"}\nresolver: {root-hints: built-in, error-reporting: "
	    "true, "
	    "qname-minimisation: false, validation: false}\n%s",
	    zones);
	house_open_alone(&h, options);
	c = client_open(&h, "127.0.0.1");
	client_send(c, ask, sizeof(ask) - 1);
	take_query(fd, &p, &q);
	give(fd, &p, &q, RCODE_REFUSED);
	client_take(c, &p);
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	take_query(fd, &p, &q);
	assert_int_equal(q.qtype, TYPE_TXT);
	assert_bytes(q.qname, q.qname_len,
	    "\3_er\1"
	    "1\6broken\7example\2"
	    "22\3_er\5agent\7example\0");
	give(fd, &p, &q, RCODE_REFUSED);
	house_await(&h, COUNT_REPORTED, 1);
	/* the failure is remembered, and so is the report's */
	client_ask(c, &p, HEAD("\0\2", RD, "\0") "\6broken\7example\0" A_IN);
	assert_int_equal(packet_rcode(&p), RCODE_SERVFAIL);
	assert_true(client_is_idle(&h, c));
	assert_int_equal(recv(fd, p.bytes, sizeof(p.bytes), MSG_DONTWAIT), -1);
	house_await(&h, COUNT_REPORTED, 1);
	close(c);
	house_close(&h);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_name_of_a_report_is_that_of_rfc_9567_4),
		cmocka_unit_test(a_report_that_is_too_long_for_a_name_is_none),
		cmocka_unit_test(
		    failures_alone_are_reported_and_never_reports_nor_to_the_root),
		cmocka_unit_test(
		    a_zone_that_fails_is_reported_once_and_a_report_that_fails_never),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
