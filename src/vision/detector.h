// SPDX-License-Identifier: Apache-2.0
// The detector: a photo in, things with box, class and mask out. May be used by several threads at once.
// faces.onnx is read by it too: its one class is no category.
#ifndef NACRE_VISION_DETECTOR_H
#define NACRE_VISION_DETECTOR_H

#include "taxonomy/taxonomy.h"
#include "vision/categories.h"
#include "vision/vision.h"

typedef struct detector detector;

struct detection {
    struct box box; // in pixels of the upright photo, inside it
    float score;
    int class;               // its likeliest
    const float *scores;     // of each class it may be; of `class` it is `score`
    struct within within;    // the nodes of its class, the detector's own; none for faces
    const struct mask *mask; // NULL where the network has none
};

// Opens a file of the kind "detector", whose classes name nodes of `t`, which must outlive it; `t` NULL: one
// of the kind "faces", whose classes name none.
nacre_status detector_open(const char *path, const taxonomy *t, int threads, detector **result,
                           nacre_error *error) MUST_CHECK;
void detector_close(detector *d);
const char *detector_identity(const detector *d);
bool detector_has_masks(const detector *d);

// What the number of a class means; strings and nodes are the detector's own.
struct detector_class {
    const char *id;
    struct within nodes;
    float threshold; // its working point
};
size_t detector_class_count(const detector *d);
struct detector_class detector_class(const detector *d, int class);

// Finds what is on the photo, in the order of size and score. `min_score` below 0: the classes' working
// points. Everything lives in the arena.
nacre_status detector_run(const detector *d, const struct picture *photo, float min_score, bool with_masks,
                          arena *a, struct detection **detections, size_t *count,
                          nacre_error *error) MUST_CHECK;

#endif
