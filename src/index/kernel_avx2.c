// SPDX-License-Identifier: Apache-2.0
// AVX2: two byte shuffles for each half line, see kernel.h. Compiled with -mavx2.
#include "index/kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>

enum { LANES = 32, HALVES = BLOCK_ITEMS / LANES };

static void count(const uint8_t *plane, const struct query_plane *query, const uint8_t *blocks, size_t n,
                  block_counts *counts) {
    const __m256i low_half = _mm256_set1_epi8(15);
    for (size_t b = 0; b < n; b++) {
        const uint8_t *block = plane + blocks[b] * BLOCK_BYTES;
        __m256i sums[HALVES] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
#pragma GCC unroll 16
        for (size_t j = 0; j < CODE_BYTES; j++) {
            __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)query->low[j]));
            __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)query->high[j]));
#pragma GCC unroll 2
            for (size_t half = 0; half < HALVES; half++) {
                const uint8_t *at = block + j * BLOCK_ITEMS + half * LANES;
                __m256i bytes = _mm256_load_si256((const __m256i *)at);
                IN_ORDER(bytes);
                __m256i upper = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), low_half);
                __m256i lower = _mm256_and_si256(bytes, low_half);
                sums[half] = _mm256_add_epi8(sums[half], _mm256_add_epi8(_mm256_shuffle_epi8(low, lower),
                                                                         _mm256_shuffle_epi8(high, upper)));
            }
        }
        for (size_t half = 0; half < HALVES; half++)
            _mm256_store_si256((__m256i *)(counts[b] + half * LANES), sums[half]);
    }
}

static size_t select_blocks(const block_counts *counts, size_t n, uint8_t most, uint8_t *selected) {
    const __m256i most8 = _mm256_set1_epi8((char)most);
    size_t found = 0;
    for (size_t b = 0; b < n; b++) {
        const __m256i *block = (const __m256i *)counts[b];
        __m256i fewest = _mm256_min_epu8(_mm256_load_si256(block), _mm256_load_si256(block + 1));
        if (_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(fewest, most8), fewest)))
            selected[found++] = (uint8_t)b;
    }
    return found;
}

// weights[0] * a + weights[1] * b of 16 items, and the mask of those within the limit.
static inline uint64_t weigh_16(const uint8_t *a, const uint8_t *b, const __m256i weights[2], __m256i limit,
                                uint16_t *distances) {
    __m256i first = _mm256_cvtepu8_epi16(_mm_load_si128((const __m128i *)a));
    __m256i second = _mm256_cvtepu8_epi16(_mm_load_si128((const __m128i *)b));
    __m256i sum =
        _mm256_add_epi16(_mm256_mullo_epi16(first, weights[0]), _mm256_mullo_epi16(second, weights[1]));
    _mm256_store_si256((__m256i *)distances, sum);
    __m256i wins = _mm256_cmpeq_epi16(_mm256_min_epu16(sum, limit), sum);
    return (uint16_t)_mm_movemask_epi8(
        _mm_packs_epi16(_mm256_castsi256_si128(wins), _mm256_extracti128_si256(wins, 1)));
}

static size_t weigh(const block_counts *first, const block_counts *second, const uint8_t *blocks, size_t n,
                    const uint16_t weights[2], uint16_t limit, struct candidate *candidates) {
    const __m256i weights16[2] = {_mm256_set1_epi16((short)weights[0]), _mm256_set1_epi16((short)weights[1])};
    const __m256i limit16 = _mm256_set1_epi16((short)limit);
    size_t found = 0;
    for (size_t b = 0; b < n; b++) {
        _Alignas(32) uint16_t distances[BLOCK_ITEMS];
        uint64_t mask = 0;
        for (size_t i = 0; i < BLOCK_ITEMS; i += 16)
            mask |= weigh_16(first[blocks[b]] + i, second[b] + i, weights16, limit16, distances + i) << i;
        found += note_candidates(mask, blocks[b], distances, first[blocks[b]], second[b], candidates + found);
    }
    return found;
}

static int runs_here(void) {
    return __builtin_cpu_supports("avx2");
}

const struct kernel kernel_avx2 = {"avx2", runs_here, count, count, select_blocks, weigh};
#endif
