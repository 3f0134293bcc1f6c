// SPDX-License-Identifier: Apache-2.0
// AVX-512 with VPOPCNTB (BITALG: Ice Lake, Zen 4 and later): exclusive or, count, add for each line, the
// query's sixteen bytes in sixteen registers. In the cache twice as fast as byte shuffles; out of memory,
// where it waits anyway, it runs so far ahead of the prefetcher that it reads a third slower (Zen 4), so for
// that the shuffles stay. Compiled with -mavx512bw -mavx512bitalg.
#include "index/kernel.h"

#if defined(__x86_64__)
#include "index/kernel_avx512.h"

static void count(const uint8_t *plane, const struct query_plane *query, const uint8_t *blocks, size_t n,
                  block_counts *counts) {
    __m512i code[CODE_BYTES];
#pragma GCC unroll 16
    for (size_t j = 0; j < CODE_BYTES; j++)
        code[j] = _mm512_set1_epi8((char)query->code[j]);
    for (size_t b = 0; b < n; b++) {
        const uint8_t *block = plane + blocks[b] * BLOCK_BYTES;
        __m512i sums = _mm512_setzero_si512();
#pragma GCC unroll 16
        for (size_t j = 0; j < CODE_BYTES; j++) {
            __m512i bits = _mm512_xor_si512(_mm512_load_si512(block + j * BLOCK_ITEMS), code[j]);
            IN_ORDER(bits);
            sums = _mm512_add_epi8(sums, _mm512_popcnt_epi8(bits));
        }
        _mm512_store_si512(counts[b], sums);
    }
}

static int runs_here(void) {
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512bitalg");
}

const struct kernel kernel_vpopcnt = {"avx512-vpopcnt", runs_here, count_by_shuffle, count,
                                      select_blocks,    weigh};
#endif
