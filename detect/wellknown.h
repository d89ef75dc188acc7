#ifndef DETECT_WELLKNOWN_H
#define DETECT_WELLKNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"

/*
 * Labels that everybody's zones have: the registered underscore names (RFC 8552) and the
 * hosts that people's programs ask for without being told. A code for names would not
 * spell them out but say which of the list it is.
 */

struct wellknown;

/** wellknown_new(key): ${key} as for namehash_fill. NULL without memory. */
struct wellknown *wellknown_new(const struct hashkey *key);
void wellknown_free(struct wellknown *w);
size_t wellknown_bytes(const struct wellknown *w);
/** wellknown_has(w, label_hash): ${label_hash} as in struct namehash. */
bool wellknown_has(const struct wellknown *w, uint64_t label_hash);

/** Which of 128 it is. */
#define WELLKNOWN_BITS 7.0f

#endif
