// SPDX-License-Identifier: Apache-2.0
// mapping/SHOP.xml: the operator's table from a shop's own categories to ours. Meant for hand editing:
// comments and order survive a rewrite by the program. One mapping belongs to one thread while it is changed;
// resolving is read only.
#ifndef NACRE_TAXONOMY_MAPPING_H
#define NACRE_TAXONOMY_MAPPING_H

#include "base/error.h"
#include "taxonomy/taxonomy.h"

typedef struct mapping mapping;

// Loads a mapping; an absent file is an empty mapping. Ids of ours are checked against `t`, which must
// outlive it.
nacre_status mapping_load(const char *path, const taxonomy *t, mapping **result,
                          nacre_error *error) MUST_CHECK;

void mapping_free(mapping *m);

struct mapping_param {
    const char *name;
    const char *value;
};

// What the mapping looks at. `category_path` lists the shop's category names from the top, joined by " > ".
struct mapping_offer {
    const char *const *category_ids; // the offer's category, then its parents, nearest first
    size_t category_count;
    const char *category_path;
    const char *name;
    const struct mapping_param *params;
    size_t param_count;
};

enum mapping_answer { MAPPING_UNMAPPED, MAPPING_IGNORED, MAPPING_MAPPED };

// Where the offer belongs; `*category` is set for MAPPING_MAPPED only.
enum mapping_answer mapping_resolve(const mapping *m, const struct mapping_offer *offer, int *category);

#endif
