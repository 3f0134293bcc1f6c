// SPDX-License-Identifier: Apache-2.0
#include "index/segment.h"

#include "base/memory.h"

size_t segment_bytes(size_t rows) {
    return block_count(rows) * BLOCK_ITEMS * ROW_BYTES;
}

void segment_lay_out(struct segment *s, void *bytes, size_t rows) {
    size_t places = block_count(rows) * BLOCK_ITEMS;
    s->shape = bytes;
    s->colour = s->shape + places * CODE_BYTES;
    s->items = (void *)(s->colour + places * CODE_BYTES);
    s->products = s->items + places;
    s->offers = (void *)(s->products + places);
    s->sellers_low = (void *)(s->offers + places);
    s->sellers_high = (void *)(s->sellers_low + places);
}

struct segment *segment_new(uint16_t category, size_t rows) {
    struct segment *s = memory_new(1, sizeof *s);
    uint8_t *memory = memory_new(1, segment_bytes(rows) + BLOCK_ITEMS);
    if (!s || !memory) {
        memory_free(s);
        memory_free(memory);
        return NULL;
    }
    s->references = 1;
    s->category = category;
    s->capacity = (uint32_t)rows;
    s->lowest = UINT32_MAX;
    s->memory = memory;
    segment_lay_out(s, memory + (-(uintptr_t)memory & (BLOCK_ITEMS - 1)), rows);
    return s;
}

void segment_add(struct segment *s, const struct row *row) {
    size_t n = s->rows++, first = n / BLOCK_ITEMS * BLOCK_BYTES + n % BLOCK_ITEMS;
    for (size_t j = 0; j < CODE_BYTES; j++) {
        s->shape[first + j * BLOCK_ITEMS] = row->shape[j];
        s->colour[first + j * BLOCK_ITEMS] = row->colour[j];
    }
    s->items[n] = row->item;
    s->products[n] = row->product;
    atomic_store_explicit(&s->offers[n], row->offer, memory_order_relaxed);
    s->sellers_low[n] = (uint16_t)row->seller;
    s->sellers_high[n] = (uint8_t)(row->seller >> 16);
    if (row->item < s->lowest)
        s->lowest = row->item;
    if (row->item > s->highest)
        s->highest = row->item;
}

void segment_get(const struct segment *s, size_t n, struct row *row) {
    size_t first = n / BLOCK_ITEMS * BLOCK_BYTES + n % BLOCK_ITEMS;
    for (size_t j = 0; j < CODE_BYTES; j++) {
        row->shape[j] = s->shape[first + j * BLOCK_ITEMS];
        row->colour[j] = s->colour[first + j * BLOCK_ITEMS];
    }
    row->category = s->category;
    row->item = s->items[n];
    row->product = s->products[n];
    row->offer = atomic_load_explicit(&s->offers[n], memory_order_relaxed);
    row->seller = segment_seller(s, n);
}

void segment_release(struct segment *s) {
    if (!s || --s->references)
        return;
    memory_free(s->memory);
    if (s->mapping)
        mapping_release(s->mapping);
    memory_free(s);
}
