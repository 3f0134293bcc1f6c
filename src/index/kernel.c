// SPDX-License-Identifier: Apache-2.0
#include "index/kernel.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static const struct kernel *const compiled[] = {
#if defined(__x86_64__)
    &kernel_prefetch, &kernel_vpopcnt, &kernel_avx512, &kernel_avx2,
#elif defined(__aarch64__)
    &kernel_neon,
#endif
    &kernel_plain,
};
enum { COMPILED = sizeof compiled / sizeof *compiled };

// Reading all of a group in order is faster than reading more than this part of its blocks here and there.
enum { SCATTERED = 8 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const struct kernel *here[COMPILED + 1];
static const struct kernel *chosen;

// By its name; "avx512" is the best of the AVX-512 kernels, "avx512-shuffle" the one without VPOPCNT.
static const struct kernel *find(const char *name) {
    for (size_t i = 0; here[i]; i++)
        if (strncmp(here[i]->name, name, strlen(name)) == 0)
            return here[i];
    return NULL;
}

static void choose(void) {
    size_t count = 0;
    for (size_t i = 0; i < COMPILED; i++)
        if (compiled[i]->runs_here())
            here[count++] = compiled[i];
    const char *forced = getenv("NACRE_SIMD");
    chosen = forced ? find(forced) : here[0];
    if (!chosen) {
        chosen = here[0];
        log_warning("NACRE_SIMD=%s names no kernel that runs on this processor; using %s", forced,
                    chosen->name);
    }
}

const struct kernel *const *kernels_here(void) {
    pthread_once(&once, choose);
    return here;
}

const struct kernel *kernel_chosen(void) {
    pthread_once(&once, choose);
    return chosen;
}

// Counts the bits of 0 ^ half to 15 ^ half, eight numbers at once.
static void fill_table(uint8_t table[16], uint64_t half) {
    const uint64_t each = UINT64_C(0x0101010101010101);
    uint64_t bits[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    for (size_t i = 0; i < 2; i++) {
        bits[i] ^= half * each;
        bits[i] -= (bits[i] >> 1) & (0x55 * each);
        bits[i] = (bits[i] & (0x33 * each)) + ((bits[i] >> 2) & (0x33 * each));
    }
    memcpy(table, bits, sizeof bits);
}

void query_plane_init(struct query_plane *plane, const uint8_t code[CODE_BYTES], uint16_t weight) {
    memcpy(plane->code, code, CODE_BYTES);
    plane->weight = weight;
    for (size_t j = 0; j < CODE_BYTES; j++) {
        fill_table(plane->low[j], code[j] & 15u);
        fill_table(plane->high[j], code[j] >> 4u);
    }
}

size_t kernel_scan(const struct kernel *kernel, bool in_cache, const struct query_codes *query,
                   const uint8_t *first, const uint8_t *second, size_t n, uint32_t limit,
                   struct candidate candidates[GROUP_ITEMS]) {
    static const uint8_t every[GROUP_BLOCKS] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    _Alignas(64) block_counts first_counts[GROUP_BLOCKS], second_counts[GROUP_BLOCKS];
    uint8_t few[GROUP_BLOCKS];
    kernel_count *count = in_cache ? kernel->count_in_cache : kernel->count_from_memory;
    count(first, &query->first, every, n, first_counts);
    uint32_t most = limit / query->first.weight;
    size_t selected = kernel->select(first_counts, n, most > UINT8_MAX ? UINT8_MAX : (uint8_t)most, few);
    if (selected == 0)
        return 0;
    const uint8_t *blocks = few;
    if (!in_cache && selected > n / SCATTERED) {
        blocks = every;
        selected = n;
    }
    count(second, &query->second, blocks, selected, second_counts);
    const uint16_t weights[2] = {query->first.weight, query->second.weight};
    return kernel->weigh((const block_counts *)first_counts, (const block_counts *)second_counts, blocks,
                         selected, weights, limit > UINT16_MAX ? UINT16_MAX : (uint16_t)limit, candidates);
}
