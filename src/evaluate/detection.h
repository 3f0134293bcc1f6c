// SPDX-License-Identifier: Apache-2.0
// Measures detectors against photos with .seg files; docs/evaluate.md says what is measured, and how.
#ifndef NACRE_EVALUATE_DETECTION_H
#define NACRE_EVALUATE_DETECTION_H

#include "evaluate/figures.h"
#include "evaluate/report.h"
#include "vision/faces.h"

struct detection_quality {
    const char *truth;         // folder of photos with .seg files beside them
    const char *const *models; // files; each is compared with the one before it
    size_t model_count;
    const char *words; // file that says what the truth's words mean (words.h); NULL
    struct point_choice points;
    bool with_photos;                            // the worst ones are shown
    const faces *faces;                          // blurs them; NULL: they are shown as they are
    void (*progress)(size_t done, size_t total); // after each photo
};

// Runs the models over all photos and reports. picture_start must have been called. Errors name the file.
nacre_status detection_quality(const struct detection_quality *how, const taxonomy *t, report **result,
                               nacre_error *error) MUST_CHECK;

#endif
