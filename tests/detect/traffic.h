#ifndef TESTS_DETECT_TRAFFIC_H
#define TESTS_DETECT_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Traffic that the project makes itself: a company's day, and channels with their true
 * payload. Each from a seed, the same on every machine, so that what the detector says of
 * it can be a recorded figure.
 */

struct traffic_question {
	double time_sec;
	uint32_t client; /* host number: 10.0.x.y */
	char name[256];	 /* presentation form */
	uint16_t type;
	uint32_t ttl_sec;    /* of its answer */
	uint32_t data_bytes; /* of its answer, addresses not counted */
	uint64_t answer_hash;
	uint32_t payload; /* bytes that the name carries out, true figure */
	uint32_t server;  /* whom recursion asks: a number; 0 not known */
};

/** Called for each question, in time order; false ends the generator. */
typedef bool traffic_fn(void *ctx, const struct traffic_question *q);

/** traffic_company(seed, clients, hours, fn, ctx): people on the web by a popularity of
 * 1/rank, two mail servers with a block list, a CDN with hashed hosts, an antivirus cloud
 * that is not known, real-user measurement, reverse look-ups, mistyped names. */
void traffic_company(
    uint64_t seed, unsigned clients, unsigned hours, traffic_fn *fn, void *ctx);

enum traffic_channel {
	TRAFFIC_IODINE, /* handshake marks, then raw bytes in labels up to 200 characters,
			   NULL */
	TRAFFIC_IODINE_CNAME, /* the same in base32 by CNAME */
	TRAFFIC_DNS2TCP,      /* =auth, =connect, then base64 by TXT */
	TRAFFIC_HEX_SLOW,     /* 8 hex digits every 20 s: 0.2 B/s */
	TRAFFIC_BASE32_SLOW,  /* 24 characters of base32 every 10 minutes: 0.025 B/s */
	TRAFFIC_DECIMAL,      /* 6 digits a second, A */
	TRAFFIC_WORDS,	      /* three words of a dictionary of 1,024 every 30 s */
	TRAFFIC_SPREAD,	      /* base32 over 30 clients, one zone */
	TRAFFIC_DOWN_TXT,     /* one fixed name, TTL 0, 180 new bytes each time */
	TRAFFIC_BEACON,	      /* one fixed name every 5 minutes: carries nothing up */
	TRAFFIC_BEACON_HEX,   /* 8 hex digits every 5 minutes, jittered by half */
	TRAFFIC_MANY_ZONES,   /* one client, 20 bytes to a new zone every 7 minutes */
	TRAFFIC_MANY_BOTS,    /* 50 clients, 30 bytes to a new zone every 7 minutes */
	TRAFFIC_DNSCAT2,      /* hex, a constant session, by A */
	TRAFFIC_DNSTT,	      /* polls of one client, by TXT */
	TRAFFIC_SLIVER,	      /* its base32, a constant session, by A */
	TRAFFIC_COBALT,	      /* hex with counter and session, by A */
	TRAFFIC_EXFILTRATOR,  /* init, then numbered labels, by A */
	TRAFFIC_OZYMAN,	      /* base32 and id-n.up, by A */
	TRAFFIC_DIG,	      /* xxd | dig: 30 bytes of hex a question, by A */
	TRAFFIC_CHANNELS
};
const char *traffic_name(enum traffic_channel c);
/** traffic_channel(seed, c, questions, fn, ctx): one channel from one client, 10.9.9.9
 * (but TRAFFIC_SPREAD). */
void traffic_channel(
    uint64_t seed, enum traffic_channel c, unsigned questions, traffic_fn *fn, void *ctx);

#endif
