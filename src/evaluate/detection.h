// SPDX-License-Identifier: Apache-2.0
// Measures detectors against photos with .seg files; docs/evaluate.md says what is measured, and how.
#ifndef NACRE_EVALUATE_DETECTION_H
#define NACRE_EVALUATE_DETECTION_H

#include "evaluate/figures.h"
#include "evaluate/report.h"

struct detection_quality {
    const char *truth;         // folder of photos with .seg files beside them
    const char *const *models; // files; each is compared with the one before it
    size_t model_count;
    struct point_choice points;
    void (*progress)(size_t done, size_t total); // after each photo
};

// Runs the models over all photos and reports. picture_start must have been called. Errors name the file.
nacre_status detection_quality(const struct detection_quality *how, const taxonomy *t, report **result,
                               nacre_error *error) MUST_CHECK;

#endif
