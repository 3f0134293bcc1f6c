// SPDX-License-Identifier: Apache-2.0
#include "evaluate/statistics.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { BOOTSTRAP_ROUNDS = 2000, TEST_ROUNDS = 10000 };
static const uint64_t SEED = 20261126;
static const double SIGNIFICANT = 0.05;

// SplitMix64 (Steele, Lea and Flood, 2014).
static uint64_t next(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

// A number below `count`, which fits in 32 bits.
static size_t choose(uint64_t *state, size_t count) {
    return (size_t)((next(state) >> 32) * count >> 32);
}

double statistics_mean(const double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return count ? sum / (double)count : NAN;
}

static int compare_numbers(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The interval of the mean of values[i] - other[i]; `other` may be NULL.
static struct interval bootstrap(const double *values, const double *other, size_t count) {
    if (count < 2)
        return (struct interval){NAN, NAN};
    double means[BOOTSTRAP_ROUNDS];
    uint64_t state = SEED;
    for (size_t round = 0; round < BOOTSTRAP_ROUNDS; round++) {
        double sum = 0;
        for (size_t i = 0; i < count; i++) {
            size_t chosen = choose(&state, count);
            sum += values[chosen] - (other ? other[chosen] : 0);
        }
        means[round] = sum / (double)count;
    }
    qsort(means, BOOTSTRAP_ROUNDS, sizeof *means, compare_numbers);
    return (struct interval){means[BOOTSTRAP_ROUNDS / 40],
                             means[BOOTSTRAP_ROUNDS - 1 - BOOTSTRAP_ROUNDS / 40]};
}

struct interval statistics_interval(const double *values, size_t count) {
    return bootstrap(values, NULL, count);
}

static double randomization_test(const double *a, const double *b, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += a[i] - b[i];
    // Sums of the same numbers in another order may differ in their last digits.
    double seen = fabs(sum) - 1e-9;
    uint64_t state = SEED;
    size_t as_far = 1;
    for (size_t round = 0; round < TEST_ROUNDS; round++) {
        double turned = 0;
        uint64_t coins = 0;
        for (size_t i = 0; i < count; i++, coins >>= 1) {
            if (i % 64 == 0)
                coins = next(&state);
            turned += coins & 1 ? a[i] - b[i] : b[i] - a[i];
        }
        as_far += fabs(turned) >= seen;
    }
    return (double)as_far / (TEST_ROUNDS + 1);
}

struct difference statistics_compare(const double *a, const double *b, size_t count) {
    struct difference d = {
        .mean = statistics_mean(a, count) - statistics_mean(b, count),
        .interval = bootstrap(a, b, count),
        .p = randomization_test(a, b, count),
    };
    if (d.p < SIGNIFICANT)
        d.verdict = d.mean > 0 ? VERDICT_BETTER : VERDICT_WORSE;
    return d;
}

const char *verdict_word(enum verdict verdict) {
    static const char *const words[] = {"cannot tell", "better", "worse"};
    return words[verdict];
}
