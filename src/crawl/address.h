// SPDX-License-Identifier: Apache-2.0
// Addresses of the web: their parts, and how they may be shown. Any thread.
#ifndef NACRE_CRAWL_ADDRESS_H
#define NACRE_CRAWL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/limits.h"

// Whether the text starts with http:// or https://.
bool address_is_web(const char *text);

struct address_parts {
    char *origin; // "https://shop.example:443", lower case: where per-host limits and robots.txt apply
    char *path;   // with the query; starts with '/'
};

// Errors: format (not an http or https address), limit (too long).
nacre_status address_split(const char *address, struct address_parts *parts, nacre_error *error) MUST_CHECK;
void address_parts_fini(struct address_parts *parts);

// Whether the query has a parameter of that name.
bool address_has_parameter(const char *address, const char *name);

// The address with that parameter set to `value` (NULL: without it), on the heap (memory_free); NULL when
// out of memory. The parameter must be there.
char *address_set_parameter(const char *address, const char *name, const char *value) MUST_CHECK;

enum { ADDRESS_SHOWN_BYTES = 512 };

// The address as logs, errors and replies may show it: passwords, and values of parameters that are keys
// (Admitad's `code`, `token`, `key` …) become "***"; a very long one is cut.
void address_mask(const char *address, char shown[ADDRESS_SHOWN_BYTES]);

#endif
