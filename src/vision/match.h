// SPDX-License-Identifier: Apache-2.0
// What a similarity means to a person: the table `nacre.match` of an encoder (docs/models.md). Any thread.
#ifndef NACRE_VISION_MATCH_H
#define NACRE_VISION_MATCH_H

#include "taxonomy/taxonomy.h"
#include "vision/network.h"

typedef struct match_table match_table;

// Reads it from the network's metadata; NULL where there is none. `t` must outlive it.
nacre_status match_table_read(const network *n, const taxonomy *t, match_table **result,
                              nacre_error *error) MUST_CHECK;
void match_table_free(match_table *table);

// "same", "very similar", "similar" or "related"; NULL where the table, which may be NULL, says nothing of
// this category (CATEGORY_NONE: not known). The distances are Hamming distances of the two codes.
const char *match_word(const match_table *table, int category, unsigned shape_distance,
                       unsigned colour_distance);

#endif
