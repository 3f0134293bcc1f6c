// SPDX-License-Identifier: Apache-2.0
// The crawler: downloads feeds and pictures into catalogue and picture store; polite, resumable.
#ifndef NACRE_CRAWL_CRAWL_H
#define NACRE_CRAWL_CRAWL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/workspace.h"
#include "catalogue/catalogue.h"
#include "picture/store.h"

struct crawl_progress {
    const char *shop;
    int64_t offers;        // read so far
    int64_t pictures_done; // fetched, unchanged or failed
    int64_t pictures_failed;
    int64_t pictures_due;
    int64_t bytes;
};

struct crawl_options {
    bool no_pictures;
    bool retry;              // no feed, and only the pictures that failed
    bool partial;            // of a broken feed take the offers before the fault
    bool accept_small;       // the feed may be much smaller than the last one
    const atomic_bool *stop; // may become true at any time; NULL: never
    // What the operator may want to see; each may be NULL.
    void (*progress)(void *context, const struct crawl_progress *progress);
    void (*notice)(void *context, const char *line);
    void *context;
};

struct crawl_result {
    struct catalogue_run_counts counts;
    bool feed_unchanged; // the server said 304
    bool feed_partial;   // the feed was broken; the offers before the fault were taken
    int64_t pictures_fetched, pictures_unchanged, pictures_failed;
    int64_t pictures_left;    // not asked for: their server is down or asks for a long pause
    int64_t placeholders;     // contents that too many products show
    int64_t pictures_removed; // no product for sale has shown them for [crawl] keep_days
    int64_t bytes;
};

// Reads the shop's feed and fetches pictures that are new or changed.
nacre_status crawl_shop(const workspace *w, catalogue *c, picture_store *pictures,
                        const struct catalogue_shop *shop, const struct crawl_options *options,
                        struct crawl_result *result, nacre_error *error) MUST_CHECK;

// Streams the feed at `address` (URL or file) into a reader: what `nacre feed check` uses. `w` may be NULL.
nacre_status crawl_read_feed(const workspace *w, const char *address, feed_reader *reader,
                             nacre_error *error) MUST_CHECK;

// Fetches one picture of at most LIMIT_PICTURE_BYTES (for image_url). `*bytes` on the heap (memory_free).
nacre_status crawl_fetch_picture(const workspace *w, const char *url, char **bytes, size_t *length,
                                 nacre_error *error) MUST_CHECK;

#endif
