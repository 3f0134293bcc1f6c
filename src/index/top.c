// SPDX-License-Identifier: Apache-2.0
#include "index/top.h"

#include <string.h>

static size_t find_product(const struct top *t, uint32_t product) {
    size_t at = 0;
    while (at < t->count && t->products[at] != product)
        at++;
    return at;
}

// The first of the `high` best places that is worse than `key`; `high` where none is.
static size_t find_key(const struct top *t, uint64_t key, size_t high) {
    size_t low = 0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (t->places[middle].key > key)
            high = middle;
        else
            low = middle + 1;
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
