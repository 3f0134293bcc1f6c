// SPDX-License-Identifier: Apache-2.0
// NEON: exclusive or, CNT, add for each quarter of a line. Every 64-bit ARM processor has it.
#include "index/kernel.h"

#if defined(__aarch64__)
#include <arm_neon.h>

enum { LANES = 16, VECTORS = BLOCK_ITEMS / LANES };

static inline void count_block(const uint8_t *plane, const uint8_t code[CODE_BYTES],
                               uint8x16_t sums[VECTORS]) {
    for (size_t v = 0; v < VECTORS; v++)
        sums[v] = vdupq_n_u8(0);
    for (size_t j = 0; j < CODE_BYTES; j++) {
        uint8x16_t query = vdupq_n_u8(code[j]);
        for (size_t v = 0; v < VECTORS; v++) {
            uint8x16_t bytes = vld1q_u8(plane + j * BLOCK_ITEMS + v * LANES);
            sums[v] = vaddq_u8(sums[v], vcntq_u8(veorq_u8(bytes, query)));
        }
    }
}

// first * a + second * b of 8 items, and the mask of those within the limit.
static inline uint64_t weigh(uint8x8_t a, uint8x8_t b, const struct query_codes *query, uint16x8_t limit,
                             uint16_t *distances) {
    static const uint16_t bits[8] = {1, 2, 4, 8, 16, 32, 64, 128};
    uint16x8_t sum = vmulq_n_u16(vmovl_u8(a), query->first.weight);
    sum = vmlaq_n_u16(sum, vmovl_u8(b), query->second.weight);
    vst1q_u16(distances, sum);
    return vaddvq_u16(vandq_u16(vcleq_u16(sum, limit), vld1q_u16(bits)));
}

static uint64_t scan(const struct query_codes *query, const uint8_t *first, const uint8_t *second,
                     size_t *block, size_t end, uint32_t limit, uint16_t distances[BLOCK_ITEMS]) {
    const uint16x8_t limit16 = vdupq_n_u16((uint16_t)(limit > UINT16_MAX ? UINT16_MAX : limit));
    const uint32_t most =
        limit / query->first.weight; // differing bits in the first code of an item that may win
    uint8x16_t a[VECTORS], b[VECTORS];
    for (size_t n = *block; n < end; n++) {
        count_block(first + n * BLOCK_BYTES, query->first.code, a);
        if (vminvq_u8(vminq_u8(vminq_u8(a[0], a[1]), vminq_u8(a[2], a[3]))) > most)
            continue;
        count_block(second + n * BLOCK_BYTES, query->second.code, b);
        uint64_t mask = 0;
        for (unsigned v = 0; v < VECTORS; v++) {
            uint16_t *into = distances + v * LANES;
            mask |= weigh(vget_low_u8(a[v]), vget_low_u8(b[v]), query, limit16, into) << (v * LANES);
            mask |= weigh(vget_high_u8(a[v]), vget_high_u8(b[v]), query, limit16, into + 8)
                    << (v * LANES + 8);
        }
        if (mask) {
            *block = n;
            return mask;
        }
    }
    return 0;
}

static int runs_here(void) {
    return 1;
}

const struct kernel kernel_neon = {"neon", scan, runs_here};
#endif
