// SPDX-License-Identifier: Apache-2.0
// The encoder: crops in, categories and codes out. May be used by several threads at once.
#ifndef NACRE_VISION_ENCODER_H
#define NACRE_VISION_ENCODER_H

#include "vision/categories.h"
#include "vision/match.h"

typedef struct encoder encoder;

struct encoder_crop {
    const struct picture *picture;
    const struct box *box; // NULL: all of it
    struct within within;
};

// `t` must outlive it.
nacre_status encoder_open(const char *path, const taxonomy *t, int threads, encoder **result,
                          nacre_error *error) MUST_CHECK;
void encoder_close(encoder *e);
const char *encoder_identity(const encoder *e);
// NULL where the file has none.
const match_table *encoder_match_table(const encoder *e);

// `encodings` has room for `count`.
nacre_status encoder_run(const encoder *e, const struct encoder_crop *crops, size_t count,
                         struct encoding *encodings, nacre_error *error) MUST_CHECK;

#endif
