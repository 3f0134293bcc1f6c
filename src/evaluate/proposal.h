// SPDX-License-Identifier: Apache-2.0
// Which shape:colour weights would serve the queries of a truth file better than those of the taxonomy.
#ifndef NACRE_EVALUATE_PROPOSAL_H
#define NACRE_EVALUATE_PROPOSAL_H

#include "evaluate/codes.h"
#include "evaluate/report.h"

// Tries 1:9 to 9:1 for every category, wearers together, that has enough queries in its subtree. All that was
// found goes into the section "Weights"; what is better beyond chance also into `summary`, as attributes that
// can be written into the taxonomy.
nacre_status propose_weights(const struct truth *truth, const struct codes *codes, size_t refine,
                             const taxonomy *t, const char *summary, report *r,
                             nacre_error *error) MUST_CHECK;

// Tells in the report how that was done.
void proposal_define(report *r);

#endif
