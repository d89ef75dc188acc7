#ifndef JUDGE_FORMAT_H
#define JUDGE_FORMAT_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "resolver/judge/record.h"

/*
 * The formats of recordings that are lines of text. Each has one reader in one file;
 * which one a file needs is found from its beginning: the one that understands most.
 */

enum read_result {
	READ_BAD,    /* not of this format */
	READ_RECORD, /* ${out} is filled */
	READ_SKIP    /* of this format, and nothing to judge: comments, other messages */
};

/* What dns.log's columns are called; see zeek.c. */
enum zeek_column {
	ZEEK_TS,
	ZEEK_CLIENT,
	ZEEK_QUERY,
	ZEEK_QTYPE_NAME,
	ZEEK_QTYPE,
	ZEEK_RCODE,
	ZEEK_ANSWERS,
	ZEEK_TTLS,
	ZEEK_COLUMNS
};

/* dnsmasq names neither client nor type when it answers; see dnsmasq.c. */
#define DNSMASQ_OPEN 256u
struct dnsmasq_open {
	uint64_t hash; /* 0: free */
	struct addr client;
	uint16_t qtype;
};

/** What a reader has learnt from the lines before. */
struct reader {
	int year;	  /* of times that lack it */
	int64_t wall_ms;  /* of the line before */
	bool has_queries; /* unbound.c: questions are logged by themselves */
	bool zeek_header;
	int zeek[ZEEK_COLUMNS]; /* index of the column; -1: none */
	struct dnsmasq_open open[DNSMASQ_OPEN];
};

/** reader_start(r, year): ${year} is the file's, for times of syslog. */
void reader_start(struct reader *r, int year);

struct format {
	const char *name;
	const char *looks; /* what a line should be, for people */
	/* ${line} is NUL-terminated, has ${len} bytes and may be written into; ${out} is
	 * clear */
	enum read_result (*read)(
	    struct reader *r, char *line, size_t len, struct record *out);
};

extern const struct format format_table, format_zeek, format_bind, format_unbound,
    format_dnsmasq;

/** formats(count): all of them. */
const struct format *const *formats(size_t *count);
/** format_detect(bytes, len, year): the one that reads most lines of the beginning of a
 * file; NULL when none reads any. */
const struct format *format_detect(const uint8_t *bytes, size_t len, int year);

/** text_find8(eight, c): where ${c} is among eight bytes: the top bit of each byte, the
 * first byte lowest. */
static inline uint64_t
text_find8(const void *eight, char c)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), low = ones * 0x7f;
	uint64_t x;

	memcpy(&x, eight, sizeof(x));
	x = le64toh(x) ^ ones * (uint8_t)c;
	return ~(((x & low) + low) | x | low);
}

/** record_name / record_type / record_client: the fields as most logs write them. */
bool record_name(struct record *out, const char *text);
bool record_type(struct record *out, const char *text);
bool record_client(struct record *out, const char *text);
/** record_rcode(text): the number of a mnemonic or a figure; -1: neither. */
int record_rcode(const char *text);
/** record_datum(out, text): one record of an answer, as its text: an address, or bytes.
 */
void record_datum(struct record *out, const char *text);

#endif
