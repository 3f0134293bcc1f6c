// SPDX-License-Identifier: Apache-2.0
// One record of a feed while it is being read: texts one behind the other, each marked with the field it
// fills. Every dialect collects into it; offer.c makes one feed_offer of it.
#ifndef NACRE_FEED_RECORD_H
#define NACRE_FEED_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum field {
    FIELD_NONE,
    // Of an offer.
    FIELD_ID,
    FIELD_GROUP,
    FIELD_AVAILABLE,
    FIELD_NAME,
    FIELD_TYPE_PREFIX,
    FIELD_VENDOR,
    FIELD_MODEL,
    FIELD_VENDOR_CODE,
    FIELD_DESCRIPTION,
    FIELD_URL,
    FIELD_BARCODE,
    FIELD_CURRENCY,
    FIELD_PRICE,
    FIELD_OLD_PRICE,
    FIELD_SALE_PRICE,
    FIELD_CATEGORY_ID,
    FIELD_CATEGORY_PATH,
    FIELD_GOOGLE_CATEGORY,
    FIELD_PICTURE,
    FIELD_PARAM,
    FIELD_PARAM_LIST, // "name:value|name:value", as in a table's cell
    FIELD_EXPIRES,
    FIELD_DELETED, // partial exports tell what is gone
    FIELD_MODIFIED,
    // Of a shop and of a category.
    FIELD_SHOP_NAME,
    FIELD_COMPANY,
    FIELD_SHOP_URL,
    FIELD_CATEGORY_NAME,
    FIELD_PARENT_ID,
    FIELD_COUNT,
};

enum { RECORD_NO_TEXT = 0 }; // the text at 0 is always empty

struct field_text {
    enum field field;
    bool preferred; // has Google's prefix: beats the same field without
    size_t line;
    size_t start; // in `text`; a 0 byte follows
    size_t length;
    size_t name_start; // of a param: its name, RECORD_NO_TEXT where it has none
    size_t unit_start; // of a param: its unit
    bool is_named;     // of a param: its name is the shop's own, not the dialect's
};

struct record {
    size_t line; // where it starts
    char *text;  // grows up to LIMIT_FEED_RECORD_BYTES
    size_t length;
    size_t capacity;
    struct field_text *fields;
    size_t field_count;
    size_t field_capacity;
    bool open;      // the last field still takes text
    bool too_large; // above LIMIT_FEED_RECORD_BYTES or _FIELDS: the rest was dropped
    bool text_cut;  // a text was above LIMIT_FEED_TEXT_BYTES and was cut
};

void record_init(struct record *r);
void record_fini(struct record *r);

// Empties it for the record that starts at `line`.
nacre_status record_start(struct record *r, size_t line) MUST_CHECK;

// Opens a field, gives it text in any number of pieces, closes it. Text without an open field is dropped.
nacre_status record_open(struct record *r, enum field field, bool preferred, size_t line) MUST_CHECK;
nacre_status record_append(struct record *r, const char *bytes, size_t length) MUST_CHECK;
nacre_status record_close(struct record *r) MUST_CHECK;

// All three at once.
nacre_status record_add(struct record *r, enum field field, bool preferred, size_t line, const char *bytes,
                        size_t length) MUST_CHECK;

// Stores a text that is no field (a param's name or unit); *start is RECORD_NO_TEXT for an empty one.
nacre_status record_text(struct record *r, const char *bytes, size_t length, size_t *start) MUST_CHECK;

#endif
