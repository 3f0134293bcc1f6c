// SPDX-License-Identifier: Apache-2.0
// The best k rows so far, each product once: sorted, with an insertion for each row that gets in. Few do: of
// N rows in random order about k * ln(N / k), and for the k of a page (tens to hundreds) moving a few
// hundred bytes costs less than the bookkeeping of a heap that can find products.
//
// Exact: a product that fell out was worse than k other products, which can only get better.
#ifndef NACRE_INDEX_TOP_H
#define NACRE_INDEX_TOP_H

#include <stddef.h>
#include <stdint.h>

struct place {
    uint64_t key; // distance << 32 | item: the order of hits
    uint16_t category;
    uint8_t first, second; // differing bits, see kernel.h
};

struct top {
    size_t k, count;
    struct place *places; // k of them, the best first
    uint32_t *products;   // of the places
};

// Largest distance that may still get in.
static inline uint32_t top_limit(const struct top *t) {
    return t->count < t->k ? UINT32_MAX : (uint32_t)(t->places[t->k - 1].key >> 32);
}

void top_insert(struct top *t, struct place place, uint32_t product);

#endif
