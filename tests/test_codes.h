// SPDX-License-Identifier: Apache-2.0
// Random and adversarial codes, and the obvious Hamming distance.
#ifndef NACRE_TESTS_TEST_CODES_H
#define NACRE_TESTS_TEST_CODES_H

#include <stdint.h>
#include <string.h>

#include "index/kernel.h"

// ---- Random numbers: splitmix64 (Steele, Lea, Flood 2014), so that a failure repeats

static uint64_t random_state = 1;

static inline uint64_t random_bits(void) {
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline uint32_t random_below(uint32_t bound) {
    return (uint32_t)(random_bits() % bound);
}

enum code_kind { CODES_RANDOM, CODES_NEAR, CODES_ZERO, CODES_ONE, CODE_KINDS };

// Near: a few different codes and their neighbours, so that ties are many.
static inline void random_code(uint8_t code[CODE_BYTES], enum code_kind kind) {
    memset(code, kind == CODES_ONE ? 255 : 0, CODE_BYTES);
    if (kind == CODES_NEAR) {
        code[random_below(2) * 15] = (uint8_t)random_below(4);
        code[7] = (uint8_t)(1u << random_below(8));
    }
    if (kind == CODES_RANDOM)
        for (size_t j = 0; j < CODE_BYTES; j++)
            code[j] = (uint8_t)random_bits();
}

static inline uint32_t naive_hamming(const uint8_t *a, const uint8_t *b) {
    uint32_t bits = 0;
    for (size_t i = 0; i < 8 * CODE_BYTES; i++)
        bits += (a[i / 8] >> i % 8 & 1) != (b[i / 8] >> i % 8 & 1);
    return bits;
}

#endif
