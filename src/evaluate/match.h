// SPDX-License-Identifier: Apache-2.0
// Which detection has found which object, and what precision and recall come of it, by the rules of COCO's
// tool (pycocotools, cocoeval.py): figures are equal to its.
#ifndef NACRE_EVALUATE_MATCH_H
#define NACRE_EVALUATE_MATCH_H

#include "base/error.h"
#include "evaluate/scene.h"

enum { MATCH_LEVELS = 10, MATCH_NONE = -1 };

// The least overlaps at which AP is taken: 0.50, 0.55 … 0.95.
double match_level(int i);

// Gives each detection whose likeliest class it is the object that it has found, at the least overlap `iou`:
// from the surest on, each takes the object that it covers best of those that are not taken. `object` has one
// entry a detection of the scene, MATCH_NONE where it found none; those of other classes are left alone.
nacre_status match_class(const struct scene *s, int class, enum overlap overlap, double iou, int *object,
                         nacre_error *error) MUST_CHECK;

// Finding an ignored object is neither right nor wrong, and any number of detections may: where masks are
// measured, those without an outline are ignored too, as their boxes hide things of unknown outlines.
bool match_is_ignored(const struct scene_object *o, enum overlap overlap);

enum outcome { OUTCOME_WRONG, OUTCOME_RIGHT, OUTCOME_NEITHER };
enum outcome match_outcome(const struct scene *s, enum overlap overlap, int class, int object);

// The detections of one class on many photos, without those that are neither right nor wrong.
struct curve_point {
    double score;
    bool right;
    size_t place; // in the order of photos: the earlier one of equal scores counts as the surer
};

struct curve {
    struct curve_point *list; // surest first, on the heap
    size_t count;
    size_t objects; // that were to be found
};

// The names by which a detection counts: by its likeliest alone, as whoever sees it counts; or by every class
// that it may be, each with its own score, as average precision is taken of published detectors.
enum names { NAMES_FIRST, NAMES_ALL };

// Of the photos of one domain.
nacre_status curve_make(const struct scene *scenes, size_t count, enum seg_domain domain, int class,
                        enum names names, enum overlap overlap, double iou, struct curve *result,
                        nacre_error *error) MUST_CHECK;
void curve_fini(struct curve *r);

// The mean of the precision at 101 recalls, where the precision at a recall is the best at it or above. NAN
// where there is no object.
double curve_average_precision(const struct curve *r);

#endif
