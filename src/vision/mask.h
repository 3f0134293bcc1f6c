// SPDX-License-Identifier: Apache-2.0
// Masks from prototypes: a thing's mask is the sum of a photo's prototype maps, each times a coefficient of
// the thing, cut at its box; a pixel belongs to it where the sum is above 0 (its sigmoid above a half). The
// sums are interpolated between the maps' cells, so edges are smooth at the photo's resolution.
// Bolya et al., YOLACT, https://arxiv.org/abs/1904.02689.
#ifndef NACRE_VISION_MASK_H
#define NACRE_VISION_MASK_H

#include "vision/rle.h"
#include "vision/suppress.h"

struct prototypes {
    const float *values; // count x height x width
    int count, height, width;
    // Where the photo lies on the maps, in cells: pixel x of the photo is at x * x_scale + x_offset.
    double x_scale, y_scale, x_offset, y_offset;
};

struct mask_part {
    struct rectangle box;      // in pixels of the photo
    const float *coefficients; // one a prototype
};

// The mask of a thing of one part or more on a photo of `width` x `height`; `runs` must be empty.
nacre_status mask_draw(const struct prototypes *prototypes, const struct mask_part *parts, size_t count,
                       int width, int height, struct runs *runs, nacre_error *error) MUST_CHECK;

#endif
