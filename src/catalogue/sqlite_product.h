// SPDX-License-Identifier: Apache-2.0
#ifndef NACRE_CATALOGUE_SQLITE_PRODUCT_H
#define NACRE_CATALOGUE_SQLITE_PRODUCT_H

#include "catalogue/sqlite.h"

// The first column of all rows of a bound statement, as a list in the arena; the statement is reset
// afterwards.
nacre_status product_page(catalogue *c, sqlite3_stmt *statement, arena *a, int64_t **ids, size_t *count,
                          nacre_error *error) MUST_CHECK;

#endif
