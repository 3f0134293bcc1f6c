// SPDX-License-Identifier: Apache-2.0
#include "index/segment.h"

#include <sys/mman.h>

#include "base/memory.h"

enum { HUGE_PAGE = 2 * 1024 * 1024, LARGE = 512 * 1024 }; // bytes

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

struct mapping *mapping_new(uint8_t *bytes, size_t length) {
    struct mapping *m = memory_new(1, sizeof *m);
    if (m)
        *m = (struct mapping){.references = 1, .bytes = bytes, .length = length};
    else
        munmap(bytes, length);
    return m;
}

void mapping_release(struct mapping *m) {
    if (!m || --m->references)
        return;
    munmap(m->bytes, m->length);
    memory_free(m);
}

// Pages that begin at a huge one: with them a scan is bound by memory, not by address translation. The rest
// behind the last whole huge page stays small, so that none is wasted.
static struct mapping *map_pages(size_t length) {
    length = (length + 4095) / 4096 * 4096;
    uint8_t *all = mmap(NULL, length + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED)
        return NULL;
    size_t skipped = -(uintptr_t)all & (HUGE_PAGE - 1);
    if (skipped)
        munmap(all, skipped);
    munmap(all + skipped + length, HUGE_PAGE - skipped);
    if (length >= HUGE_PAGE) // a wish; where it is not granted, nothing is lost
        madvise(all + skipped, length / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
    return mapping_new(all + skipped, length);
}

struct segment *segment_new(uint16_t category, size_t rows) {
    struct segment *s = memory_new(1, sizeof *s);
    if (!s)
        return NULL;
    *s = (struct segment){
        .references = 1, .category = category, .capacity = (uint32_t)rows, .lowest = UINT32_MAX};
    size_t bytes = segment_bytes(rows);
    uint8_t *columns = NULL;
    if (bytes >= LARGE) {
        s->mapping = map_pages(bytes);
        columns = s->mapping ? s->mapping->bytes : NULL;
    } else {
        s->memory = memory_new(1, bytes + BLOCK_ITEMS);
        columns = s->memory ? (uint8_t *)s->memory + (-(uintptr_t)s->memory & (BLOCK_ITEMS - 1)) : NULL;
    }
    if (!columns) {
        memory_free(s);
        return NULL;
    }
    segment_lay_out(s, columns, rows);
    return s;
}

void segment_set(struct segment *s, size_t n, const struct row *row) {
    size_t first = n / BLOCK_ITEMS * BLOCK_BYTES + n % BLOCK_ITEMS;
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

void segment_add(struct segment *s, const struct row *row) {
    segment_set(s, s->rows++, row);
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
    mapping_release(s->mapping);
    memory_free(s->own_list_ends);
    segment_release(s->centres);
    memory_free(s);
}
