#ifndef OS_RNG_H
#define OS_RNG_H

#include <stddef.h>
#include <stdint.h>

/*
 * Unpredictable bytes: ids, ports, 0x20 bits, hash keys. From getrandom(2) through a
 * buffer per struct, so that an id does not cost a system call. Used bytes are wiped.
 */
struct rng;
/** rng_new(): NULL when the system gives no randomness. One per thread. */
struct rng *rng_new(void);
void rng_free(struct rng *r);
/** rng_bytes(r, out, len): the signature that iter_env wants is rng_fill. */
void rng_bytes(struct rng *r, void *out, size_t len);
uint32_t rng_u32(struct rng *r);
/** rng_below(r, n): uniform in 0..n-1, without modulo bias; n >= 1. */
uint32_t rng_below(struct rng *r, uint32_t n);
/** rng_fill(rng, out, len): rng_bytes with a void pointer first. */
void rng_fill(void *rng, void *out, size_t len);

#endif
