// SPDX-License-Identifier: Apache-2.0
// Feeds: bytes in, offers out, as a stream. No network, no database.
//
// The dialect is recognised by content. The reader calls the handler in the order of the file; everything
// that a callback receives lives only until it returns. One reader belongs to one thread.
#ifndef NACRE_FEED_FEED_H
#define NACRE_FEED_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct feed_shop {
    const char *name; // NULL where the feed does not say
    const char *company;
    const char *url;
};

struct feed_category {
    size_t line;
    const char *id;        // the shop's own, any text
    const char *parent_id; // NULL at the top
    const char *name;
};

struct feed_param {
    const char *name;
    const char *unit; // NULL where none
    const char *value;
};

enum { FEED_NO_PRICE = -1 };

// One offer. Texts are UTF-8, trimmed, entities resolved, markup left as it was; NULL where absent.
struct feed_offer {
    size_t line;          // where its record starts
    const char *id;       // unique in the shop's feed
    const char *group_id; // ties variants of one product
    const char
        *name; // never NULL: composed from typePrefix, vendor, model where there is no name, else the id
    const char *vendor;
    const char *vendor_code;
    const char *description;
    const char *url;
    const char *barcode;
    const char *currency; // ISO 4217; RUR is given as RUB
    const char *colour;   // the values of the params of that meaning, whatever their name and language
    const char *size;
    const char *gender;
    const char *category_path; // Google's product_type, "A > B > C"; NULL where categories have ids
    const char *const *category_ids;
    size_t category_count;
    const char *const *pictures; // addresses, absolute, percent-encoded where needed, no repeats
    size_t picture_count;
    const struct feed_param *params;
    size_t param_count;
    int64_t price_hundredths; // of the currency's unit, or FEED_NO_PRICE
    int64_t old_price_hundredths;
    bool available;
};

enum feed_done { FEED_REPAIRED, FEED_LEFT_OUT, FEED_STOPPED };

struct feed_problem {
    size_t line;
    const char *offer; // its id, NULL where the problem is in no offer
    const char *what;
    enum feed_done done;
};

// Callbacks may be NULL. A status other than NACRE_OK stops the reader, which passes it on.
struct feed_handler {
    void *context;
    nacre_status (*shop)(void *context, const struct feed_shop *shop);
    nacre_status (*category)(void *context, const struct feed_category *category);
    nacre_status (*offer)(void *context, const struct feed_offer *offer);
    // `offer` is a size or repeat of the product that came under the id `into`: it is no product of its own.
    nacre_status (*variant)(void *context, const struct feed_offer *offer, const char *into);
    nacre_status (*problem)(void *context, const struct feed_problem *problem);
};

enum feed_dialect {
    FEED_AUTO,
    FEED_YML,
    FEED_ADMITAD,
    FEED_GOOGLE_RSS,
    FEED_GOOGLE_ATOM,
    FEED_TSV,
    FEED_CSV,
};

// offers + bad + merged is the number of records in the file.
struct feed_summary {
    enum feed_dialect dialect;
    char encoding[32];
    size_t offers; // good ones
    size_t bad;    // left out
    size_t merged; // variants and repeats folded into others
    size_t categories;
    size_t pictures; // addresses given by all offers, merged ones included
    bool complete; // read to its end (only closing tags of the list may be missing), and not a partial export
    bool well_formed; // nothing had to be mended that a strict parser refuses
};

typedef struct feed_reader feed_reader;

// A reader for one feed. `dialect` FEED_AUTO recognises it. `handler` is copied.
nacre_status feed_reader_new(enum feed_dialect dialect, const struct feed_handler *handler,
                             feed_reader **result, nacre_error *error) MUST_CHECK;

void feed_reader_free(feed_reader *reader);

// The next bytes of the file as they came (compressed or not). After an error the reader accepts no more.
nacre_status feed_reader_push(feed_reader *reader, const void *bytes, size_t length,
                              nacre_error *error) MUST_CHECK;

// The end of the file. Fills the summary always (also after a failed push); the status tells whether the feed
// was readable to its end.
nacre_status feed_reader_finish(feed_reader *reader, struct feed_summary *summary,
                                nacre_error *error) MUST_CHECK;

// "yml", "google-rss" … as the command line has them; false for an unknown word.
const char *feed_dialect_word(enum feed_dialect dialect);
bool feed_dialect_parse(const char *word, enum feed_dialect *dialect);

#endif
