// SPDX-License-Identifier: Apache-2.0
// Hamming kernels: what compares one query with blocks of items, in one file per instruction set.
//
// Layout. A code is cut into its 16 bytes, and a block of 64 items holds byte 0 of all its items, then byte 1
// of all, and so on: 16 lines of 64 bytes. A register then holds the same byte of many items, so that
//   - counts are added lane by lane, and no sum across a register is ever needed: a count of at most 128
//     fits its byte from the first to the last line;
//   - without a popcount instruction, the query folds into two 16-entry tables for each byte (low and high
//     half: table[x] = popcount(x ^ half)), and one byte shuffle does both the exclusive or and the count;
//   - with VPOPCNTB (AVX-512 BITALG) or CNT (NEON) a line takes three instructions;
//   - the plain kernel treats eight items at once in a 64-bit word.
// The same bytes serve every kernel, a snapshot file can move between machines, and one query (bound by
// memory) and batches (bound by instructions) need no layout of their own: a batch runs the same kernel
// over a run of blocks that stays in the first-level cache.
//
// Shape and colour codes lie in planes of their own, and a scan goes over a group of blocks plane by plane:
//   1. count    differing bits in the plane of the larger weight
//   2. select   the blocks in which any item could still win, were its other code equal to the query's
//   3. count    the same in the other plane, of the selected blocks only
//   4. weigh    both counts, and note the items within the limit
// With skewed weights (10:1, 1:0) or good hits step 3 reads next to nothing of the second plane; and in each
// step the query's side of the work stays in registers.
//
// Rejected: rows of 32 bytes (every row needs a sum across the register, which batches feel); transposing by
// 32-bit words (good for VPOPCNT, useless for byte shuffles). bench/README.md has what was measured.
#ifndef NACRE_INDEX_KERNEL_H
#define NACRE_INDEX_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CODE_BYTES = 16,
    BLOCK_ITEMS = 64,
    BLOCK_BYTES = BLOCK_ITEMS * CODE_BYTES, // of one plane
    GROUP_BLOCKS = 16,                      // at most
    GROUP_ITEMS = GROUP_BLOCKS * BLOCK_ITEMS,
};

// One of a query's two codes with its weight, ready for any kernel.
struct query_plane {
    uint8_t code[CODE_BYTES];
    uint8_t low[CODE_BYTES][16];  // low[j][x]: bits in which x and the low half of byte j differ
    uint8_t high[CODE_BYTES][16]; // the same for the high half
    uint16_t weight;
};

struct query_codes {
    struct query_plane first, second; // first.weight >= second.weight
};

typedef uint8_t block_counts[BLOCK_ITEMS]; // differing bits, one item a byte; aligned to 64 bytes

// For count: keeps the compiler from moving the load behind `vector` across others. It sees sixteen loads in
// a row and shuffles them; the processor's prefetcher wants them in the order of addresses.
#define IN_ORDER(vector) __asm__ volatile("" : "+v"(vector))

struct candidate {
    uint32_t item; // number in the group
    uint16_t distance;
    uint8_t first, second; // differing bits of either code
};

typedef void kernel_count(const uint8_t *plane, const struct query_plane *query, const uint8_t *blocks,
                          size_t n, block_counts *counts);

struct kernel {
    const char *name;
    int (*runs_here)(void);

    // counts[i]: of block blocks[i] of the plane, for i < n <= GROUP_BLOCKS. Planes are aligned to 64 bytes.
    // Two of them: for planes that come out of memory, and for planes in the first-level cache.
    kernel_count *count_from_memory, *count_in_cache;

    // Writes the numbers i < n for which counts[i] has an item of at most `most`; returns how many.
    size_t (*select)(const block_counts *counts, size_t n, uint8_t most, uint8_t *selected);

    // For block blocks[i], whose counts are first[blocks[i]] and second[i]: writes the items with
    // weights[0] * first + weights[1] * second <= limit, in the order of items; returns how many.
    size_t (*weigh)(const block_counts *first, const block_counts *second, const uint8_t *blocks, size_t n,
                    const uint16_t weights[2], uint16_t limit, struct candidate *candidates);
};

void query_plane_init(struct query_plane *plane, const uint8_t code[CODE_BYTES], uint16_t weight);

// The items of a group of n blocks with first.weight * H(first) + second.weight * H(second) <= limit, in the
// order of items; returns how many. `in_cache`: the planes are in the first-level cache, or read here and
// there; else group after group comes out of memory.
size_t kernel_scan(const struct kernel *kernel, bool in_cache, const struct query_codes *query,
                   const uint8_t *first, const uint8_t *second, size_t n, uint32_t limit,
                   struct candidate candidates[GROUP_ITEMS]);

// For weigh: adds the items of `mask` in block `block`, with their distances and counts.
static inline size_t note_candidates(uint64_t mask, uint8_t block, const uint16_t distances[BLOCK_ITEMS],
                                     const block_counts first, const block_counts second,
                                     struct candidate *candidates) {
    size_t count = 0;
    for (; mask; mask &= mask - 1) {
        unsigned i = (unsigned)__builtin_ctzll(mask);
        candidates[count++] = (struct candidate){block * BLOCK_ITEMS + i, distances[i], first[i], second[i]};
    }
    return count;
}

extern const struct kernel kernel_plain;
#if defined(__x86_64__)
extern const struct kernel kernel_avx2, kernel_avx512, kernel_vpopcnt, kernel_prefetch;
#elif defined(__aarch64__)
extern const struct kernel kernel_neon;
#endif

// The kernels of this build that this processor can run, the fastest first; ends with NULL.
const struct kernel *const *kernels_here(void);

// The kernel in use: the one that NACRE_SIMD names, else the fastest. The same one for the whole process.
const struct kernel *kernel_chosen(void);

#endif
