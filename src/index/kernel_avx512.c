// SPDX-License-Identifier: Apache-2.0
// AVX-512 without VPOPCNT: byte shuffles, a whole line in one register. Compiled with -mavx512bw.
#include "index/kernel.h"

#if defined(__x86_64__)
#include "index/kernel_avx512.h"

static int runs_here(void) {
    return __builtin_cpu_supports("avx512bw");
}

const struct kernel kernel_avx512 = {"avx512-shuffle", runs_here,     count_by_shuffle,
                                     count_by_shuffle, select_blocks, weigh};
#endif
