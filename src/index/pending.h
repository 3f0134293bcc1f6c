// SPDX-License-Identifier: Apache-2.0
// Changes that wait for a commit, one for each item number: the last one wins. One thread at a time.
#ifndef NACRE_INDEX_PENDING_H
#define NACRE_INDEX_PENDING_H

#include "index/segment.h"

enum { PENDING_CHANGES = 65536 }; // at most

enum change_kind {
    CHANGE_PUT,    // add or replace: all of `row`
    CHANGE_REMOVE, // `row.item`
    CHANGE_OFFER,  // `row.item` and `row.offer`
};

struct change {
    enum change_kind kind;
    struct row row;
};

struct pending {
    struct change *changes;
    uint32_t count, capacity;
    uint32_t *slots; // open addressing: number of the change + 1, or 0
    uint64_t *seen;  // bit set by hash: most numbers that are not here end at this
    uint32_t slot_bits;
    uint32_t lowest, highest; // item numbers
};

void pending_fini(struct pending *p);

// Forgets all changes.
void pending_clear(struct pending *p);

static inline bool pending_is_full(const struct pending *p) {
    return p->count == PENDING_CHANGES;
}

// Notes a change; the caller made sure that it is not full. False: out of memory, nothing changed.
bool pending_add(struct pending *p, const struct change *change) MUST_CHECK;

// The change of this item, or NULL.
const struct change *pending_find_seen(const struct pending *p, uint32_t item);

enum { SEEN_BITS_A_SLOT = 8 };

static inline uint32_t pending_hash(const struct pending *p, uint32_t item) {
    return item * UINT32_C(0x9e3779b1) >> (32 - p->slot_bits - 3); // the number of a bit of `seen`
}

static inline const struct change *pending_find(const struct pending *p, uint32_t item) {
    uint32_t bit = pending_hash(p, item);
    return p->seen[bit / 64] >> bit % 64 & 1 ? pending_find_seen(p, item) : NULL;
}

size_t pending_bytes(const struct pending *p);

#endif
