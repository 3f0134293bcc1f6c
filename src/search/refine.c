// SPDX-License-Identifier: Apache-2.0
#include "search/refine.h"

#include <nacre/nacre.h>
#include <stdlib.h>

enum { HITS = 200 };

nacre_status refine_setting(const workspace *w, size_t *hits, nacre_error *error) {
    int64_t value = HITS;
    nacre_status status =
        w ? workspace_integer(w, "search", "refine", 0, NACRE_MAX_HITS, HITS, &value, error) : NACRE_OK;
    if (!status)
        *hits = (size_t)value;
    return status;
}

static double cosine(const uint8_t *a, const uint8_t *b, unsigned distance) {
    return a && b ? fine_cosine(a, b) : fine_cosine_of_bits(distance);
}

double refine_likeness(struct weights weights, const struct fine_pair *asked, const uint8_t *hit,
                       unsigned shape_distance, unsigned colour_distance) {
    double shape = cosine(asked->shape, hit, shape_distance);
    double colour = cosine(asked->colour, hit ? hit + FINE_CODE_BYTES : NULL, colour_distance);
    return (weights.shape * shape + weights.colour * colour) / (weights.shape + weights.colour);
}

static int compare(const void *a, const void *b, void *context) {
    const double *likeness = context;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    if (likeness[i] != likeness[j])
        return likeness[i] > likeness[j] ? -1 : 1;
    return (i > j) - (i < j);
}

void refine_order(const double *likeness, size_t count, size_t *order) {
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    qsort_r(order, count, sizeof *order, compare, (void *)(uintptr_t)likeness);
}
