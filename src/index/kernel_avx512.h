// SPDX-License-Identifier: Apache-2.0
// What the two AVX-512 kernels share: from the counts of two planes to distances.
#ifndef NACRE_INDEX_KERNEL_AVX512_H
#define NACRE_INDEX_KERNEL_AVX512_H

#include <immintrin.h>

#include "index/kernel.h"

struct limits {
    __m512i most;       // 8 bits: differing bits in the first code of an item that may win
    __m512i distance;   // 16 bits
    __m512i weights[2]; // 16 bits: first, second
};

static inline struct limits limits_of(const struct query_codes *query, uint32_t limit) {
    uint32_t most = limit / query->first.weight;
    return (struct limits){
        .most = _mm512_set1_epi8((char)(most > UINT8_MAX ? UINT8_MAX : most)),
        .distance = _mm512_set1_epi16((short)(limit > UINT16_MAX ? UINT16_MAX : limit)),
        .weights = {_mm512_set1_epi16((short)query->first.weight),
                    _mm512_set1_epi16((short)query->second.weight)},
    };
}

// Whether any item of the block may win, whatever the second plane says.
static inline int may_win(__m512i first, const struct limits *limits) {
    return _mm512_cmple_epu8_mask(first, limits->most) != 0;
}

// first * a + second * b of 32 items, and the mask of those within the limit.
static inline uint64_t weigh_half(__m256i a, __m256i b, const struct limits *limits, uint16_t *distances) {
    __m512i sum = _mm512_add_epi16(_mm512_mullo_epi16(_mm512_cvtepu8_epi16(a), limits->weights[0]),
                                   _mm512_mullo_epi16(_mm512_cvtepu8_epi16(b), limits->weights[1]));
    _mm512_storeu_si512(distances, sum);
    return _mm512_cmple_epu16_mask(sum, limits->distance);
}

static inline uint64_t weigh(__m512i a, __m512i b, const struct limits *limits, uint16_t *distances) {
    return weigh_half(_mm512_castsi512_si256(a), _mm512_castsi512_si256(b), limits, distances) |
           weigh_half(_mm512_extracti64x4_epi64(a, 1), _mm512_extracti64x4_epi64(b, 1), limits,
                      distances + 32)
               << 32;
}

#endif
