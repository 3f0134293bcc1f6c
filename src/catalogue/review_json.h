// SPDX-License-Identifier: Apache-2.0
// A review as JSON, the same on the command line and over HTTP (ReviewRow in api/openapi.yaml).
#ifndef NACRE_CATALOGUE_REVIEW_JSON_H
#define NACRE_CATALOGUE_REVIEW_JSON_H

#include <jansson.h>

#include "catalogue/review.h"

// Whether the row waits for the operator: something in it is unmapped or contradicts.
bool review_row_is_open(const struct review_row *row);

// A new reference, NULL where memory ran out.
json_t *review_row_json(const struct review_row *row, const char *shop, const taxonomy *t);

#endif
