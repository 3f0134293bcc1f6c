// SPDX-License-Identifier: Apache-2.0
// A product put before its shop's mapping. Any thread.
#ifndef NACRE_CATALOGUE_MAPPED_H
#define NACRE_CATALOGUE_MAPPED_H

#include "catalogue/catalogue.h"
#include "taxonomy/mapping.h"

// As mapping_resolve, from what the catalogue knows of the product.
enum mapping_answer catalogue_map_product(const mapping *m, const struct catalogue_product *product,
                                          int *category, bool *by_rule);

#endif
