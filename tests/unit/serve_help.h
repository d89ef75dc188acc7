#ifndef TESTS_UNIT_SERVE_HELP_H
#define TESTS_UNIT_SERVE_HELP_H

#include <pthread.h>

#include "resolver/ops/doors.h"
#include "resolver/serve/worker.h"
#include "tests/unit/bytes.h"

/*
 * A house: one real worker in a thread of its own, with real sockets on loopback, whose
 * every recursion goes to an authority that the test plays by hand. Clients are sockets
 * of the test. So each test is a dialogue in one thread: ask, see what reaches the
 * authority, answer it, see what the client gets.
 *
 * The clock is invented and stands still but for house_pass: nothing here depends on how
 * fast the machine is. Whatever should come is awaited, for HOUSE_WAIT_MS of real time at
 * most; that nothing comes is shown by a later question's answer being the next to
 * arrive.
 */

#define HOUSE_WAIT_MS  20000
#define HOUSE_LINES    64u
#define HOUSE_PATH_MAX 32u
#define PACKET_MAX     4096u

struct house {
	struct shared *shared;
	struct worker *worker;
	struct addr udp_at, tcp_at, authority_at;
	int authority; /* UDP socket that the forward zone "." leads to */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned line_count; /* of the journal */
	char lines[HOUSE_LINES][1024];
};

struct packet {
	uint8_t bytes[PACKET_MAX];
	size_t len;
	struct addr from;
};

/** house_open(h, options): the worker runs; everything but local names is forwarded to
 * the authority, unless ${options} (YAML, sections the house itself does not write: not
 * server, zones) are "" or say more. */
void house_open(struct house *h, const char *options);
/** house_open_alone(h, options): without the forward zone: recursion has no server that
 * it may ask, so that detection judges and nothing leaves; unless ${options} have a
 * section "resolver: {" of their own. */
void house_open_alone(struct house *h, const char *options);
void house_close(struct house *h);
/** house_door(doors): where the first worker of ${doors} takes datagrams, for a test that
 * has a second worker. */
struct addr house_door(struct doors *doors);
/** house_write_file(path, text): a file for a while, named in ${path}; the caller unlinks
 * it. */
void house_write_file(char path[HOUSE_PATH_MAX], const char *text);
/** house_conf(h, options): a configuration like that of house_open, read anew. */
struct conf *house_conf(const struct house *h, const char *options);
/** house_swap(h, options): another policy, as after a reload; in force for all that is
 * asked from now on. */
void house_swap(struct house *h, const char *options);
/** house_pass(h, ms): time passes. */
void house_pass(struct house *h, uint32_t ms);
/** house_stats(h, out): the worker's figures after all that it has done so far. */
void house_stats(struct house *h, struct worker_stats *out);
/** house_await(h, which, value): until that counter has come to ${value}; never past it.
 */
void house_await(struct house *h, enum serve_counter which, uint64_t value);
/** house_await_waiting(h, value): until so many clients' questions wait. */
void house_await_waiting(struct house *h, uint64_t value);
/** house_await_lines(h, count): until the journal has so many lines. */
void house_await_lines(struct house *h, unsigned count);
/** house_await_line(h, part): the first line of the journal that contains ${part}.
 * Borrows. */
const char *house_await_line(struct house *h, const char *part);

/** client_open(h, host): a UDP socket at ${host} that speaks to the worker. */
int client_open(const struct house *h, const char *host);
int client_open_tcp(const struct house *h, const char *host);
void client_send(int fd, const uint8_t *bytes, size_t len);
/** client_take(fd, p): awaits the next datagram. */
void client_take(int fd, struct packet *p);
/** client_take_tcp(fd, p): awaits the next message behind its length. */
void client_take_tcp(int fd, struct packet *p);
/** client_ask(fd, p, literal): sends and awaits the answer. */
#define client_ask(fd, p, literal)                                                       \
	do {                                                                             \
		client_send((fd), BYTES(literal));                                       \
		client_take((fd), (p));                                                  \
	} while (0)
/** client_is_idle(h, fd): nothing is there for ${fd}, nor will anything come for what was
 * asked before. */
bool client_is_idle(const struct house *h, int fd);

/** authority_take(h, p): awaits the next query; its question's case is kept in the bytes.
 */
void authority_take(struct house *h, struct packet *p);
/** authority_is_idle(h): no query waits to be taken. Only after the answer to what might
 * have caused one. */
bool authority_is_idle(const struct house *h);
/** authority_give(h, query, flags, answers, records, len): a reply to ${query}: its id
 * and question, QR with
 * ${flags}, and ${answers} records as bytes; "\xc0\x0c" is the question's name. */
void authority_give(struct house *h, const struct packet *query, uint16_t flags,
    uint16_t answers, const uint8_t *records, size_t len);
/** authority_serve(h, ...): takes one query and gives that. */
#define authority_serve(h, answers, literal)                                             \
	do {                                                                             \
		struct packet query_;                                                    \
		authority_take((h), &query_);                                            \
		authority_give((h), &query_, 0x8180, (answers), BYTES(literal));         \
	} while (0)

/* ---- what is in a packet ---- */

unsigned packet_id(const struct packet *p);
unsigned packet_flags(const struct packet *p);
unsigned packet_rcode(const struct packet *p); /* of the header alone */
unsigned packet_answers(const struct packet *p);
/** packet_ttl(p): of the first record, whose owner is compressed to two bytes. */
unsigned packet_ttl(const struct packet *p);
/** packet_ede(p): the extended error of the OPT that ends the packet; -1: none. ${text}
 * gets its text (may be NULL). */
int packet_ede(const struct packet *p, char text[256]);
/** packet_has(p, bytes, len): they are somewhere in it. */
bool packet_has(const struct packet *p, const uint8_t *bytes, size_t len);

/* ---- literals ---- */

/* A header: id, flags as literals; one question, ${ar} additional records ("\0" or "\1").
 */
#define HEAD(id, flags, ar) id flags "\0\1\0\0\0\0\0" ar
#define RD		    "\1\0"
/* An OPT that bears ${size} bytes. */
#define OPT(size) "\0\0\x29" size "\0\0\0\0\0\0"
#define SIZE_1232 "\x04\xd0"
#define OPT_DO	  "\0\0\x29" SIZE_1232 "\0\0\x80\0\0\0"
#define WWW	  "\3www\7example\0"
#define A_IN	  "\0\1\0\1"
#define TXT_IN	  "\0\x10\0\1"
/* An A record of the question's name, TTL 300, address 192.0.2.1. */
#define A_RECORD "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1"

#endif
