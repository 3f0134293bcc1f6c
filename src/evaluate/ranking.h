// SPDX-License-Identifier: Apache-2.0
// How good one ranked list is, by the usual formulas. Grades: 0 wrong, 1 to 3 right, the more the better.
#ifndef NACRE_EVALUATE_RANKING_H
#define NACRE_EVALUATE_RANKING_H

#include <stddef.h>
#include <stdint.h>

enum { RANKING_MAX_GRADE = 3, RANKING_TOP = 10 };

enum ranking_measure {
    // P@k: the share of right ones among the first k; a list that ends before has wrong ones there.
    PRECISION_1,
    PRECISION_5,
    PRECISION_10,
    // R@k: 1 where one of the right ones is among the first k, else 0.
    RECALL_1,
    RECALL_5,
    RECALL_10,
    // Average precision: the mean, over all right ones, of the precision at the rank of each. Its mean over
    // queries is mAP.
    AVERAGE_PRECISION,
    // nDCG@10: the sum of (2^grade - 1) / log2(1 + rank) over the first ten, divided by that of the best
    // possible order (Burges et al., «Learning to rank using gradient descent», 2005).
    NDCG_10,
    RANKING_MEASURES,
};

// A measure's key in JSON and its name for people.
const char *ranking_key(enum ranking_measure measure);
const char *ranking_title(enum ranking_measure measure);

// Measures the list of `count` grades, best result first. It must hold every right one there is.
void ranking_measure(const uint8_t *grades, size_t count, double values[RANKING_MEASURES]);

#endif
