// SPDX-License-Identifier: Apache-2.0
// AVX-512 with VPOPCNTB (BITALG: Ice Lake, Zen 4 and later): exclusive or, count, add for each line. The
// query's bytes stay in registers and in the first-level cache, spread once for each call.
#include "index/kernel.h"

#if defined(__x86_64__)
#include "index/kernel_avx512.h"

struct spread {
    __m512i byte[CODE_BYTES];
};

static inline void spread(struct spread *s, const uint8_t code[CODE_BYTES]) {
    for (size_t j = 0; j < CODE_BYTES; j++)
        s->byte[j] = _mm512_set1_epi8((char)code[j]);
}

// Two sums, so that an addition need not wait for the one before.
static inline __m512i count_block(const uint8_t *plane, const struct spread *query) {
    __m512i even = _mm512_setzero_si512(), odd = _mm512_setzero_si512();
    for (size_t j = 0; j < CODE_BYTES; j += 2) {
        __m512i a = _mm512_xor_si512(_mm512_load_si512(plane + j * BLOCK_ITEMS), query->byte[j]);
        __m512i b = _mm512_xor_si512(_mm512_load_si512(plane + (j + 1) * BLOCK_ITEMS), query->byte[j + 1]);
        even = _mm512_add_epi8(even, _mm512_popcnt_epi8(a));
        odd = _mm512_add_epi8(odd, _mm512_popcnt_epi8(b));
    }
    return _mm512_add_epi8(even, odd);
}

static uint64_t scan(const struct query_codes *query, const uint8_t *first, const uint8_t *second,
                     size_t *block, size_t end, uint32_t limit, uint16_t distances[BLOCK_ITEMS]) {
    const struct limits limits = limits_of(query, limit);
    struct spread first_code, second_code;
    spread(&first_code, query->first.code);
    spread(&second_code, query->second.code);
    for (size_t n = *block; n < end; n++) {
        __m512i a = count_block(first + n * BLOCK_BYTES, &first_code);
        if (!may_win(a, &limits))
            continue;
        __m512i b = count_block(second + n * BLOCK_BYTES, &second_code);
        uint64_t mask = weigh(a, b, &limits, distances);
        if (mask) {
            *block = n;
            return mask;
        }
    }
    return 0;
}

static int runs_here(void) {
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512bitalg");
}

const struct kernel kernel_vpopcnt = {"avx512-vpopcnt", scan, runs_here};
#endif
