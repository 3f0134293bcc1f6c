// SPDX-License-Identifier: Apache-2.0
// What the files of this room share: the reader itself, and how it tells what it met.
//
//   bytes → unpack (gzip, zip) → blocks of 64 KiB → charset (to UTF-8, legal characters only)
//         → mend and xml, or table → record (one offer's fields) → feed_offer → variants → handler
//
// Blocks make the result independent of how the caller cut the bytes: whatever looks ahead, looks into a
// block.
#ifndef NACRE_FEED_READER_H
#define NACRE_FEED_READER_H

#include "base/buffer.h"
#include "feed/charset.h"
#include "feed/feed.h"
#include "feed/offer.h"
#include "feed/record.h"
#include "feed/unpack.h"
#include "feed/variants.h"

enum { FEED_BLOCK_BYTES = 64 * 1024 };

// Every kind of thing that is told; each is told PROBLEM_LINES times with its place, then counted.
enum problem {
    PROBLEM_JUNK_BEFORE,
    PROBLEM_JUNK_AFTER,
    PROBLEM_CHARSET,
    PROBLEM_BYTES,
    PROBLEM_CONTROL,
    PROBLEM_AMPERSAND,
    PROBLEM_HTML_ENTITY,
    PROBLEM_LESS_THAN,
    PROBLEM_CDATA_END,
    PROBLEM_COMMENT,
    PROBLEM_PREFIX,
    PROBLEM_TWICE_ESCAPED,
    PROBLEM_END_TAGS,
    PROBLEM_QUOTE,
    PROBLEM_CELLS,
    PROBLEM_FAULT,
    PROBLEM_NO_ID,
    PROBLEM_TOO_LARGE,
    PROBLEM_NESTED,
    PROBLEM_REPEATED_ID,
    PROBLEM_NO_NAME,
    PROBLEM_NO_PRICE,
    PROBLEM_NO_CURRENCY,
    PROBLEM_NO_URL,
    PROBLEM_NO_PICTURE,
    PROBLEM_ADDRESS,
    PROBLEM_PICTURES,
    PROBLEM_PARAMS,
    PROBLEM_PARAM_EMPTY,
    PROBLEM_TEXT_CUT,
    PROBLEM_NO_CATEGORY,
    PROBLEM_UNKNOWN_CATEGORY,
    PROBLEM_NO_CATEGORIES,
    PROBLEM_CATEGORY_ID,
    PROBLEM_CATEGORY_NAME,
    PROBLEM_CATEGORY_REPEATED,
    PROBLEM_CATEGORY_PARENT,
    PROBLEM_KINDS,
};

enum { PROBLEM_LINES = 100 };

// The categories that the feed lists.
struct category_set {
    struct variant_table ids; // of Google's, the paths
    bool listed;              // by the feed itself
    struct category_parent {
        uint64_t key; // of the parent's id
        size_t line;  // of the category that names it
    } * parents;
    size_t parent_count;
    size_t parent_capacity;
};

struct xml;
struct table;

struct feed_reader {
    struct feed_handler handler;
    enum feed_dialect wanted;
    struct feed_summary summary;
    nacre_status status; // of the first failure; nothing is read after it
    nacre_error error;

    struct unpack *unpack;
    int64_t max_bytes; // LIMIT_FEED_BYTES; tests lower it
    int64_t bytes;     // unpacked so far
    char *raw;         // the block being filled
    size_t raw_length;
    bool started; // the first block was looked at
    struct charset charset;
    buffer text;       // UTF-8 not yet consumed
    size_t line;       // of text's first byte
    size_t first_line; // where the feed itself starts

    struct xml *xml; // one of the two
    struct table *table;
    bool ended;    // what follows is of no interest
    bool cr_lines; // lines end in CR alone
    bool whole;    // the list of records was seen to its end
    bool partial;  // an export of changes only

    struct record record;
    struct offer_builder offer;
    struct variants variants;
    struct category_set categories;
    char *shop_url;
    size_t told[PROBLEM_KINDS];
};

// Tells a problem; `offer` may be NULL. NACRE_OK, or what the handler wants.
nacre_status reader_tell(feed_reader *r, enum problem kind, size_t line, const char *offer,
                         const char *format, ...) __attribute__((format(printf, 5, 6))) MUST_CHECK;

// Ends the reading at a fault of the file: tells it, and keeps what was read so far.
nacre_status reader_stop(feed_reader *r, size_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Ends the reading with an error of our own or of the handler.
nacre_status reader_fail(feed_reader *r, nacre_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// The line that the text ends in.
size_t reader_last_line(const feed_reader *r);

// Hands on what the record holds.
nacre_status reader_shop(feed_reader *r) MUST_CHECK;
nacre_status reader_category(feed_reader *r) MUST_CHECK;
nacre_status reader_categories_end(feed_reader *r) MUST_CHECK;
nacre_status reader_offer(feed_reader *r) MUST_CHECK;

// Whether the feed lists the category that the offer names; tells it where not.
nacre_status reader_check_category(feed_reader *r, const struct feed_offer *offer, const char *id) MUST_CHECK;

// Reads XML out of the front of r->text and says how much it consumed; `final` at the end of the file.
nacre_status feed_xml_new(feed_reader *r, struct xml **result) MUST_CHECK;
void feed_xml_free(struct xml *x);
nacre_status feed_xml_read(struct xml *x, bool final, size_t *consumed) MUST_CHECK;

// The separator of a table whose first row names columns that are known; 0 where it is none.
char table_separator(const char *text, size_t length);

// The same as for XML.
nacre_status table_new(feed_reader *r, char separator, struct table **result) MUST_CHECK;
void table_free(struct table *t);
nacre_status table_read(struct table *t, bool final, size_t *consumed) MUST_CHECK;

#endif
