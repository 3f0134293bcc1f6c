// SPDX-License-Identifier: Apache-2.0
// A feed's bytes: a file, or what a server gave. One thread.
#ifndef NACRE_CRAWL_SOURCE_H
#define NACRE_CRAWL_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "crawl/settings.h"

enum { SOURCE_VERSION_BYTES = 512 };

struct source {
    int descriptor;                  // at the file's start; -1 where unchanged
    bool unchanged;                  // the server said 304
    char etag[SOURCE_VERSION_BYTES]; // "" where none
    char last_modified[SOURCE_VERSION_BYTES];
};

struct source_request {
    const char *address;       // URL or path of a file
    const char *folder;        // where a download may lie while it is read; NULL: $TMPDIR or /tmp
    const char *etag;          // of the version at hand; NULL: none
    const char *last_modified; // likewise
    const atomic_bool *stop;   // NULL: never
};

// Opens the file, or downloads all of it into a file without a name: a shop's slow server never holds up the
// catalogue, and a download that broke off is tried again before anybody has read of it. Compressed bytes
// stay compressed, whatever the headers say about them: the feed reader knows by the bytes.
nacre_status source_open(const struct crawl_settings *settings, const struct source_request *request,
                         struct source *result, nacre_error *error) MUST_CHECK;
void source_close(struct source *s);

#endif
