// SPDX-License-Identifier: Apache-2.0
// The second stage of a search. A code has one bit for each value of the encoder; how far above or below 0
// the value was tells products of one kind and colour apart. So the best hits by codes are put in order again
// by
//
//     likeness = (s * cos(shape) + c * cos(colour)) / (s + c)        s:c: weights
//
// where cos is the cosine between the fine values (vision/fine.h) of what is looked for and of the hit. They
// stay on disk: it is a few hundred of them that a search reads. Any thread.
#ifndef NACRE_SEARCH_REFINE_H
#define NACRE_SEARCH_REFINE_H

#include "base/workspace.h"
#include "taxonomy/taxonomy.h"
#include "vision/fine.h"

// How many hits are put in order again: [search] refine, or what a workspace has that does not say. `w` NULL:
// there is no workspace.
nacre_status refine_setting(const workspace *w, size_t *hits, nacre_error *error) MUST_CHECK;

// Fine values of shape and colour; either is NULL where they are not known.
struct fine_pair {
    const uint8_t *shape, *colour;
};

// How like what is asked for a hit is, -1 to 1. `hit`: its fine values, shape's then colour's, or NULL. Where
// a side has none, the cosine is the one that goes with the distance of the codes: so items that were indexed
// before there were fine values find their place among the others.
double refine_likeness(struct weights weights, const struct fine_pair *asked, const uint8_t *hit,
                       unsigned shape_distance, unsigned colour_distance);

// The numbers of the hits in their new order: the likest first, of equals the one that was before the other.
void refine_order(const double *likeness, size_t count, size_t *order);

#endif
