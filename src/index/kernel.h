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
// Shape and colour codes lie in planes of their own. The plane with the larger weight is read first; where
// no item of a block can still win, whatever the other plane says, the other plane is not read at all.
//
// Rejected: rows of 32 bytes (as fast for one query, three times slower in batches: every row needs a sum
// across the register); transposing by 32-bit words (as fast with AVX-512, useless without VPOPCNT).
#ifndef NACRE_INDEX_KERNEL_H
#define NACRE_INDEX_KERNEL_H

#include <stddef.h>
#include <stdint.h>

enum {
    CODE_BYTES = 16,
    BLOCK_ITEMS = 64,
    BLOCK_BYTES = BLOCK_ITEMS * CODE_BYTES, // of one plane
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

void query_plane_init(struct query_plane *plane, const uint8_t code[CODE_BYTES], uint16_t weight);

// Looks in blocks *block .. end - 1 for the next one that holds an item with
// first.weight * H(first) + second.weight * H(second) <= limit. Found: sets *block to its number, fills
// `distances` and returns the mask of such items (bit i: item i of the block). Not found: returns 0.
// `first` and `second` are the planes of block 0, aligned to 64 bytes.
typedef uint64_t kernel_scan(const struct query_codes *query, const uint8_t *first, const uint8_t *second,
                             size_t *block, size_t end, uint32_t limit, uint16_t distances[BLOCK_ITEMS]);

struct kernel {
    const char *name;
    kernel_scan *scan;
    int (*runs_here)(void);
};

extern const struct kernel kernel_plain;
#if defined(__x86_64__)
extern const struct kernel kernel_avx2, kernel_avx512, kernel_vpopcnt;
#elif defined(__aarch64__)
extern const struct kernel kernel_neon;
#endif

// The kernels of this build that this processor can run, the fastest first; ends with NULL.
const struct kernel *const *kernels_here(void);

// The kernel in use: the one that NACRE_SIMD names, else the fastest. The same one for the whole process.
const struct kernel *kernel_chosen(void);

#endif
