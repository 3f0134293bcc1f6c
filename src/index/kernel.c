// SPDX-License-Identifier: Apache-2.0
#include "index/kernel.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static const struct kernel *const compiled[] = {
#if defined(__x86_64__)
    &kernel_vpopcnt,
    &kernel_avx512,
    &kernel_avx2,
#elif defined(__aarch64__)
    &kernel_neon,
#endif
    &kernel_plain,
};
enum { COMPILED = sizeof compiled / sizeof *compiled };

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

void query_plane_init(struct query_plane *plane, const uint8_t code[CODE_BYTES], uint16_t weight) {
    memcpy(plane->code, code, CODE_BYTES);
    plane->weight = weight;
    for (unsigned j = 0; j < CODE_BYTES; j++)
        for (unsigned x = 0; x < 16; x++) {
            plane->low[j][x] = (uint8_t)__builtin_popcount(x ^ (code[j] & 15u));
            plane->high[j][x] = (uint8_t)__builtin_popcount(x ^ (code[j] >> 4u));
        }
}
