// SPDX-License-Identifier: Apache-2.0
// Every limit on what comes from outside, in one place. Each is tested just below, at and above.
#ifndef NACRE_BASE_LIMITS_H
#define NACRE_BASE_LIMITS_H

#include <stdint.h>

enum {
    // Pictures and photos.
    LIMIT_PICTURE_BYTES = 32 * 1024 * 1024,
    LIMIT_PICTURE_SIDE = 32768,               // pixels
    LIMIT_PICTURE_PIXELS = 100 * 1000 * 1000, // width x height, of a picture that is decoded line by line
    LIMIT_PICTURE_WHOLE_PIXELS = 50 * 1000 * 1000, // of one that its decoder must hold whole
    LIMIT_PICTURE_DECODE_MS = 10 * 1000,

    // Feeds.
    LIMIT_FEED_DEPTH = 64,                     // nested elements
    LIMIT_FEED_RECORD_BYTES = 4 * 1024 * 1024, // text of one offer
    LIMIT_FEED_RECORD_FIELDS = 8192,           // elements, attributes or cells of one offer
    LIMIT_FEED_TEXT_BYTES = 1024 * 1024,       // text of one element
    LIMIT_FEED_DOCTYPE_BYTES = 64 * 1024,
    LIMIT_FEED_PICTURES = 50, // of one offer
    LIMIT_FEED_PARAMS = 500,  // of one offer
    LIMIT_FEED_CATEGORIES = 1000 * 1000,

    // HTTP out.
    LIMIT_REDIRECTS = 5,
    LIMIT_URL_BYTES = 8 * 1024,

    // HTTP in.
    LIMIT_BODY_BYTES = 40 * 1024 * 1024,
    LIMIT_JSON_DEPTH = 32,
    LIMIT_JSON_BYTES = 1024 * 1024,

    // Our own files.
    LIMIT_XML_FILE_BYTES = 64 * 1024 * 1024, // taxonomy, mapping
    LIMIT_MODEL_BYTES = 512 * 1024 * 1024,
    LIMIT_SEG_BYTES = 16 * 1024 * 1024,
    LIMIT_LABEL_BYTES = 256 * 1024 * 1024, // a file of another labelling tool
    LIMIT_TRUTH_BYTES = 256 * 1024 * 1024, // what answers which query, to measure search by
};

static const int64_t LIMIT_FEED_BYTES = INT64_C(16) * 1024 * 1024 * 1024;

#endif
