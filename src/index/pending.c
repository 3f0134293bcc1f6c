// SPDX-License-Identifier: Apache-2.0
#include "index/pending.h"

#include <string.h>

#include "base/memory.h"

void pending_fini(struct pending *p) {
    memory_free(p->changes);
    memory_free(p->slots);
    memory_free(p->seen);
    *p = (struct pending){0};
}

static size_t seen_bytes(uint32_t slot_bits) {
    return ((size_t)1 << slot_bits) * SEEN_BITS_A_SLOT / 8;
}

void pending_clear(struct pending *p) {
    p->count = 0;
    if (p->slots) {
        memset(p->slots, 0, sizeof *p->slots << p->slot_bits);
        memset(p->seen, 0, seen_bytes(p->slot_bits));
    }
}

// The slot of the item, or the empty one where it belongs.
static uint32_t *find_slot(const struct pending *p, uint32_t item) {
    uint32_t mask = (UINT32_C(1) << p->slot_bits) - 1;
    for (uint32_t at = pending_hash(p, item) / SEEN_BITS_A_SLOT;; at = (at + 1) & mask)
        if (p->slots[at] == 0 || p->changes[p->slots[at] - 1].row.item == item)
            return &p->slots[at];
}

static void mark_seen(struct pending *p, uint32_t item) {
    uint32_t bit = pending_hash(p, item);
    p->seen[bit / 64] |= UINT64_C(1) << bit % 64;
}

static bool grow(struct pending *p) {
    uint32_t capacity = p->capacity ? p->capacity * 2 : 256;
    uint32_t slot_bits = p->capacity ? p->slot_bits + 1 : 9; // twice as many as changes
    struct change *changes = memory_resize(p->changes, capacity, sizeof *changes);
    if (changes)
        p->changes = changes;
    uint32_t *slots = memory_new((size_t)1 << slot_bits, sizeof *slots);
    uint64_t *seen = memory_new(1, seen_bytes(slot_bits));
    if (!changes || !slots || !seen) {
        memory_free(slots);
        memory_free(seen);
        return false;
    }
    memory_free(p->slots);
    memory_free(p->seen);
    p->slots = slots;
    p->seen = seen;
    p->slot_bits = slot_bits;
    p->capacity = capacity;
    for (uint32_t i = 0; i < p->count; i++) {
        *find_slot(p, p->changes[i].row.item) = i + 1;
        mark_seen(p, p->changes[i].row.item);
    }
    return true;
}

bool pending_add(struct pending *p, const struct change *change) {
    if (p->count == p->capacity && !grow(p))
        return false;
    uint32_t item = change->row.item;
    uint32_t *slot = find_slot(p, item);
    if (*slot) {
        struct change *there = &p->changes[*slot - 1];
        if (change->kind != CHANGE_OFFER)
            *there = *change;
        else if (there->kind != CHANGE_REMOVE)
            there->row.offer = change->row.offer;
        return true;
    }
    p->lowest = p->count == 0 || item < p->lowest ? item : p->lowest;
    p->highest = p->count == 0 || item > p->highest ? item : p->highest;
    p->changes[p->count++] = *change;
    *slot = p->count;
    mark_seen(p, item);
    return true;
}

const struct change *pending_find_seen(const struct pending *p, uint32_t item) {
    uint32_t slot = *find_slot(p, item);
    return slot ? &p->changes[slot - 1] : NULL;
}

size_t pending_bytes(const struct pending *p) {
    return p->capacity ? p->capacity * sizeof *p->changes + (sizeof *p->slots << p->slot_bits) +
                             seen_bytes(p->slot_bits)
                       : 0;
}
