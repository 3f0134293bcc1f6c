// SPDX-License-Identifier: Apache-2.0
// AVX-512 without VPOPCNT: as kernel_avx2.c, with a whole line in one register. Compiled with -mavx512bw.
#include "index/kernel.h"

#if defined(__x86_64__)
#include "index/kernel_avx512.h"

static inline __m512i count_block(const uint8_t *plane, const struct query_plane *query) {
    const __m512i low_half = _mm512_set1_epi8(15);
    __m512i sums = _mm512_setzero_si512();
    for (size_t j = 0; j < CODE_BYTES; j++) {
        __m512i bytes = _mm512_load_si512(plane + j * BLOCK_ITEMS);
        __m512i low = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)query->low[j]));
        __m512i high = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)query->high[j]));
        __m512i lower = _mm512_and_si512(bytes, low_half);
        __m512i upper = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), low_half);
        sums = _mm512_add_epi8(
            sums, _mm512_add_epi8(_mm512_shuffle_epi8(low, lower), _mm512_shuffle_epi8(high, upper)));
    }
    return sums;
}

static uint64_t scan(const struct query_codes *query, const uint8_t *first, const uint8_t *second,
                     size_t *block, size_t end, uint32_t limit, uint16_t distances[BLOCK_ITEMS]) {
    const struct limits limits = limits_of(query, limit);
    for (size_t n = *block; n < end; n++) {
        __m512i a = count_block(first + n * BLOCK_BYTES, &query->first);
        if (!may_win(a, &limits))
            continue;
        __m512i b = count_block(second + n * BLOCK_BYTES, &query->second);
        uint64_t mask = weigh(a, b, &limits, distances);
        if (mask) {
            *block = n;
            return mask;
        }
    }
    return 0;
}

static int runs_here(void) {
    return __builtin_cpu_supports("avx512bw");
}

const struct kernel kernel_avx512 = {"avx512-shuffle", scan, runs_here};
#endif
