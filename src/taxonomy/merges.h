// SPDX-License-Identifier: Apache-2.0
// Editing a workspace's taxonomy-merges.xml; comments and order survive. One thread at a time.
#ifndef NACRE_TAXONOMY_MERGES_H
#define NACRE_TAXONOMY_MERGES_H

#include <stddef.h>

#include "base/error.h"
#include "base/workspace.h"

struct merge {
    const char *id; // the merged category's own: below the branch where it is to stand
    const char *english, *russian;
    const char *const *leaves; // ids
    size_t leaf_count;
};

// Adds a merge to the workspace's file, which is made where it is not there. What taxonomy_open would refuse
// is refused and changes nothing.
nacre_status merges_add(const workspace *w, const struct merge *merge, nacre_error *error) MUST_CHECK;

// Takes the merge with this id out again. Error: not-found.
nacre_status merges_remove(const workspace *w, const char *id, nacre_error *error) MUST_CHECK;

#endif
