// SPDX-License-Identifier: Apache-2.0
// AVX-512 without VPOPCNT: as kernel_avx2.c, with a whole line in one register. Compiled with -mavx512bw.
#include "index/kernel.h"

#if defined(__x86_64__)
#include "index/kernel_avx512.h"

// `n` is a constant at each call, so that the sums stay in registers.
static inline __attribute__((always_inline)) void count_blocks(const uint8_t *plane,
                                                               const struct query_plane *query,
                                                               const uint8_t *blocks, size_t n,
                                                               block_counts *counts) {
    const __m512i low_half = _mm512_set1_epi8(15);
    __m512i sums[4];
    for (size_t b = 0; b < n; b++)
        sums[b] = _mm512_setzero_si512();
    for (size_t j = 0; j < CODE_BYTES; j++) {
        __m512i low = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)query->low[j]));
        __m512i high = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)query->high[j]));
        for (size_t b = 0; b < n; b++) {
            __m512i bytes = _mm512_load_si512(plane + blocks[b] * BLOCK_BYTES + j * BLOCK_ITEMS);
            __m512i upper = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), low_half);
            __m512i lower = _mm512_and_si512(bytes, low_half);
            sums[b] = _mm512_add_epi8(
                sums[b], _mm512_add_epi8(_mm512_shuffle_epi8(low, lower), _mm512_shuffle_epi8(high, upper)));
        }
    }
    for (size_t b = 0; b < n; b++)
        _mm512_store_si512(counts[b], sums[b]);
}

static void count(const uint8_t *plane, const struct query_plane *query, const uint8_t *blocks, size_t n,
                  block_counts *counts) {
    size_t b = 0;
    for (; b + 4 <= n; b += 4)
        count_blocks(plane, query, blocks + b, 4, counts + b);
    for (; b < n; b++)
        count_blocks(plane, query, blocks + b, 1, counts + b);
}

static int runs_here(void) {
    return __builtin_cpu_supports("avx512bw");
}

const struct kernel kernel_avx512 = {"avx512-shuffle", runs_here, count, select_blocks, weigh};
#endif
