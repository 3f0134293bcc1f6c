// SPDX-License-Identifier: Apache-2.0
// The best k rows so far, each product once. Rows that may be among them are only put down; when there is no
// room left, the best k of different products stay, and the worst of those says what may still come in. They
// are sorted once, at the end. Of N rows in random order about k * ln(N / k) are put down, and a few more
// since the limit lags behind; keeping the k sorted all the while took four tenths of a search in lists.
//
// Exact: a product that fell out was worse than k other products, which can only get better.
#ifndef NACRE_INDEX_TOP_H
#define NACRE_INDEX_TOP_H

#include <stddef.h>
#include <stdint.h>

enum {
    TOP_LARGEST = 4096, // k
    TOP_SPARE = 64,     // places more than k: with fewer there is less to put down, but more often no room
};

struct place {
    uint64_t key; // distance << 32 | item: the order of hits
    uint32_t product;
    uint16_t category;
    uint8_t first, second; // differing bits, see kernel.h
};

struct top {
    size_t k, count;
    uint64_t worst;       // key of the k-th best when there was no room last; UINT64_MAX: never yet
    struct place *places; // k + TOP_SPARE of them, in any order
};

// Largest distance that may still get in.
static inline uint32_t top_limit(const struct top *t) {
    return (uint32_t)(t->worst >> 32);
}

// For top_add: leaves the best k.
void top_make_room(struct top *t);

static inline void top_add(struct top *t, struct place place) {
    if (place.key >= t->worst)
        return;
    t->places[t->count++] = place;
    if (t->count == t->k + TOP_SPARE)
        top_make_room(t);
}

// Leaves the best k, sorted.
void top_sort(struct top *t);

#endif
