// SPDX-License-Identifier: Apache-2.0
#include "index/top.h"

#include <string.h>

// The place of the product, or `count`. Sixteen at a time: that loop has no way out, so it becomes vectors.
static size_t find_product(const struct top *t, uint32_t product) {
    size_t at = 0;
    for (; at + 16 <= t->count; at += 16) {
        uint32_t found = 0;
        for (size_t i = 0; i < 16; i++)
            found |= t->products[at + i] == product ? UINT32_MAX : 0;
        if (found)
            break;
    }
    while (at < t->count && t->products[at] != product)
        at++;
    return at;
}

// The first of the `high` best places that is worse than `key`; `high` where none is. Each step moves on by a
// product, not by a branch that could be foretold no better than a coin.
static size_t find_key(const struct top *t, uint64_t key, size_t high) {
    size_t low = 0;
    for (size_t half; high > 0; high -= half) {
        half = (high + 1) / 2;
        low += half & -(size_t)(t->places[low + half - 1].key <= key);
    }
    return low;
}

void top_insert(struct top *t, struct place place, uint32_t product) {
    if (t->count == t->k && place.key >= t->places[t->k - 1].key)
        return;
    size_t old = find_product(t, product); // the place that becomes free
    if (old < t->count && t->places[old].key <= place.key)
        return;
    if (old == t->count && t->count < t->k)
        t->count++;
    else if (old == t->count)
        old--;
    size_t at = find_key(t, place.key, old);
    memmove(t->places + at + 1, t->places + at, (old - at) * sizeof *t->places);
    memmove(t->products + at + 1, t->products + at, (old - at) * sizeof *t->products);
    t->places[at] = place;
    t->products[at] = product;
}
