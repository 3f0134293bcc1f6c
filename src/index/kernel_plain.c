// SPDX-License-Identifier: Apache-2.0
// The plain kernel defines the answer; every other must match it bit for bit. It asks nothing of the
// processor: eight items at once in a 64-bit word, bits counted by adding neighbours within each byte.
#include "index/kernel.h"

#include <string.h>

static const uint64_t EACH_BYTE = UINT64_C(0x0101010101010101);

static uint64_t count_bits_of_each_byte(uint64_t x) {
    x -= (x >> 1) & (0x55 * EACH_BYTE);
    x = (x & (0x33 * EACH_BYTE)) + ((x >> 2) & (0x33 * EACH_BYTE));
    return (x + (x >> 4)) & (0x0f * EACH_BYTE);
}

static void count(const uint8_t *plane, const struct query_plane *query, const uint8_t *blocks, size_t n,
                  block_counts *counts) {
    for (size_t b = 0; b < n; b++)
        for (size_t i = 0; i < BLOCK_ITEMS; i += 8) {
            uint64_t sums = 0;
            for (size_t j = 0; j < CODE_BYTES; j++) {
                uint64_t bytes;
                memcpy(&bytes, plane + blocks[b] * BLOCK_BYTES + j * BLOCK_ITEMS + i, sizeof bytes);
                sums += count_bits_of_each_byte(bytes ^ (query->code[j] * EACH_BYTE));
            }
            memcpy(&counts[b][i], &sums, sizeof sums);
        }
}

static size_t select_blocks(const block_counts *counts, size_t n, uint8_t most, uint8_t *selected) {
    size_t found = 0;
    for (size_t b = 0; b < n; b++) {
        uint8_t fewest = UINT8_MAX;
        for (size_t i = 0; i < BLOCK_ITEMS; i++)
            fewest = counts[b][i] < fewest ? counts[b][i] : fewest;
        if (fewest <= most)
            selected[found++] = (uint8_t)b;
    }
    return found;
}

static size_t weigh(const block_counts *first, const block_counts *second, const uint8_t *blocks, size_t n,
                    const uint16_t weights[2], uint16_t limit, struct candidate *candidates) {
    size_t found = 0;
    for (size_t b = 0; b < n; b++) {
        uint16_t distances[BLOCK_ITEMS];
        uint64_t mask = 0;
        for (size_t i = 0; i < BLOCK_ITEMS; i++) {
            distances[i] = (uint16_t)(weights[0] * first[blocks[b]][i] + weights[1] * second[b][i]);
            mask |= (uint64_t)(distances[i] <= limit) << i;
        }
        found += note_candidates(mask, blocks[b], distances, first[blocks[b]], second[b], candidates + found);
    }
    return found;
}

static int runs_here(void) {
    return 1;
}

const struct kernel kernel_plain = {"plain", runs_here, count, count, select_blocks, weigh};
