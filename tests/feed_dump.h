// SPDX-License-Identifier: Apache-2.0
// What a feed reader hands on, as text: one line an event, all fields that are there.
#ifndef NACRE_TESTS_FEED_DUMP_H
#define NACRE_TESTS_FEED_DUMP_H

#include <inttypes.h>
#include <stdio.h>

#include "base/buffer.h"
#include "feed/feed.h"

static inline void dump_field(buffer *out, const char *name, const char *value) {
    if (value && buffer_printf(out, " %s=\"%s\"", name, value) != NACRE_OK)
        abort();
}

static inline nacre_status dump_shop(void *out, const struct feed_shop *shop) {
    if (buffer_append_text(out, "shop"))
        abort();
    dump_field(out, "name", shop->name);
    dump_field(out, "company", shop->company);
    dump_field(out, "url", shop->url);
    return buffer_append_text(out, "\n");
}

static inline nacre_status dump_category(void *out, const struct feed_category *category) {
    if (buffer_printf(out, "category %zu", category->line))
        abort();
    dump_field(out, "id", category->id);
    dump_field(out, "parent", category->parent_id);
    dump_field(out, "name", category->name);
    return buffer_append_text(out, "\n");
}

static inline void dump_price(buffer *out, const char *name, int64_t hundredths) {
    if (hundredths != FEED_NO_PRICE && buffer_printf(out, " %s=%" PRId64, name, hundredths) != NACRE_OK)
        abort();
}

static inline void dump_fields(buffer *out, const struct feed_offer *o) {
    dump_field(out, "id", o->id);
    dump_field(out, "group", o->group_id);
    dump_field(out, "name", o->name);
    dump_field(out, "vendor", o->vendor);
    dump_field(out, "code", o->vendor_code);
    dump_field(out, "description", o->description);
    dump_field(out, "url", o->url);
    dump_field(out, "barcode", o->barcode);
    dump_price(out, "price", o->price_hundredths);
    dump_price(out, "old", o->old_price_hundredths);
    dump_field(out, "currency", o->currency);
    dump_field(out, "colour", o->colour);
    dump_field(out, "size", o->size);
    dump_field(out, "gender", o->gender);
    dump_field(out, "path", o->category_path);
    for (size_t i = 0; i < o->category_count; i++)
        dump_field(out, "category", o->category_ids[i]);
    for (size_t i = 0; i < o->picture_count; i++)
        dump_field(out, "picture", o->pictures[i]);
    for (size_t i = 0; i < o->param_count; i++) {
        dump_field(out, o->params[i].name, o->params[i].value);
        dump_field(out, "unit", o->params[i].unit);
    }
    if (buffer_append_text(out, o->available ? "\n" : " not available\n"))
        abort();
}

static inline nacre_status dump_offer(void *out, const struct feed_offer *offer) {
    if (buffer_printf(out, "offer %zu", offer->line))
        abort();
    dump_fields(out, offer);
    return NACRE_OK;
}

static inline nacre_status dump_variant(void *out, const struct feed_offer *offer, const char *into) {
    if (buffer_printf(out, "variant %zu of \"%s\"", offer->line, into))
        abort();
    dump_fields(out, offer);
    return NACRE_OK;
}

static inline nacre_status dump_problem(void *out, const struct feed_problem *problem) {
    static const char *const done[] = {"repaired", "left out", "stopped"};
    if (buffer_printf(out, "problem %zu", problem->line))
        abort();
    dump_field(out, "offer", problem->offer);
    return buffer_printf(out, ": %s (%s)\n", problem->what, done[problem->done]);
}

static inline void dump_summary(buffer *out, const struct feed_summary *s, nacre_status status,
                                const nacre_error *error) {
    if (buffer_printf(out, "%s %s: %zu offers, %zu bad, %zu merged, %zu categories, %zu pictures%s%s\n",
                      feed_dialect_word(s->dialect), s->encoding, s->offers, s->bad, s->merged, s->categories,
                      s->pictures, s->complete ? ", complete" : "", s->well_formed ? ", well-formed" : ""))
        abort();
    if (status && buffer_printf(out, "%s: %s\n", nacre_status_word(status), error->message) != NACRE_OK)
        abort();
}

// Reads the whole feed in pieces of at most `piece` bytes.
static inline nacre_status dump_feed(enum feed_dialect dialect, const void *bytes, size_t length,
                                     size_t piece, buffer *out, struct feed_summary *summary,
                                     nacre_error *error) {
    const struct feed_handler handler = {out,        dump_shop,    dump_category,
                                         dump_offer, dump_variant, dump_problem};
    feed_reader *reader;
    nacre_status status = feed_reader_new(dialect, &handler, &reader, error);
    if (status)
        return status;
    for (size_t at = 0; at < length && status == NACRE_OK; at += piece)
        status = feed_reader_push(reader, (const char *)bytes + at, piece < length - at ? piece : length - at,
                                  error);
    status = feed_reader_finish(reader, summary, error);
    dump_summary(out, summary, status, error);
    feed_reader_free(reader);
    return status;
}

#endif
