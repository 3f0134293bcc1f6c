// SPDX-License-Identifier: Apache-2.0
// Search: a photo's items, or a product's, to ranked products. Replies are the JSON objects that command line
// and HTTP share (api/openapi.yaml). Any thread.
#ifndef NACRE_SEARCH_SEARCH_H
#define NACRE_SEARCH_SEARCH_H

#include <jansson.h>
#include <stdbool.h>

#include "search/engine.h"

enum { SEARCH_TOP = 20, SEARCH_MAX_TOP = 200 };

struct search_options {
    int top;          // results an item
    bool has_weights; // else the category's own
    struct weights weights;
    int category;             // of ours, or CATEGORY_NONE: what the networks see
    bool has_box;             // else every item that is found
    struct box box;           // pixels of the upright photo
    char colour[64];          // name or #RRGGBB; empty: the item's own
    const void *colour_bytes; // a picture whose colours are wanted, NULL: none; the caller's
    size_t colour_length;
    float min_score;            // below 0: the model's working points
    const char *picture_prefix; // stands before a picture's hash in replies; NULL: they name the stored files
};

// The options of a request that says nothing.
struct search_options search_defaults(void);

// Sets the option `name` ("top", "weights", "category", "box", "colour", "min-score") from text. Errors:
// not-found (a category that is not there), argument (a bad value, or no such option).
nacre_status search_set_option(const taxonomy *t, const char *name, const char *value,
                               struct search_options *options, nacre_error *error) MUST_CHECK;

// How long the parts took.
struct search_times {
    double decode_ms, detect_ms, encode_ms, search_ms;
};

// {"photo", "model", "items": [… "weights", "results"]}. `path` names the photo in the reply, NULL: it has no
// name. `times` may be NULL. `*reply` is a new reference.
nacre_status search_photo(engine *e, const void *bytes, size_t length, const char *path,
                          const struct search_options *options, struct search_times *times, json_t **reply,
                          nacre_error *error) MUST_CHECK;

// As search_photo without results.
nacre_status search_detect(engine *e, const void *bytes, size_t length, const char *path,
                           const struct search_options *options, json_t **reply,
                           nacre_error *error) MUST_CHECK;

// {"product", "category", "label", "weights", "results"}: what is most like a product, itself left out. No
// results where it has not been indexed. Error not-found.
nacre_status search_similar(engine *e, int64_t product_id, const struct search_options *options,
                            json_t **reply, nacre_error *error) MUST_CHECK;

// A product as replies show it. Error not-found.
nacre_status search_product(engine *e, int64_t product_id, const char *picture_prefix, json_t **reply,
                            nacre_error *error) MUST_CHECK;

#endif
