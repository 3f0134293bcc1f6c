// SPDX-License-Identifier: Apache-2.0
// What the two AVX-512 kernels share: all but counting with VPOPCNTB.
#ifndef NACRE_INDEX_KERNEL_AVX512_H
#define NACRE_INDEX_KERNEL_AVX512_H

#include <immintrin.h>

#include "index/kernel.h"

static void count_by_shuffle(const uint8_t *plane, const struct query_plane *query, const uint8_t *blocks,
                             size_t n, block_counts *counts) {
    const __m512i low_half = _mm512_set1_epi8(15);
    for (size_t b = 0; b < n; b++) {
        const uint8_t *block = plane + blocks[b] * BLOCK_BYTES;
        __m512i sums = _mm512_setzero_si512();
#pragma GCC unroll 16
        for (size_t j = 0; j < CODE_BYTES; j++) {
            __m512i low = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)query->low[j]));
            __m512i high = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)query->high[j]));
            __m512i bytes = _mm512_load_si512(block + j * BLOCK_ITEMS);
            IN_ORDER(bytes);
            __m512i upper = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), low_half);
            __m512i lower = _mm512_and_si512(bytes, low_half);
            sums = _mm512_add_epi8(
                sums, _mm512_add_epi8(_mm512_shuffle_epi8(low, lower), _mm512_shuffle_epi8(high, upper)));
        }
        _mm512_store_si512(counts[b], sums);
    }
}

static size_t select_blocks(const block_counts *counts, size_t n, uint8_t most, uint8_t *selected) {
    const __m512i most8 = _mm512_set1_epi8((char)most);
    size_t found = 0;
    for (size_t b = 0; b < n; b++)
        if (_mm512_cmple_epu8_mask(_mm512_load_si512(counts[b]), most8))
            selected[found++] = (uint8_t)b;
    return found;
}

// weights[0] * a + weights[1] * b of 32 items.
static inline __m512i weigh_32(const uint8_t *a, const uint8_t *b, const __m512i weights[2]) {
    __m512i first = _mm512_cvtepu8_epi16(_mm256_load_si256((const __m256i *)a));
    __m512i second = _mm512_cvtepu8_epi16(_mm256_load_si256((const __m256i *)b));
    return _mm512_add_epi16(_mm512_mullo_epi16(first, weights[0]), _mm512_mullo_epi16(second, weights[1]));
}

static size_t weigh(const block_counts *first, const block_counts *second, const uint8_t *blocks, size_t n,
                    const uint16_t weights[2], uint16_t limit, struct candidate *candidates) {
    const __m512i weights16[2] = {_mm512_set1_epi16((short)weights[0]), _mm512_set1_epi16((short)weights[1])};
    const __m512i limit16 = _mm512_set1_epi16((short)limit);
    size_t found = 0;
    for (size_t b = 0; b < n; b++) {
        const uint8_t *of_first = first[blocks[b]], *of_second = second[b];
        __m512i lower = weigh_32(of_first, of_second, weights16);
        __m512i upper = weigh_32(of_first + 32, of_second + 32, weights16);
        uint64_t mask =
            _mm512_cmple_epu16_mask(lower, limit16) | (uint64_t)_mm512_cmple_epu16_mask(upper, limit16) << 32;
        if (mask) {
            _Alignas(64) uint16_t distances[BLOCK_ITEMS];
            _mm512_store_si512(distances, lower);
            _mm512_store_si512(distances + 32, upper);
            found += note_candidates(mask, blocks[b], distances, of_first, of_second, candidates + found);
        }
    }
    return found;
}

#endif
