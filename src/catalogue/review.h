// SPDX-License-Identifier: Apache-2.0
// A shop's mapping held against its catalogue: what is unmapped, what contradicts, what could be suggested.
// Reads only. One thread at a time.
#ifndef NACRE_CATALOGUE_REVIEW_H
#define NACRE_CATALOGUE_REVIEW_H

#include "catalogue/catalogue.h"
#include "taxonomy/mapping.h"
#include "taxonomy/suggest.h"

// One of the shop's categories, or an entry of the mapping for a category that the shop no longer has.
struct review_row {
    const char *id;   // NULL where the path alone tells, or for the products without a category
    const char *path; // "" for the products without a category
    int64_t products; // directly in it, for sale
    int64_t mapped, ignored, unmapped; // of those
    int category;                      // where most of the mapped ones go, CATEGORY_NONE
    int64_t disputed;                  // products whose pictures show what does not agree with the mapping
    const char *conflict;              // what contradicts, in words; NULL where nothing does
    struct suggest_result guess;       // count 0 without products
};

struct review {
    struct review_row *rows; // most unmapped products first, then most products
    size_t count;
    int64_t products, mapped, ignored, unmapped;
};

// Texts live in `a`.
nacre_status review_shop(catalogue *c, const struct catalogue_shop *shop, const mapping *m, const taxonomy *t,
                         arena *a, struct review *review, nacre_error *error) MUST_CHECK;

#endif
