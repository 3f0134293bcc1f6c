// SPDX-License-Identifier: Apache-2.0
#include "index/sellers.h"

#include "base/memory.h"

void sellers_fini(struct sellers *s) {
    for (size_t i = 0; i < SELLER_CHUNKS && s->chunks[i]; i++)
        memory_free(s->chunks[i]);
    memory_free(s->slots);
    *s = (struct sellers){0};
}

// The slot of the pair, or the empty one where it belongs.
static uint32_t *find_slot(const struct sellers *s, struct seller seller) {
    uint64_t key = (uint64_t)seller.shop << 32 | seller.brand;
    uint32_t mask = (UINT32_C(1) << s->slot_bits) - 1;
    uint32_t at = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - s->slot_bits));
    for (;; at = (at + 1) & mask) {
        uint32_t *slot = &s->slots[at];
        if (*slot == 0)
            return slot;
        struct seller there = sellers_get(s, *slot - 1);
        if (there.shop == seller.shop && there.brand == seller.brand)
            return slot;
    }
}

static bool grow_slots(struct sellers *s) {
    uint32_t bits = s->slots ? s->slot_bits + 1 : 6;
    uint32_t *slots = memory_new((size_t)1 << bits, sizeof *slots);
    if (!slots)
        return false;
    memory_free(s->slots);
    s->slots = slots;
    s->slot_bits = bits;
    for (uint32_t i = 0; i < s->count; i++)
        *find_slot(s, sellers_get(s, i)) = i + 1;
    return true;
}

nacre_status sellers_intern(struct sellers *s, struct seller seller, uint32_t *number, nacre_error *error) {
    if (!s->slots || s->count >> (s->slot_bits - 1)) // at most half full
        if (!grow_slots(s))
            return error_memory(error, "adding a shop or a brand to the index");
    uint32_t *slot = find_slot(s, seller);
    if (*slot == 0) {
        if (s->count == SELLER_CHUNK * SELLER_CHUNKS)
            return error_set(error, NACRE_ERROR_LIMIT,
                             "the index holds at most %d different pairs of shop and brand",
                             SELLER_CHUNK * SELLER_CHUNKS);
        struct seller **chunk = &s->chunks[s->count / SELLER_CHUNK];
        if (!*chunk && !(*chunk = memory_new(SELLER_CHUNK, sizeof **chunk)))
            return error_memory(error, "adding a shop or a brand to the index");
        (*chunk)[s->count % SELLER_CHUNK] = seller;
        *slot = atomic_fetch_add(&s->count, 1) + 1;
    }
    *number = *slot - 1;
    return NACRE_OK;
}

size_t sellers_bytes(const struct sellers *s) {
    size_t chunks = (s->count + SELLER_CHUNK - 1) / SELLER_CHUNK;
    return chunks * SELLER_CHUNK * sizeof(struct seller) + (s->slots ? sizeof *s->slots << s->slot_bits : 0);
}
