// SPDX-License-Identifier: Apache-2.0
// What the files of this room share. Other rooms use <nacre/nacre.h>.
#ifndef NACRE_INDEX_INDEX_H
#define NACRE_INDEX_INDEX_H

#include <pthread.h>

#include "base/pool.h"
#include "index/edition.h"
#include "index/pending.h"
#include "index/sellers.h"

struct nacre_index {
    char model[NACRE_MODEL_BYTES];
    struct shelf shelf;
    struct sellers sellers;
    pool *pool;     // what helps the caller of a search; NULL: nobody
    size_t threads; // that share a large search, the caller's included
    uint64_t coarse_items;

    pthread_mutex_t writer; // guards all below, and everything that only the writer may do
    pthread_cond_t wakes;   // the committer: a change came, or the index ends
    pthread_t committer;
    bool has_committer, ends;
    struct pending pending;
};

// An index without threads, for nacre_index_new and nacre_index_open.
nacre_status index_new(const nacre_index_options *options, nacre_index **result,
                       nacre_error *error) MUST_CHECK;

// Starts the pool and the committer.
nacre_status index_start(nacre_index *index, const nacre_index_options *options,
                         nacre_error *error) MUST_CHECK;

#endif
