// SPDX-License-Identifier: Apache-2.0
// Fetching the pictures that a shop's catalogue lacks. One thread.
#ifndef NACRE_CRAWL_PICTURES_H
#define NACRE_CRAWL_PICTURES_H

#include "crawl/crawl.h"
#include "crawl/settings.h"

// Asks for every address of the shop that is due, keeps the contents, records the answers. Fills the
// pictures' part of `result`, also where it fails: what was recorded stays recorded.
nacre_status pictures_fetch(catalogue *c, picture_store *store, const struct crawl_settings *settings,
                            const struct catalogue_shop *shop, const struct crawl_options *options,
                            struct crawl_result *result, nacre_error *error) MUST_CHECK;

#endif
