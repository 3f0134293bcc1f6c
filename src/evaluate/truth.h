// SPDX-License-Identifier: Apache-2.0
// A truth file: pictures of a gallery of products, and queries with what answers each and how well
// (docs/evaluate.md). After truth_read it is never changed: any thread may read it.
#ifndef NACRE_EVALUATE_TRUTH_H
#define NACRE_EVALUATE_TRUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "picture/picture.h"
#include "taxonomy/taxonomy.h"

// A picture, or a part of one. Each is there once, however often the file names it.
struct truth_picture {
    const char *path; // as it is to be opened
    size_t file;      // equal for parts of one picture
    bool has_box;     // else the whole picture
    struct box box;
};

// A picture of a gallery's product.
struct truth_entry {
    size_t picture, product; // numbers
};

struct truth_product {
    const char *name;
    size_t own;           // the number of its name
    const size_t *groups; // numbers of its groups' names
    size_t group_count;
};

struct truth_grade {
    size_t name; // of a product or a group
    uint8_t grade;
};

struct truth_query {
    size_t picture, domain;
    int category; // CATEGORY_NONE: not told
    const struct truth_grade *relevant;
    size_t relevant_count;
};

struct truth {
    struct truth_picture *pictures;
    size_t picture_count;
    struct truth_entry *entries;
    size_t entry_count;
    struct truth_product *products;
    size_t product_count;
    struct truth_query *queries;
    size_t query_count;
    const char **domains; // in the order of their first query
    size_t domain_count;
    size_t name_count; // of products and groups
    size_t unknown;    // names that are relevant to a query and not in the gallery
    struct truth_parts *parts;
};

// Errors: not-found, io, limit; format and not-found (a category that `t` has not), with file and line.
nacre_status truth_read(const char *path, const taxonomy *t, struct truth **result,
                        nacre_error *error) MUST_CHECK;
void truth_free(struct truth *truth);

// How well each product answers the query: its own grade where the query names it, else the highest of its
// groups, else 0. `grades` has room for all products, `scratch` for all names.
void truth_grades(const struct truth *truth, const struct truth_query *query, uint8_t *scratch,
                  uint8_t *grades);

#endif
