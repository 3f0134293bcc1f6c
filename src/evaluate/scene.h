// SPDX-License-Identifier: Apache-2.0
// One photo as the measures of detection see it: what is marked, what was found, how much the one covers the
// other. Classes are numbers of one model.
#ifndef NACRE_EVALUATE_SCENE_H
#define NACRE_EVALUATE_SCENE_H

#include <stdbool.h>
#include <stddef.h>

#include "evaluate/words.h"
#include "label/seg.h"
#include "vision/detector.h"

enum {
    CLASS_OTHER = -1, // a thing that the model has no class for
    // A thing that is marked more coarsely than the model's classes, and none of those it may be of was found
    // there.
    CLASS_OPEN = -2,
};

struct scene_object {
    int class;
    const bool *may; // by class, where it is marked too coarsely: whether it may be of it; else NULL
    bool ignored;    // a crowd, or doubtful: whatever lies in it is neither right nor wrong
    bool outlined;   // by polygons or a mask, and not only by its box
    const char *category;
    struct box box;          // for drawing
    const struct mask *mask; // the same; NULL where it has no outline
};

struct scene_detection {
    int class;
    double score;
    const float *scores; // of each class it may be; NULL: of `class` alone
    struct box box;
    const struct mask *mask; // NULL where the model gives none
};

enum overlap { OVERLAP_BOX, OVERLAP_MASK, OVERLAPS };

struct scene {
    const char *photo; // its path
    enum seg_domain domain;
    struct scene_object *objects;
    size_t object_count;
    struct scene_detection *detections; // best first
    size_t detection_count;
    // By class: all of it is marked. Of any other class a detection without an object is neither right nor
    // wrong.
    bool *complete;
    // Intersection over union of detection d and object o at [d * object_count + o]; of what is ignored, the
    // share of the detection that lies in it. Masks: NULL where the model gives none.
    double *iou[OVERLAPS];
    double decode_ms, detect_ms;
};

// What is asked of a model: its classes, of a taxonomy.
struct scene_model {
    const taxonomy *taxonomy;
    const struct detector_class *classes;
    size_t class_count;
    bool has_masks;
    struct words words; // of the truth
};

// Which classes a thing of this category may be told to be: the one with the deepest node at or above it, and
// those with a node below it, as it is marked more coarsely than the model tells; wearers aside where that
// finds none. A name that is no category is that of a class; the words of the truth come first. `may` has an
// entry a class; gives the number of classes.
size_t scene_classes(const struct scene_model *m, const char *category, bool *may);

// Sees what is marked on a photo and what was found there through the eyes of the model. Everything but the
// photo's name is copied into the arena.
nacre_status scene_make(const struct scene_model *m, const struct seg *marked, const struct detection *found,
                        size_t count, arena *a, struct scene *result, nacre_error *error) MUST_CHECK;

#endif
