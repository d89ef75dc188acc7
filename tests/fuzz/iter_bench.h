#ifndef TESTS_FUZZ_ITER_BENCH_H
#define TESTS_FUZZ_ITER_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/iter/iter.h"

/*
 * An iterator with empty caches, small ones, and with random numbers that are the same
 * in each run: what the targets that play a hostile Internet share. Also how they read
 * their input.
 */

struct iter_bench {
	struct iter_env env;
	struct store *store;
	struct iter *iter;
	uint32_t random;
};

/** iter_bench_open(b, conf, slice_units): of ${conf} a reference is taken. Any failure
 * ends the program. */
void iter_bench_open(struct iter_bench *b, struct conf *conf, uint32_t slice_units);
void iter_bench_close(struct iter_bench *b);

struct input {
	const uint8_t *bytes;
	size_t len;
};

/** next_byte(in): 0 once there are no more. */
uint8_t next_byte(struct input *in);

#endif
