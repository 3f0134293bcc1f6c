// SPDX-License-Identifier: Apache-2.0
// What detection.c measures and detection_report.c tells.
#ifndef NACRE_EVALUATE_DETECTION_PARTS_H
#define NACRE_EVALUATE_DETECTION_PARTS_H

#include "evaluate/detection.h"

struct measured {
    const char *path;
    detector *detector;
    struct scene_model model;
    struct detector_class *classes; // model.classes
    double *stored;                 // their working points in the file
    struct scene *scenes;           // one a photo
    struct figures figures;
};

struct measurement {
    const struct detection_quality *how;
    size_t photo_count;
    struct words words; // of the truth
    struct measured *models;
    arena arena;
};

nacre_status detection_report(const struct measurement *m, report **result, nacre_error *error) MUST_CHECK;

// Shows the photos with the most mistakes of the last model.
nacre_status detection_show_worst(const struct measurement *m, report *r, nacre_error *error) MUST_CHECK;

#endif
