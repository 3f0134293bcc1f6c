// SPDX-License-Identifier: Apache-2.0
// Every kernel of this build against counting bits one by one: random and adversarial codes, all weights.
// Needs nothing but the kernels, so that it can be compiled for another processor and run under an emulator.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "index/kernel.h"
#include "test_codes.h"

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

struct planes {
    uint8_t *first, *second; // of `blocks` blocks, as kernels want them
    uint8_t (*codes)[2][CODE_BYTES];
    size_t blocks;
};

static void planes_init(struct planes *p, size_t blocks, enum code_kind kind) {
    p->blocks = blocks;
    p->first = aligned_alloc(64, blocks * BLOCK_BYTES);
    p->second = aligned_alloc(64, blocks * BLOCK_BYTES);
    p->codes = malloc(blocks * BLOCK_ITEMS * sizeof *p->codes);
    if (!p->first || !p->second || !p->codes)
        fail("out of memory");
    for (size_t i = 0; i < blocks * BLOCK_ITEMS; i++) {
        random_code(p->codes[i][0], kind);
        random_code(p->codes[i][1], kind);
        size_t at = i / BLOCK_ITEMS * BLOCK_BYTES + i % BLOCK_ITEMS;
        for (size_t j = 0; j < CODE_BYTES; j++) {
            p->first[at + j * BLOCK_ITEMS] = p->codes[i][0][j];
            p->second[at + j * BLOCK_ITEMS] = p->codes[i][1][j];
        }
    }
}

static void planes_fini(struct planes *p) {
    free(p->first);
    free(p->second);
    free(p->codes);
}

// A kernel reports every item within the limit, with its distance, and no other.
static void check_kernel(const struct kernel *kernel, bool in_cache, const struct planes *p,
                         const uint8_t query[2][CODE_BYTES], uint16_t first_weight, uint16_t second_weight,
                         uint32_t limit) {
    struct query_codes codes;
    query_plane_init(&codes.first, query[0], first_weight);
    query_plane_init(&codes.second, query[1], second_weight);
    struct candidate candidates[GROUP_ITEMS];
    size_t count = kernel_scan(kernel, in_cache, &codes, p->first, p->second, p->blocks, limit, candidates),
           at = 0;
    for (size_t i = 0; i < p->blocks * BLOCK_ITEMS; i++) {
        uint32_t first = naive_hamming(p->codes[i][0], query[0]),
                 second = naive_hamming(p->codes[i][1], query[1]),
                 distance = first_weight * first + second_weight * second;
        if (distance > limit)
            continue;
        const struct candidate *c = &candidates[at];
        if (at == count || c->item != i || c->distance != distance || c->first != first ||
            c->second != second)
            fail("%s, %zu blocks, weights %u:%u, limit %u: item %zu of distance %u is missing or wrong",
                 kernel->name, p->blocks, first_weight, second_weight, limit, i, distance);
        at++;
    }
    if (at != count)
        fail("%s, %zu blocks: %zu items too many", kernel->name, p->blocks, count - at);
}

int main(void) {
    for (const struct kernel *const *k = kernels_here(); *k; k++)
        printf("%s\n", (*k)->name);
    for (enum code_kind kind = 0; kind < CODE_KINDS; kind++) {
        struct planes p;
        planes_init(&p, GROUP_BLOCKS, kind);
        for (unsigned round = 0; round < 256; round++) {
            uint8_t query[2][CODE_BYTES];
            random_code(query[0], round % CODE_KINDS);
            random_code(query[1], round / CODE_KINDS % CODE_KINDS);
            uint16_t first = (uint16_t)(round ? round : 255), second = (uint16_t)random_below(first + 1u);
            second = round % 8 == 1 ? 0 : round % 8 == 2 ? first : second;
            p.blocks = 1 + round % GROUP_BLOCKS;
            const uint32_t limits[] = {0,     first - 1u, random_below(128u * (first + second) + 1),
                                       65280, UINT32_MAX, random_below(70u * (first + second) + 1)};
            for (const struct kernel *const *k = kernels_here(); *k; k++)
                for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
                    const uint8_t(*codes)[CODE_BYTES] = (const uint8_t(*)[CODE_BYTES])query;
                    check_kernel(*k, false, &p, codes, first, second, limits[i]);
                    check_kernel(*k, true, &p, codes, first, second, limits[i]);
                }
        }
        planes_fini(&p);
    }
    return 0;
}
