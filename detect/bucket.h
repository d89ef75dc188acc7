#ifndef DETECT_BUCKET_H
#define DETECT_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Token buckets: how many questions one key (a client) may ask.
 *
 * A bucket is 16 bytes of plain state inside someone else's table entry; this
 * module owns no memory and reads no clock, so the same calls replay the same
 * way in tests/unit/test_detect_limit.c.
 */
struct bucket {
	uint64_t last_ms; /* time of the last refill, monotonic; 0: never used, full */
	uint64_t milli;	  /* tokens left, in thousandths of a question */
};

/**
 * bucket_take(b, rate_qps, burst, now_ms):
 * Take one question out of ${b}; say whether it was there to take.
 *
 * Units:   ${rate_qps} questions per second, ${burst} questions (0 counts as 1),
 * ${now_ms} milliseconds on the monotonic clock (a step back counts as no time). Errors:
 * none. A refused question changes nothing but the refill time. Source:  the token bucket
 * of RFC 2697 section 3, its C bucket alone.
 */
bool bucket_take(struct bucket *b, uint32_t rate_qps, uint32_t burst, uint64_t now_ms);

#endif
