// SPDX-License-Identifier: Apache-2.0
// Segments: where the rows of one category lie. A segment is filled once and never changes afterwards, but
// for the offers (price and availability), which are single atomic words. 47 bytes a row:
//
//   shape, colour   16 + 16   in blocks of 64 items, see kernel.h
//   items            4        the caller's number
//   products         4
//   offers           4        price in hundredths << 1 | available
//   sellers          2 + 1    number of the pair of shop and brand, see sellers.h
//
// in this order, one column behind the other, the rows rounded up to whole blocks: the same bytes in RAM and
// in a snapshot file.
#ifndef NACRE_INDEX_SEGMENT_H
#define NACRE_INDEX_SEGMENT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"
#include "index/kernel.h"

enum {
    ROW_BYTES = 47,
    SEGMENT_ROWS = 262144, // at most, but for segments with lists
    PRICE_UNKNOWN = 0x7fffffff,
    PRICE_HIGHEST = PRICE_UNKNOWN - 1,
};

struct row {
    uint32_t item, product, offer, seller;
    uint16_t category;
    uint8_t shape[CODE_BYTES], colour[CODE_BYTES];
};

// Pages from the system: a large segment's own, or a snapshot file that many segments lie in.
struct mapping {
    size_t references; // only the writer counts
    uint8_t *bytes;
    size_t length;
};

struct segment {
    size_t references; // from editions, and segments' to their centres; only the writer counts
    uint16_t category;
    uint32_t rows, capacity;
    uint32_t lowest, highest; // item numbers
    uint8_t *shape, *colour;
    uint32_t *items, *products;
    _Atomic uint32_t *offers;
    uint16_t *sellers_low;
    uint8_t *sellers_high;
    void *memory;              // small: what to free
    struct mapping *mapping;   // large, or from a file: where the columns lie
    struct segment *centres;   // of its lists (lists.h), shared; NULL: it has none
    const uint32_t *list_ends; // of each list, the row behind its last
    uint32_t *own_list_ends;   // where they do not lie in a file: what to free
};

// A segment as one edition sees it.
struct view {
    struct segment *segment;
    uint64_t *dead; // bit set of rows removed or replaced; NULL: none. Owned by the view.
    uint32_t live;  // rows that are not dead, at least 1
};

static inline size_t block_count(size_t rows) {
    return (rows + BLOCK_ITEMS - 1) / BLOCK_ITEMS;
}

static inline bool view_is_dead(const struct view *v, size_t row) {
    return v->dead && (v->dead[row / 64] >> row % 64 & 1);
}

static inline uint32_t segment_seller(const struct segment *s, size_t row) {
    return s->sellers_low[row] | (uint32_t)s->sellers_high[row] << 16;
}

// The bytes that the columns of `rows` rows take.
size_t segment_bytes(size_t rows);

// Points the columns into `bytes`, which is aligned to 64 bytes.
void segment_lay_out(struct segment *s, void *bytes, size_t rows);

// An empty segment with room for `rows`, one reference; NULL when out of memory.
struct segment *segment_new(uint16_t category, size_t rows) MUST_CHECK;

// Sets row n, while the segment has not been published; whoever sets them counts them.
void segment_set(struct segment *s, size_t n, const struct row *row);

// Adds a row, while the segment has not been published.
void segment_add(struct segment *s, const struct row *row);

void segment_get(const struct segment *s, size_t row, struct row *result);

// Gives back one reference.
void segment_release(struct segment *s);

// Takes over the pages, one reference. NULL when out of memory; then they are unmapped.
struct mapping *mapping_new(uint8_t *bytes, size_t length) MUST_CHECK;

// Gives back one reference. NULL is allowed.
void mapping_release(struct mapping *m);

#endif
