// SPDX-License-Identifier: Apache-2.0
// What one encoder says of the pictures of a truth file, and the gallery ranked by it. Any thread.
#ifndef NACRE_EVALUATE_CODES_H
#define NACRE_EVALUATE_CODES_H

#include "evaluate/truth.h"
#include "vision/encoder.h"

// The codes of a picture.
struct codes {
    uint64_t shape[2], colour[2];
    uint8_t fine[2 * FINE_CODE_BYTES];
    int seen; // category
};

typedef void evaluate_progress(void *context, const char *model, size_t done, size_t total);

// Encodes all pictures of the truth, whole or in their boxes, as they are: no detector. `codes` has room for
// them. `progress` may be NULL. Errors name the picture.
nacre_status codes_make(const struct truth *truth, const encoder *e, evaluate_progress *progress,
                        void *context, struct codes *codes, nacre_error *error) MUST_CHECK;

struct ranked {
    uint32_t product;
    uint32_t picture;  // the one of its pictures that is nearest
    uint32_t distance; // shape * H(shape) + colour * H(colour)
};

// Room for a ranking; one at a time. `refine`: so many of the nearest are put in order again
// (search/refine.h).
typedef struct ranker ranker;
nacre_status ranker_new(const struct truth *truth, size_t refine, ranker **result,
                        nacre_error *error) MUST_CHECK;
void ranker_free(ranker *r);

// All products of the gallery in the order of a search: nearest first, the first of them refined; of equals,
// the one that the file names first. The query's own picture is not looked at. The list is valid until the
// next call.
const struct ranked *ranker_run(ranker *r, const struct codes *codes, const struct truth_query *query,
                                struct weights weights, size_t *count);

// The grades of that list, in its order.
const uint8_t *ranker_grades(ranker *r, const struct truth_query *query, const struct ranked *ranking,
                             size_t count);

#endif
