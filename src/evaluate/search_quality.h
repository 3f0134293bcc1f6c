// SPDX-License-Identifier: Apache-2.0
// How well search by codes agrees with a truth file: one or more encoders, any number of weights, a report;
// and the weights that would serve each category better.
#ifndef NACRE_EVALUATE_SEARCH_QUALITY_H
#define NACRE_EVALUATE_SEARCH_QUALITY_H

#include "evaluate/codes.h"
#include "evaluate/report.h"
#include "vision/faces.h"

// One way of weighing, for all queries.
struct weighing {
    bool own; // each query's category has its own weights: that of the truth file, else what the encoder sees
    struct weights weights;
};

struct search_quality_options {
    const char *truth;
    const char *const
        *models;        // encoders' files: the last is judged, those before are what it is compared with
    size_t model_count; // 1 at least
    const struct weighing *weighings;
    size_t weighing_count; // 1 at least
    size_t refine; // how many of the nearest the second stage puts in order again (search/refine.h); 0: none
    bool propose_weights;
    bool with_pictures;          // show queries and what they find
    const faces *faces;          // blurs the queries' faces; NULL: they are shown as they are
    evaluate_progress *progress; // may be NULL
    void *progress_context;
};

// Fills a report. Errors name the file that is at fault.
nacre_status search_quality(const struct search_quality_options *options, const taxonomy *t, report **result,
                            nacre_error *error) MUST_CHECK;

#endif
