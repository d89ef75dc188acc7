#ifndef JUDGE_FORMAT_H
#define JUDGE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/judge/record.h"

/*
 * The formats of recordings that are lines of text. Each has one reader in one file;
 * which one a file needs is found from its beginning: the one that understands most.
 */

enum read_result {
	READ_BAD,    /* not of this format, or of it and wrong: the reader's fault says */
	READ_RECORD, /* ${out} is filled */
	READ_SKIP,   /* of this format, and nothing to judge: comments, other messages */
	READ_OTHER   /* a log's line (it has a time) and not of this program */
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
	ZEEK_PORT,
	ZEEK_CLASS,
	ZEEK_COLUMNS
};

/* dnsmasq names neither client nor type when it answers; see dnsmasq.c. */
#define DNSMASQ_OPEN 256u
struct dnsmasq_open {
	uint64_t hash; /* 0: free */
	struct addr client;
	uint16_t qtype;
};

/* Types that table.c has met: their text, at most eight bytes, in a word. */
#define TABLE_TYPES 16u
struct table_type {
	uint64_t text;
	uint16_t type;
};

#define FAULT_TOKEN_MAX 48u

/** What a reader has learnt from the lines before. */
struct reader {
	int64_t file_ms;
	bool has_time;	  /* some line did */
	int64_t now_ms;	  /* the last time that was read; years of syslog lie around it */
	uint64_t untimed; /* lines that had none */
	uint64_t nameless; /* questions whose names the log leaves out */
	/* of the last READ_BAD */
	const char *fault; /* what is wrong; NULL: nothing of it is of this format */
	size_t fault_at;   /* bytes of the line before it */
	char fault_token[FAULT_TOKEN_MAX]; /* what stands there, cut */
	struct table_type types[TABLE_TYPES];
	bool has_queries; /* unbound.c: questions are logged too */
	bool zeek_header;
	char zeek_separator;
	int zeek[ZEEK_COLUMNS]; /* index of the column; -1: none */
	struct dnsmasq_open open[DNSMASQ_OPEN];
};

/** reader_start(r, file_ms): ${file_ms} is when the file was last written: times without
 * a year are of the year before that. */
void reader_start(struct reader *r, int64_t file_ms);
/**
 * reader_time(r, line, out, timed):
 * The time at the beginning of a log's line, behind syslog's priority and Unbound's
 * bracket. Returns the text behind it; the line's beginning when there is none
 * (${*timed} is false then).
 */
char *reader_time(struct reader *r, char *line, struct record *out, bool *timed);
/** reader_untimed(r, out): a record of a line without a time: a tenth of a second after
 * the one before. */
void reader_untimed(struct reader *r, struct record *out);
/** reader_fault(r, line, at, what): keeps what is wrong where (${at} NULL: nowhere in
 * particular). Returns READ_BAD. */
enum read_result reader_fault(
    struct reader *r, const char *line, const char *at, const char *what);

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
/** format_detect(bytes, len, file_ms): the one that reads most lines of the beginning of
 * a file; NULL when none reads any. */
const struct format *format_detect(const uint8_t *bytes, size_t len, int64_t file_ms);

/** record_name / record_type / record_client: the fields as most logs write them. */
bool record_name(struct record *out, const char *text);
/** record_plain_name(out, text, len): a name of 8 bytes or more without escapes, which is
 * almost every one; false: ask record_name. */
bool record_plain_name(struct record *out, const char *text, size_t len);
bool record_type(struct record *out, const char *text);
bool record_client(struct record *out, const char *text);
/** record_rcode(text): the number of a mnemonic or a figure; -1: neither. */
int record_rcode(const char *text);
/** record_datum(out, text): one record of an answer, as its text: an address, or bytes.
 */
void record_datum(struct record *out, const char *text);

#endif
