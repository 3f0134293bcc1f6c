// SPDX-License-Identifier: Apache-2.0
#include "evaluate/ranking.h"

#include <math.h>

static const struct {
    const char *key, *title;
} NAMES[RANKING_MEASURES] = {
    {"p_at_1", "P@1"}, {"p_at_5", "P@5"},   {"p_at_10", "P@10"}, {"r_at_1", "R@1"},
    {"r_at_5", "R@5"}, {"r_at_10", "R@10"}, {"map", "mAP"},      {"ndcg_at_10", "nDCG@10"},
};
static const size_t CUTS[] = {1, 5, 10};

const char *ranking_key(enum ranking_measure measure) {
    return NAMES[measure].key;
}

const char *ranking_title(enum ranking_measure measure) {
    return NAMES[measure].title;
}

static double gain(unsigned grade, size_t rank) {
    return (double)((1U << grade) - 1) / log2((double)(1 + rank));
}

// The sum of gains of the best order: the highest grades first.
static double ideal(const size_t counts[RANKING_MAX_GRADE + 1]) {
    double sum = 0;
    size_t rank = 1;
    for (unsigned grade = RANKING_MAX_GRADE; grade >= 1; grade--) {
        for (size_t i = 0; i < counts[grade] && rank <= RANKING_TOP; i++)
            sum += gain(grade, rank++);
    }
    return sum;
}

void ranking_measure(const uint8_t *grades, size_t count, double values[RANKING_MEASURES]) {
    size_t counts[RANKING_MAX_GRADE + 1] = {0}, right = 0, right_at[3] = {0};
    double precisions = 0, gains = 0;
    for (size_t i = 0; i < count; i++) {
        size_t rank = i + 1;
        counts[grades[i]]++;
        if (rank <= RANKING_TOP)
            gains += gain(grades[i], rank);
        if (grades[i] == 0)
            continue;
        precisions += (double)++right / (double)rank;
        for (size_t cut = 0; cut < 3; cut++)
            right_at[cut] += rank <= CUTS[cut];
    }
    for (size_t cut = 0; cut < 3; cut++) {
        values[PRECISION_1 + cut] = (double)right_at[cut] / (double)CUTS[cut];
        values[RECALL_1 + cut] = right_at[cut] > 0;
    }
    values[AVERAGE_PRECISION] = right ? precisions / (double)right : 0;
    values[NDCG_10] = right ? gains / ideal(counts) : 0;
}
