// SPDX-License-Identifier: Apache-2.0
// What is told of one model: working points, and the figures of each domain. Domains are never added
// together.
#ifndef NACRE_EVALUATE_FIGURES_H
#define NACRE_EVALUATE_FIGURES_H

#include "base/arena.h"
#include "evaluate/judge.h"

enum working_point {
    POINT_BEST_F1, // of each class: the mean of the domains' F1 is the highest
    POINT_FPR,     // the most is found with at most this share of false alarms, in every domain
    POINT_STORED,  // those in the model
};

struct point_choice {
    enum working_point rule;
    double fpr; // for POINT_FPR
};

// The working point of a class; `stored` where the photos cannot tell. INFINITY: no score keeps the false
// alarms down. `curves` are those of the class in each domain, by boxes that cover by half.
double choose_point(const struct curve curves[SEG_DOMAINS], const struct point_choice *choice, double stored,
                    nacre_error *error, nacre_status *status);

enum { CALIBRATION_BINS = 10 };

struct calibration {
    size_t count[CALIBRATION_BINS], right[CALIBRATION_BINS]; // detections by score
    double score_sum[CALIBRATION_BINS];
};

// The mean distance of score and share of right ones, over the detections with a score of a tenth or more;
// NAN where there is none.
double calibration_error(const struct calibration *c);

struct class_figures {
    size_t photos; // on which it is marked completely
    size_t objects;
    size_t right, wrong;               // detections at the working point
    double ap[OVERLAPS][MATCH_LEVELS]; // NAN where there is no object
    size_t causes[CAUSES];
};

struct domain_figures {
    size_t photos;
    size_t empty, empty_with_alarm; // photos with nothing to wear; those where something was found
    // Sums and means over the classes. Objects that are marked too coarsely for a class and were not found
    // count here alone.
    struct class_figures all;
    struct class_figures *classes;
    size_t
        *taken_for; // [truth * (class_count + 1) + detection]; the last row: other, the last column: missed
    struct calibration calibration;
    double median_ms, slow_ms; // of a photo; slow: of the slowest twentieth
};

struct figures {
    double *thresholds; // the working points
    struct domain_figures domains[SEG_DOMAINS];
};

// `stored`: the working points in the model. Lives in the arena.
nacre_status figures_make(const struct scene *scenes, size_t count, size_t class_count, const double *stored,
                          const struct point_choice *choice, arena *a, struct figures *result,
                          nacre_error *error) MUST_CHECK;

// Shares of these counts; NAN where there is nothing to count.
double figures_recall(const struct class_figures *f);
double figures_precision(const struct class_figures *f);
double figures_f1(const struct class_figures *f);
double figures_mean_ap(const struct class_figures *f, enum overlap overlap); // over the levels

// The interval that holds the true share with 95 % (Wilson 1927).
void share_interval(size_t of, size_t all, double *low, double *high);

#endif
