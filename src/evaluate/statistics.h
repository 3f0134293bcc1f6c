// SPDX-License-Identifier: Apache-2.0
// How far a mean over queries can be trusted, and whether two models differ. Chance comes from a generator of
// our own with a fixed seed: the same values give the same answer everywhere.
#ifndef NACRE_EVALUATE_STATISTICS_H
#define NACRE_EVALUATE_STATISTICS_H

#include <stddef.h>

// NAN where there are no values.
double statistics_mean(const double *values, size_t count);

struct interval {
    double low, high; // NAN below two values
};

// The mean's 95 % interval: percentiles of the means of 2000 samples with replacement (bootstrap).
struct interval statistics_interval(const double *values, size_t count);

enum verdict { VERDICT_CANNOT_TELL, VERDICT_BETTER, VERDICT_WORSE };

struct difference {
    double mean; // of a - b, with its 95 % interval
    struct interval interval;
    // How often chance alone, a coin that turns each query's difference round, gives a mean difference of
    // this size: the paired randomization test with 10 000 rounds (Smucker, Allan and Carterette, «A
    // comparison of statistical significance tests for information retrieval evaluation», 2007).
    double p;
    enum verdict verdict; // of a; it can be told where p is below 0.05
};

// Compares two models by their values for the same queries.
struct difference statistics_compare(const double *a, const double *b, size_t count);

// "better", "worse", "cannot tell".
const char *verdict_word(enum verdict verdict);

#endif
