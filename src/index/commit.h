// SPDX-License-Identifier: Apache-2.0
#ifndef NACRE_INDEX_COMMIT_H
#define NACRE_INDEX_COMMIT_H

#include "index/edition.h"
#include "index/pending.h"

// The edition that follows `before` by the pending changes; NULL when out of memory. Offers are set in place.
// Segments and views in need of it are merged on the way. Only the writer.
struct edition *commit_build(const struct edition *before, const struct pending *pending) MUST_CHECK;

#endif
