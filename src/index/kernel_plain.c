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

static void count_block(const uint8_t *plane, const uint8_t code[CODE_BYTES], uint8_t counts[BLOCK_ITEMS]) {
    for (size_t i = 0; i < BLOCK_ITEMS; i += 8) {
        uint64_t sums = 0;
        for (size_t j = 0; j < CODE_BYTES; j++) {
            uint64_t bytes;
            memcpy(&bytes, plane + j * BLOCK_ITEMS + i, sizeof bytes);
            sums += count_bits_of_each_byte(bytes ^ (code[j] * EACH_BYTE));
        }
        memcpy(counts + i, &sums, sizeof sums);
    }
}

static uint64_t scan(const struct query_codes *query, const uint8_t *first, const uint8_t *second,
                     size_t *block, size_t end, uint32_t limit, uint16_t distances[BLOCK_ITEMS]) {
    uint8_t a[BLOCK_ITEMS], b[BLOCK_ITEMS];
    for (size_t n = *block; n < end; n++) {
        count_block(first + n * BLOCK_BYTES, query->first.code, a);
        uint64_t mask = 0;
        for (unsigned i = 0; i < BLOCK_ITEMS; i++)
            mask |= (uint64_t)((uint32_t)query->first.weight * a[i] <= limit) << i;
        if (!mask)
            continue;
        count_block(second + n * BLOCK_BYTES, query->second.code, b);
        mask = 0;
        for (unsigned i = 0; i < BLOCK_ITEMS; i++) {
            distances[i] = (uint16_t)(query->first.weight * a[i] + query->second.weight * b[i]);
            mask |= (uint64_t)(distances[i] <= limit) << i;
        }
        if (mask) {
            *block = n;
            return mask;
        }
    }
    return 0;
}

static int runs_here(void) {
    return 1;
}

const struct kernel kernel_plain = {"plain", scan, runs_here};
