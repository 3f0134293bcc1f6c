// SPDX-License-Identifier: Apache-2.0
// The pairs of shop and brand that occur, numbered: a row keeps 3 bytes in place of 8. Pairs are only ever
// added, in chunks that never move, so readers need no lock for numbers they got from a published row.
#ifndef NACRE_INDEX_SELLERS_H
#define NACRE_INDEX_SELLERS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/error.h"

enum { SELLER_CHUNK = 4096, SELLER_CHUNKS = 4096 }; // 2^24 pairs

struct seller {
    uint32_t shop, brand;
};

struct sellers {
    struct seller *chunks[SELLER_CHUNKS];
    atomic_uint count; // any thread may read it: those of all published rows are there
    uint32_t *slots;   // of the writer: open addressing, number + 1 or 0
    uint32_t slot_bits;
};

void sellers_fini(struct sellers *s);

// The number of the pair, added where it is new. Errors: memory, limit.
nacre_status sellers_intern(struct sellers *s, struct seller seller, uint32_t *number,
                            nacre_error *error) MUST_CHECK;

static inline struct seller sellers_get(const struct sellers *s, uint32_t number) {
    return s->chunks[number / SELLER_CHUNK][number % SELLER_CHUNK];
}

size_t sellers_bytes(const struct sellers *s);

#endif
