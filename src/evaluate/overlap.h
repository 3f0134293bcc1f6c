// SPDX-License-Identifier: Apache-2.0
// How much a detection and an object cover each other, by the rules of COCO's tool (pycocotools, maskApi.c),
// so that figures can be compared with published ones.
#ifndef NACRE_EVALUATE_OVERLAP_H
#define NACRE_EVALUATE_OVERLAP_H

#include "label/seg.h"
#include "vision/rle.h"

// Boxes are x, y, width, height. Of a crowd: the share of the detection that lies in the object.
double overlap_boxes(const double detection[4], const double object[4], bool crowd);
double overlap_masks(const struct runs *detection, const struct runs *object, bool crowd);

// The pixels of an object on a photo of `width` x `height`: its mask, all its polygons together, or its box
// where it has neither. `runs` must be empty. Error format: the mask is broken.
nacre_status overlap_outline(const struct seg_object *o, int width, int height, struct runs *runs,
                             nacre_error *error) MUST_CHECK;

#endif
