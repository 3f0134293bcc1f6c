// SPDX-License-Identifier: Apache-2.0
// Any bytes as a feed: no crash, no hang, no leak; every text is UTF-8; the counts agree with what was handed
// on; what is not well-formed is told; and however the bytes are cut, the same comes out. The seeds are
// tests/feeds.
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "feed/charset.h"
#include "feed/feed.h"

struct seen {
    size_t offers, variants, categories, problems;
    uint64_t sum; // of all texts, in their order
};

static void require(bool condition) {
    if (!condition)
        abort();
}

static void take_text(struct seen *seen, const char *text) {
    if (!text)
        return;
    size_t at = 0, length = strlen(text), fault_length;
    require(charset_next_fault(text, length, &at, &fault_length) == FAULT_NONE);
    for (size_t i = 0; i < length; i++)
        seen->sum = seen->sum * 31 + (unsigned char)text[i];
}

static nacre_status on_category(void *context, const struct feed_category *category) {
    struct seen *seen = context;
    seen->categories++;
    require(category->id && category->name);
    take_text(seen, category->id);
    take_text(seen, category->parent_id);
    take_text(seen, category->name);
    return NACRE_OK;
}

static void take_offer(struct seen *seen, const struct feed_offer *o) {
    require(o->id && *o->id && o->name && o->line);
    const char *const texts[] = {o->id,          o->group_id, o->name,         o->vendor,   o->vendor_code,
                                 o->description, o->url,      o->barcode,      o->currency, o->colour,
                                 o->size,        o->gender,   o->category_path};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        take_text(seen, texts[i]);
    for (size_t i = 0; i < o->category_count; i++)
        take_text(seen, o->category_ids[i]);
    for (size_t i = 0; i < o->picture_count; i++)
        take_text(seen, o->pictures[i]);
    for (size_t i = 0; i < o->param_count; i++) {
        take_text(seen, o->params[i].name);
        take_text(seen, o->params[i].unit);
        take_text(seen, o->params[i].value);
    }
    require(o->price_hundredths == FEED_NO_PRICE || o->price_hundredths > 0);
    seen->sum = seen->sum * 31 + (uint64_t)o->price_hundredths + o->line;
}

static nacre_status on_offer(void *context, const struct feed_offer *offer) {
    struct seen *seen = context;
    seen->offers++;
    take_offer(seen, offer);
    return NACRE_OK;
}

static nacre_status on_variant(void *context, const struct feed_offer *offer, const char *into) {
    struct seen *seen = context;
    seen->variants++;
    take_text(seen, into);
    take_offer(seen, offer);
    return NACRE_OK;
}

static nacre_status on_problem(void *context, const struct feed_problem *problem) {
    struct seen *seen = context;
    seen->problems++;
    require(*problem->what);
    take_text(context, problem->what);
    take_text(context, problem->offer);
    return NACRE_OK;
}

static struct feed_summary read_feed(const uint8_t *bytes, size_t length, size_t piece, struct seen *seen) {
    const struct feed_handler handler = {.context = seen,
                                         .category = on_category,
                                         .offer = on_offer,
                                         .variant = on_variant,
                                         .problem = on_problem};
    feed_reader *reader;
    nacre_error error;
    require(feed_reader_new(FEED_AUTO, &handler, &reader, &error) == NACRE_OK);
    for (size_t at = 0; at < length; at += piece)
        if (feed_reader_push(reader, bytes + at, piece < length - at ? piece : length - at, &error) !=
            NACRE_OK)
            break;
    struct feed_summary summary;
    nacre_status status = feed_reader_finish(reader, &summary, &error);
    require(status == NACRE_OK || !summary.well_formed);
    require(status == NACRE_OK || *error.message);
    require(summary.well_formed || status || seen->problems);
    require(summary.offers == seen->offers && summary.merged == seen->variants);
    feed_reader_free(reader);
    return summary;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct seen whole = {0}, pieces = {0};
    struct feed_summary one = read_feed(bytes, length, length + 1, &whole);
    struct feed_summary other = read_feed(bytes, length, 1 + length % 13, &pieces);
    require(memcmp(&whole, &pieces, sizeof whole) == 0);
    require(one.bad == other.bad && one.pictures == other.pictures && one.complete == other.complete);
    return 0;
}
