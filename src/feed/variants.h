// SPDX-License-Identifier: Apache-2.0
// Which offers are one product: the same id again, or sizes of one thing. Colours stay apart.
//
// A feed may hold millions of offers, so only 64-bit hashes are kept (and the ids of first comers): about 40
// bytes an offer. The hash is keyed with random bits, so that no feed can be made to collide on purpose.
#ifndef NACRE_FEED_VARIANTS_H
#define NACRE_FEED_VARIANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "feed/feed.h"

// A set of keys, each with a number; open addressing, at most three quarters full.
struct variant_table {
    uint64_t *keys; // 0: free
    uint32_t *values;
    size_t capacity;
    size_t count;
};

struct variants {
    uint64_t seed;
    struct variant_table ids; // of all offers; the value is unused
    struct variant_table
        products; // by what makes offers sizes of one product; the value is an offset in texts
    buffer texts; // ids of first comers
};

void variants_init(struct variants *v);
void variants_fini(struct variants *v);

// *into: NULL where the offer is a product of its own, else the id of the product that it belongs to (for a
// repeated id: its own); lives until the next call.
nacre_status variants_find(struct variants *v, const struct feed_offer *offer, const char **into) MUST_CHECK;

uint64_t variants_hash(const struct variants *v, uint64_t start, const char *text);

// The place of `key`, new or old (*is_new); NULL when out of memory.
uint32_t *variant_table_put(struct variant_table *t, uint64_t key, bool *is_new);
bool variant_table_has(const struct variant_table *t, uint64_t key);
void variant_table_fini(struct variant_table *t);

#endif
