// SPDX-License-Identifier: Apache-2.0
// Making one feed_offer of a record.
#ifndef NACRE_FEED_OFFER_H
#define NACRE_FEED_OFFER_H

#include "base/arena.h"
#include "base/limits.h"
#include "feed/feed.h"
#include "feed/record.h"
#include "feed/values.h"

enum { OFFER_CATEGORIES = 32 };

struct offer_value {
    const char *text; // NULL where absent
    bool preferred;
    size_t line;
};

// Room for the offer being made; its texts lie in the record and in the arena.
struct offer_builder {
    arena arena;
    const char *id;
    bool has_ampersand; // somewhere in the record: some text may be escaped twice
    char currency[4];
    struct offer_value values[FIELD_COUNT]; // of fields that stand once
    const char *meant[MEANING_GENDER + 1];  // params by meaning
    const char *categories[OFFER_CATEGORIES];
    size_t category_count;
    const char *pictures[LIMIT_FEED_PICTURES];
    size_t picture_count;
    struct feed_param params[LIMIT_FEED_PARAMS];
    size_t param_count;
};

void offer_init(struct offer_builder *b);
void offer_fini(struct offer_builder *b);

// Makes an offer of r->record, telling what is wrong with it. *good is false where it must be left out. The
// offer lives until the next call.
nacre_status offer_build(feed_reader *r, struct feed_offer *offer, bool *good) MUST_CHECK;

#endif
