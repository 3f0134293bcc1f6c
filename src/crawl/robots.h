// SPDX-License-Identifier: Apache-2.0
// What a site asks of robots: robots.txt (RFC 9309) and X-Robots-Tag. Any thread, on different objects.
#ifndef NACRE_CRAWL_ROBOTS_H
#define NACRE_CRAWL_ROBOTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

// RFC 9309, 2.5: a crawler reads at least the first 500 KiB.
enum { ROBOTS_MAX_BYTES = 512 * 1024 };

typedef struct robots robots;

// The rules that the text of a robots.txt has for nacre; what cannot be read in it is passed over.
nacre_status robots_parse(const char *text, size_t length, robots **result, nacre_error *error) MUST_CHECK;
void robots_free(robots *r);

// Whether `path` (with its query) may be asked for. NULL, no rules: always.
bool robots_allow(const robots *r, const char *path);

// Whether the value of an X-Robots-Tag header forbids nacre to keep and index a picture.
bool robots_tag_forbids(const char *value);

#endif
