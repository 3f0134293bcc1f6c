// SPDX-License-Identifier: Apache-2.0
// AVX2: two byte shuffles a line and half block, see kernel.h. Compiled with -mavx2.
#include "index/kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>

struct counts {
    __m256i items[2]; // 0..31, 32..63: a byte each
};

static inline struct counts count_block(const uint8_t *plane, const struct query_plane *query) {
    const __m256i low_half = _mm256_set1_epi8(15);
    struct counts sums = {{_mm256_setzero_si256(), _mm256_setzero_si256()}};
    for (size_t j = 0; j < CODE_BYTES; j++) {
        __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)query->low[j]));
        __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)query->high[j]));
        for (size_t half = 0; half < 2; half++) {
            __m256i bytes = _mm256_load_si256((const __m256i *)(plane + j * BLOCK_ITEMS + half * 32));
            __m256i upper = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), low_half);
            __m256i lower = _mm256_and_si256(bytes, low_half);
            __m256i count =
                _mm256_add_epi8(_mm256_shuffle_epi8(low, lower), _mm256_shuffle_epi8(high, upper));
            sums.items[half] = _mm256_add_epi8(sums.items[half], count);
        }
    }
    return sums;
}

// first * a + second * b <= limit for 16 items, as a mask of 16 bits.
static inline uint32_t weigh(__m128i a, __m128i b, const struct query_codes *query, __m256i limit,
                             uint16_t *distances) {
    __m256i sum = _mm256_add_epi16(
        _mm256_mullo_epi16(_mm256_cvtepu8_epi16(a), _mm256_set1_epi16((short)query->first.weight)),
        _mm256_mullo_epi16(_mm256_cvtepu8_epi16(b), _mm256_set1_epi16((short)query->second.weight)));
    _mm256_storeu_si256((__m256i *)distances, sum);
    __m256i wins = _mm256_cmpeq_epi16(_mm256_min_epu16(sum, limit), sum);
    return (uint32_t)_mm_movemask_epi8(
        _mm_packs_epi16(_mm256_castsi256_si128(wins), _mm256_extracti128_si256(wins, 1)));
}

static uint64_t scan(const struct query_codes *query, const uint8_t *first, const uint8_t *second,
                     size_t *block, size_t end, uint32_t limit, uint16_t distances[BLOCK_ITEMS]) {
    const __m256i limit16 = _mm256_set1_epi16((short)(limit > UINT16_MAX ? UINT16_MAX : limit));
    uint32_t most = limit / query->first.weight; // differing bits in the first code of an item that may win
    const __m256i most8 = _mm256_set1_epi8((char)(most > UINT8_MAX ? UINT8_MAX : most));
    for (size_t n = *block; n < end; n++) {
        struct counts a = count_block(first + n * BLOCK_BYTES, &query->first);
        __m256i fewest = _mm256_min_epu8(a.items[0], a.items[1]);
        if (!_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(fewest, most8), fewest)))
            continue;
        struct counts b = count_block(second + n * BLOCK_BYTES, &query->second);
        uint64_t mask = 0;
        for (unsigned half = 0; half < 2; half++) {
            mask |=
                (uint64_t)weigh(_mm256_castsi256_si128(a.items[half]), _mm256_castsi256_si128(b.items[half]),
                                query, limit16, distances + half * 32)
                << (half * 32);
            mask |= (uint64_t)weigh(_mm256_extracti128_si256(a.items[half], 1),
                                    _mm256_extracti128_si256(b.items[half], 1), query, limit16,
                                    distances + half * 32 + 16)
                    << (half * 32 + 16);
        }
        if (mask) {
            *block = n;
            return mask;
        }
    }
    return 0;
}

static int runs_here(void) {
    return __builtin_cpu_supports("avx2");
}

const struct kernel kernel_avx2 = {"avx2", scan, runs_here};
#endif
