// SPDX-License-Identifier: Apache-2.0
// Loops over places move on by sums, not by branches that could be foretold no better than a coin.
#include "index/top.h"

#include <stdbool.h>
#include <string.h>

enum { HASH_BITS = 14 }; // of a table that is at most half full
_Static_assert(2 * (TOP_LARGEST + TOP_SPARE) <= 1 << HASH_BITS, "any k fits");

// Leaves each product its best place.
static void drop_doubles(struct top *t) {
    uint16_t table[1 << HASH_BITS]; // number of the product's place, from 1; 0: free
    unsigned bits = 4;
    while (((size_t)1 << bits) < 2 * t->count)
        bits++;
    memset(table, 0, sizeof *table << bits);
    size_t left = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct place *place = &t->places[i];
        size_t at = place->product * UINT32_C(0x9e3779b1) >> (32 - bits);
        while (table[at] && t->places[table[at] - 1].product != place->product)
            at = (at + 1) & (((size_t)1 << bits) - 1);
        if (!table[at]) {
            t->places[left++] = *place;
            table[at] = (uint16_t)left;
        } else if (place->key < t->places[table[at] - 1].key) {
            t->places[table[at] - 1] = *place;
        }
    }
    t->count = left;
}

// The k-th smallest key, all being different. Each round parts the keys by the one in their middle. From one
// array into another: with `part`, whose moves wait for one another, a batch with lists takes a quarter
// longer.
static uint64_t find_kth(const struct top *t) {
    uint64_t keys[2][TOP_LARGEST + TOP_SPARE], *from = keys[0], *to = keys[1];
    size_t count = t->count, k = t->k;
    for (size_t i = 0; i < count; i++)
        from[i] = t->places[i].key;
    for (;;) {
        uint64_t middle = from[count / 2];
        from[count / 2] = from[count - 1]; // so that it is left out
        size_t smaller = 0, larger = count - 1;
        for (size_t i = 0; i < count - 1; i++) {
            bool is_smaller = from[i] < middle;
            to[smaller] = to[larger] = from[i]; // one of them will be overwritten
            smaller += is_smaller;
            larger -= !is_smaller;
        }
        if (smaller == k - 1)
            return middle;
        uint64_t *parted = to;
        to = from;
        if (smaller >= k) {
            from = parted;
            count = smaller;
        } else {
            from = parted + larger + 1;
            count -= larger + 1;
            k -= smaller + 1;
        }
    }
}

void top_make_room(struct top *t) {
    drop_doubles(t);
    if (t->count < t->k)
        return;
    t->worst = find_kth(t);
    size_t left = 0;
    for (size_t i = 0; i < t->count; i++) {
        t->places[left] = t->places[i];
        left += t->places[i].key <= t->worst;
    }
    t->count = t->k;
}

// Puts the smaller places before the one in their middle; returns where that is now.
static size_t part(struct place *places, size_t count) {
    struct place middle = places[count / 2];
    places[count / 2] = places[count - 1];
    size_t smaller = 0;
    for (size_t i = 0; i < count - 1; i++) {
        struct place place = places[i];
        places[i] = places[smaller];
        places[smaller] = place;
        smaller += place.key < middle.key;
    }
    places[count - 1] = places[smaller];
    places[smaller] = middle;
    return smaller;
}

// With qsort a batch with lists takes a twentieth longer.
static void sort(struct place *places, size_t count) {
    while (count > 1) {
        size_t at = part(places, count);
        sort(places, at);
        places += at + 1;
        count -= at + 1;
    }
}

void top_sort(struct top *t) {
    top_make_room(t);
    sort(t->places, t->count);
}
