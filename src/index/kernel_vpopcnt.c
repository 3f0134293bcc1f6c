// SPDX-License-Identifier: Apache-2.0
// AVX-512 with VPOPCNTB (BITALG: Ice Lake, Zen 4 and later): exclusive or, count, add for each line, the
// query's sixteen bytes in sixteen registers. In the cache twice as fast as byte shuffles.
//
// Out of memory the processor's own prefetcher decides. Intel's stops at every page of 4 kB: asking for the
// lines of the next group takes a search from 0.75 to all of the read bandwidth (Sapphire Rapids). Zen
// 4's does not, and asking slows it down; there VPOPCNTB runs so far ahead of it that it reads a third slower
// than byte shuffles, so for that they stay. Compiled with -mavx512bw -mavx512bitalg.
#include "index/kernel.h"

#if defined(__x86_64__)
#include "index/kernel_avx512.h"

enum { AHEAD = 4 * BLOCK_BYTES }; // bytes in the same plane

static inline __attribute__((always_inline)) void count_lines(const uint8_t *plane,
                                                              const struct query_plane *query,
                                                              const uint8_t *blocks, size_t n,
                                                              bool prefetches, block_counts *counts) {
    __m512i code[CODE_BYTES];
#pragma GCC unroll 16
    for (size_t j = 0; j < CODE_BYTES; j++)
        code[j] = _mm512_set1_epi8((char)query->code[j]);
    for (size_t b = 0; b < n; b++) {
        const uint8_t *block = plane + blocks[b] * BLOCK_BYTES;
        __m512i sums = _mm512_setzero_si512();
#pragma GCC unroll 16
        for (size_t j = 0; j < CODE_BYTES; j++) {
            const uint8_t *line = block + j * BLOCK_ITEMS;
            if (prefetches)
                _mm_prefetch((const char *)line + AHEAD, _MM_HINT_T1);
            __m512i bits = _mm512_xor_si512(_mm512_load_si512(line), code[j]);
            IN_ORDER(bits);
            sums = _mm512_add_epi8(sums, _mm512_popcnt_epi8(bits));
        }
        _mm512_store_si512(counts[b], sums);
    }
}

static void count(const uint8_t *plane, const struct query_plane *query, const uint8_t *blocks, size_t n,
                  block_counts *counts) {
    count_lines(plane, query, blocks, n, false, counts);
}

static void count_and_prefetch(const uint8_t *plane, const struct query_plane *query, const uint8_t *blocks,
                               size_t n, block_counts *counts) {
    count_lines(plane, query, blocks, n, true, counts);
}

static int runs_here(void) {
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512bitalg");
}

static int is_intel(void) {
    return runs_here() && __builtin_cpu_is("intel");
}

const struct kernel kernel_vpopcnt = {"avx512-vpopcnt", runs_here, count_by_shuffle, count,
                                      select_blocks,    weigh};
const struct kernel kernel_prefetch = {"avx512-prefetch", is_intel, count_and_prefetch, count,
                                       select_blocks,     weigh};
#endif
