// SPDX-License-Identifier: Apache-2.0
// NEON: exclusive or, CNT, add for each quarter of a line. Every 64-bit ARM processor has it.
#include "index/kernel.h"

#if defined(__aarch64__)
#include <arm_neon.h>

enum { LANES = 16 };

static void count(const uint8_t *plane, const struct query_plane *query, const uint8_t *blocks, size_t n,
                  block_counts *counts) {
    uint8x16_t code[CODE_BYTES];
    for (size_t j = 0; j < CODE_BYTES; j++)
        code[j] = vdupq_n_u8(query->code[j]);
    for (size_t b = 0; b < n; b++)
        for (size_t i = 0; i < BLOCK_ITEMS; i += LANES) {
            const uint8_t *at = plane + blocks[b] * BLOCK_BYTES + i;
            uint8x16_t sums = vdupq_n_u8(0);
            for (size_t j = 0; j < CODE_BYTES; j++)
                sums = vaddq_u8(sums, vcntq_u8(veorq_u8(vld1q_u8(at + j * BLOCK_ITEMS), code[j])));
            vst1q_u8(counts[b] + i, sums);
        }
}

static size_t select_blocks(const block_counts *counts, size_t n, uint8_t most, uint8_t *selected) {
    size_t found = 0;
    for (size_t b = 0; b < n; b++) {
        uint8x16x4_t c = vld1q_u8_x4(counts[b]);
        uint8x16_t fewest = vminq_u8(vminq_u8(c.val[0], c.val[1]), vminq_u8(c.val[2], c.val[3]));
        if (vminvq_u8(fewest) <= most)
            selected[found++] = (uint8_t)b;
    }
    return found;
}

// weights[0] * a + weights[1] * b of 8 items, and the mask of those within the limit.
static inline uint64_t weigh_8(const uint8_t *a, const uint8_t *b, const uint16_t weights[2], uint16_t limit,
                               uint16_t *distances) {
    static const uint16_t bits[8] = {1, 2, 4, 8, 16, 32, 64, 128};
    uint16x8_t sum = vmulq_n_u16(vmovl_u8(vld1_u8(a)), weights[0]);
    sum = vmlaq_n_u16(sum, vmovl_u8(vld1_u8(b)), weights[1]);
    vst1q_u16(distances, sum);
    return vaddvq_u16(vandq_u16(vcleq_u16(sum, vdupq_n_u16(limit)), vld1q_u16(bits)));
}

static size_t weigh(const block_counts *first, const block_counts *second, const uint8_t *blocks, size_t n,
                    const uint16_t weights[2], uint16_t limit, struct candidate *candidates) {
    size_t found = 0;
    for (size_t b = 0; b < n; b++) {
        uint16_t distances[BLOCK_ITEMS];
        uint64_t mask = 0;
        for (size_t i = 0; i < BLOCK_ITEMS; i += 8)
            mask |= weigh_8(first[blocks[b]] + i, second[b] + i, weights, limit, distances + i) << i;
        found += note_candidates(mask, blocks[b], distances, first[blocks[b]], second[b], candidates + found);
    }
    return found;
}

static int runs_here(void) {
    return 1;
}

const struct kernel kernel_neon = {"neon", runs_here, count, count, select_blocks, weigh};
#endif
