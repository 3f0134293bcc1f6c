// SPDX-License-Identifier: Apache-2.0
// From the encoder's class probabilities to categories of the taxonomy.
#ifndef NACRE_VISION_CATEGORIES_H
#define NACRE_VISION_CATEGORIES_H

#include "base/error.h"
#include "taxonomy/taxonomy.h"
#include "vision/network.h"
#include "vision/vision.h"

struct classes {
    const taxonomy *taxonomy;
    int *categories; // of each class; merged leaves share one
    size_t count;
    float sure; // the probability from which on a node is sure
};

// Nodes that the answer lies in; none: anything.
struct within {
    const int *nodes;
    size_t count;
    // What a probability outside of them still counts. 0: nothing, the nodes are an order, such as a
    // mapping's. More: they are a guess, such as a detector's, which must not hide what is plainly seen.
    float outside;
};

// The categories that a model's list of ids names, on the heap (memory_free). Ids that the taxonomy does not
// know, and what is no text, are an error that names them.
nacre_status categories_find(const network *n, const taxonomy *t, const json_t *ids, int **categories,
                             nacre_error *error) MUST_CHECK;

// Which of `count` names are names of one kind of thing: those whose nodes lie in each other's, as a boot is
// a shoe, and those that are so through a third, as boot and sandal. `family[i]` becomes the number of the
// first of them.
void categories_families(const taxonomy *t, const struct within *names, size_t count, int *family);

// Fills the categories of `e` from `probabilities`, one a class, which need not sum to 1.
nacre_status categories_name(const struct classes *classes, const float *probabilities, struct within within,
                             struct encoding *e, nacre_error *error) MUST_CHECK;

#endif
