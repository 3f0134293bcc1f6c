// SPDX-License-Identifier: Apache-2.0
// The indexer: takes the catalogue's pictures that are new or changed, decodes them, finds the item that
// agrees with the offer's mapped category, encodes it and writes its codes back. Stopped at any moment it
// goes on where it was.
#ifndef NACRE_VISION_INDEXER_H
#define NACRE_VISION_INDEXER_H

#include <stdatomic.h>

#include "base/workspace.h"
#include "catalogue/catalogue.h"
#include "picture/store.h"
#include "vision/vision.h"

struct indexer_counts {
    int64_t products; // encoded
    int64_t pictures;
    int64_t ignored;  // products whose shop category the mapping ignores
    int64_t unmapped; // products indexed by what the encoder saw
    int64_t failed;   // pictures that could not be read; each was logged
};

struct indexer_options {
    int64_t shop_id;         // 0: all shops
    const atomic_bool *stop; // may become true at any time; NULL: never
    void (*progress)(void *context, const struct indexer_counts *counts, int64_t due);
    void *progress_context;
};

// Indexes what is due. `counts` is filled always; error cancelled: stopped, the next run goes on there.
nacre_status indexer_run(const workspace *w, catalogue *c, picture_store *pictures, const taxonomy *t,
                         vision *v, const struct indexer_options *options, struct indexer_counts *counts,
                         nacre_error *error) MUST_CHECK;

#endif
