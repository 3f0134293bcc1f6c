// SPDX-License-Identifier: Apache-2.0
// From a record's fields to one feed_offer: what is there twice, missing, or written in a shop's own way.
#include "feed/offer.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "feed/reader.h"
#include "feed/values.h"

void offer_init(struct offer_builder *b) {
    *b = (struct offer_builder){0};
    arena_init(&b->arena, LIMIT_FEED_RECORD_BYTES);
}

void offer_fini(struct offer_builder *b) {
    arena_fini(&b->arena);
}

// Trims the field's text; where it was escaped twice, resolves it once more.
static nacre_status tidy(feed_reader *r, struct field_text *field, char **result) {
    char *text = value_trim(r->record.text + field->start, &field->length);
    *result = text;
    if (r->offer.has_ampersand && !(field->field == FIELD_DESCRIPTION && memchr(text, '<', field->length))) {
        size_t length = value_unescape(text, field->length);
        if (length != field->length) {
            text = value_trim(text, &length);
            field->length = length;
            *result = text;
            return reader_tell(r, PROBLEM_TWICE_ESCAPED, field->line, r->offer.id, "text is escaped twice");
        }
    }
    return NACRE_OK;
}

static const char *record_string(const feed_reader *r, size_t start) {
    return r->record.text + start;
}

static nacre_status add_param(feed_reader *r, const char *name, const char *unit, const char *value,
                              size_t line) {
    struct offer_builder *b = &r->offer;
    if (!*name)
        return reader_tell(r, PROBLEM_PARAM_EMPTY, line, b->id, "param without a name; left out");
    if (!*value)
        return reader_tell(r, PROBLEM_PARAM_EMPTY, line, b->id, "param \"%.100s\" is empty; left out", name);
    if (b->param_count == LIMIT_FEED_PARAMS)
        return reader_tell(r, PROBLEM_PARAMS, line, b->id, "more than %d params; the rest is left out",
                           LIMIT_FEED_PARAMS);
    enum value_meaning meaning = value_param_meaning(name);
    if (meaning != MEANING_NONE && !b->meant[meaning])
        b->meant[meaning] = value;
    b->params[b->param_count++] =
        (struct feed_param){.name = name, .unit = *unit ? unit : NULL, .value = value};
    return NACRE_OK;
}

// "Цвет:красный|Размер:42"
static nacre_status add_param_list(feed_reader *r, char *text, size_t line) {
    nacre_status status = NACRE_OK;
    for (char *next; text && status == NACRE_OK; text = next) {
        next = strchr(text, '|');
        if (next)
            *next++ = 0;
        char *colon = strchr(text, ':');
        if (!colon)
            continue;
        size_t name_length = (size_t)(colon - text), value_length = strlen(colon + 1);
        char *value = value_trim(colon + 1, &value_length);
        status = add_param(r, value_trim(text, &name_length), "", value, line);
    }
    return status;
}

static nacre_status add_picture(feed_reader *r, const char *text, size_t length, size_t line) {
    struct offer_builder *b = &r->offer;
    r->summary.pictures++;
    bool out_of_memory;
    const char *address = value_address(text, length, r->shop_url, &b->arena, &out_of_memory);
    if (out_of_memory)
        return reader_fail(r, NACRE_ERROR_MEMORY, "out of memory while reading a feed");
    if (!address)
        return reader_tell(r, PROBLEM_ADDRESS, line, b->id, "picture \"%.*s\" is no web address; left out",
                           (int)(length < 200 ? length : 200), text);
    for (size_t i = 0; i < b->picture_count; i++)
        if (strcmp(b->pictures[i], address) == 0)
            return NACRE_OK;
    if (b->picture_count == LIMIT_FEED_PICTURES)
        return reader_tell(r, PROBLEM_PICTURES, line, b->id, "more than %d pictures; the rest is left out",
                           LIMIT_FEED_PICTURES);
    b->pictures[b->picture_count++] = address;
    return NACRE_OK;
}

static nacre_status add_pictures(feed_reader *r, const char *text, size_t length, size_t line) {
    const char *address;
    nacre_status status = NACRE_OK;
    if (value_is_good_address(text, length) && length <= LIMIT_URL_BYTES)
        return add_picture(r, text, length, line);
    while (status == NACRE_OK && value_next_address(&text, &address, &length))
        status = add_picture(r, address, length, line);
    return status;
}

static void add_category(feed_reader *r, const char *id) {
    struct offer_builder *b = &r->offer;
    for (size_t i = 0; i < b->category_count; i++)
        if (strcmp(b->categories[i], id) == 0)
            return;
    if (b->category_count < OFFER_CATEGORIES)
        b->categories[b->category_count++] = id;
}

static nacre_status take_field(feed_reader *r, struct field_text *field) {
    struct offer_builder *b = &r->offer;
    char *text;
    nacre_status status = tidy(r, field, &text);
    if (status)
        return status;
    if (field->field == FIELD_PARAM) {
        size_t name_length = strlen(record_string(r, field->name_start));
        char *name = value_trim(r->record.text + field->name_start, &name_length);
        if (field->length == 0 && !field->is_named)
            return NACRE_OK; // Google's elements are often there and empty
        return add_param(r, name, record_string(r, field->unit_start), text, field->line);
    }
    if (field->length == 0)
        return NACRE_OK;
    switch (field->field) {
    case FIELD_PARAM_LIST:
        return add_param_list(r, text, field->line);
    case FIELD_PICTURE:
        return add_pictures(r, text, field->length, field->line);
    case FIELD_CATEGORY_ID:
        add_category(r, text);
        return NACRE_OK;
    case FIELD_NAME:
    case FIELD_VENDOR:
    case FIELD_MODEL:
    case FIELD_TYPE_PREFIX:
        value_collapse(text, field->length);
        break;
    default:
        break;
    }
    struct offer_value *value = &b->values[field->field];
    if (!value->text || (field->preferred && !value->preferred))
        *value = (struct offer_value){.text = text, .preferred = field->preferred, .line = field->line};
    return NACRE_OK;
}

// The id first, so that problems can name their offer.
static void take_id(feed_reader *r) {
    bool preferred = false;
    for (size_t i = 0; i < r->record.field_count; i++) {
        struct field_text *field = &r->record.fields[i];
        if (field->field != FIELD_ID || (r->offer.id && (preferred || !field->preferred)))
            continue;
        char *text = value_trim(r->record.text + field->start, &field->length);
        field->start = (size_t)(text - r->record.text);
        if (field->length) {
            r->offer.id = text;
            preferred = field->preferred;
        }
    }
}

static const char *value_of(const struct offer_builder *b, enum field field) {
    return b->values[field].text;
}

static nacre_status choose_name(feed_reader *r, const char **name) {
    struct offer_builder *b = &r->offer;
    *name = value_of(b, FIELD_NAME);
    if (*name)
        return NACRE_OK;
    const char *parts[3] = {value_of(b, FIELD_TYPE_PREFIX), value_of(b, FIELD_VENDOR),
                            value_of(b, FIELD_MODEL)};
    const char *composed = NULL;
    for (int i = 0; i < 3; i++) {
        if (!parts[i])
            continue;
        composed = composed ? arena_printf(&b->arena, "%s %s", composed, parts[i]) : parts[i];
        if (!composed)
            return reader_fail(r, NACRE_ERROR_MEMORY, "out of memory while reading a feed");
    }
    *name = composed ? composed : b->id;
    if (!composed)
        return reader_tell(r, PROBLEM_NO_NAME, r->record.line, b->id, "no name; its id stands for it");
    return NACRE_OK;
}

// FEED_NO_PRICE where there is none; 0 is what shops write for "ask us".
static int64_t price_of(const struct offer_builder *b, enum field field, char currency[4]) {
    int64_t hundredths;
    const char *text = value_of(b, field);
    currency[0] = 0;
    if (!text || !value_price(text, &hundredths, currency) || hundredths == 0)
        return FEED_NO_PRICE;
    return hundredths;
}

static nacre_status choose_price(feed_reader *r, struct feed_offer *offer) {
    struct offer_builder *b = &r->offer;
    char sale_currency[4], old_currency[4];
    int64_t price = price_of(b, FIELD_PRICE, b->currency);
    int64_t old = price_of(b, FIELD_OLD_PRICE, old_currency);
    int64_t sale = price_of(b, FIELD_SALE_PRICE, sale_currency);
    if (sale != FEED_NO_PRICE && (price == FEED_NO_PRICE || sale < price)) {
        old = price;
        price = sale;
        if (!b->currency[0])
            memcpy(b->currency, sale_currency, sizeof b->currency);
    }
    offer->price_hundredths = price;
    offer->old_price_hundredths = price != FEED_NO_PRICE && old > price ? old : FEED_NO_PRICE;
    if (value_of(b, FIELD_CURRENCY)) {
        char declared[4];
        value_currency(value_of(b, FIELD_CURRENCY), declared);
        if (declared[0])
            memcpy(b->currency, declared, sizeof b->currency);
    }
    offer->currency = b->currency[0] ? b->currency : NULL;
    if (price == FEED_NO_PRICE) {
        const struct offer_value *written = &b->values[FIELD_PRICE];
        if (written->text)
            return reader_tell(r, PROBLEM_NO_PRICE, written->line, b->id,
                               "price \"%.40s\" is none; kept without", written->text);
        return reader_tell(r, PROBLEM_NO_PRICE, r->record.line, b->id, "no price");
    }
    if (!offer->currency)
        return reader_tell(r, PROBLEM_NO_CURRENCY, r->record.line, b->id, "no currency");
    return NACRE_OK;
}

static nacre_status choose_address(feed_reader *r, const char **url) {
    struct offer_builder *b = &r->offer;
    const struct offer_value *written = &b->values[FIELD_URL];
    *url = NULL;
    if (!written->text)
        return reader_tell(r, PROBLEM_NO_URL, r->record.line, b->id, "no address of its page");
    bool out_of_memory;
    *url = value_address(written->text, strlen(written->text), r->shop_url, &b->arena, &out_of_memory);
    if (out_of_memory)
        return reader_fail(r, NACRE_ERROR_MEMORY, "out of memory while reading a feed");
    if (!*url)
        return reader_tell(r, PROBLEM_ADDRESS, written->line, b->id,
                           "url \"%.200s\" is no web address; left out", written->text);
    return NACRE_OK;
}

// "A>B  >C" as "A > B > C".
static nacre_status choose_path(feed_reader *r, const char **path) {
    struct offer_builder *b = &r->offer;
    *path = NULL;
    if (b->category_count)
        return NACRE_OK;
    const char *text = value_of(b, FIELD_CATEGORY_PATH);
    if (!text)
        text = value_of(b, FIELD_GOOGLE_CATEGORY);
    *path = text;
    if (!text || !strchr(text, '>'))
        return NACRE_OK;
    char *result = arena_new(&b->arena, strlen(text) + 1, 3); // every '>' may get two spaces
    if (!result)
        return reader_fail(r, NACRE_ERROR_MEMORY, "out of memory while reading a feed");
    char *to = result;
    while (*text) {
        size_t length = strcspn(text, ">");
        const char *next = text[length] ? text + length + 1 : text + length;
        while (length && value_is_blank(*text)) {
            text++;
            length--;
        }
        while (length && value_is_blank(text[length - 1]))
            length--;
        if (length) {
            if (to > result)
                to = stpcpy(to, " > ");
            memcpy(to, text, length);
            to += length;
        }
        text = next;
    }
    *path = *result ? result : NULL;
    return NACRE_OK;
}

// Whether "2026-01-31T…" lies in the past; other spellings are not believed.
static bool has_expired(const char *date) {
    int year, month, day;
    if (sscanf(date, "%4d-%2d-%2d", &year, &month, &day) != 3)
        return false;
    time_t now = time(NULL);
    struct tm today;
    gmtime_r(&now, &today);
    return (year * 100 + month) * 100 + day <
           ((today.tm_year + 1900) * 100 + today.tm_mon + 1) * 100 + today.tm_mday;
}

static void choose_availability(feed_reader *r, struct feed_offer *offer) {
    struct offer_builder *b = &r->offer;
    const char *written = value_of(b, FIELD_AVAILABLE);
    const char *expires = value_of(b, FIELD_EXPIRES);
    const char *deleted = value_of(b, FIELD_DELETED);
    offer->available = !written || value_available(written, true);
    if (expires && has_expired(expires))
        offer->available = false;
    if (deleted && value_available(deleted, false)) {
        offer->available = false;
        r->partial = true;
    }
}

static nacre_status check_categories(feed_reader *r, const struct feed_offer *offer) {
    if (offer->category_count == 0 && !offer->category_path)
        return reader_tell(r, PROBLEM_NO_CATEGORY, offer->line, offer->id, "no category");
    nacre_status status = NACRE_OK;
    for (size_t i = 0; i < offer->category_count && status == NACRE_OK; i++)
        status = reader_check_category(r, offer, offer->category_ids[i]);
    return status;
}

static nacre_status fill(feed_reader *r, struct feed_offer *offer) {
    struct offer_builder *b = &r->offer;
    *offer = (struct feed_offer){
        .line = r->record.line,
        .id = b->id,
        .group_id = value_of(b, FIELD_GROUP),
        .vendor = value_of(b, FIELD_VENDOR),
        .vendor_code = value_of(b, FIELD_VENDOR_CODE),
        .description = value_of(b, FIELD_DESCRIPTION),
        .barcode = value_of(b, FIELD_BARCODE),
        .colour = b->meant[MEANING_COLOUR],
        .size = b->meant[MEANING_SIZE],
        .gender = b->meant[MEANING_GENDER],
        .category_ids = b->categories,
        .category_count = b->category_count,
        .pictures = b->pictures,
        .picture_count = b->picture_count,
        .params = b->params,
        .param_count = b->param_count,
    };
    choose_availability(r, offer);
    nacre_status status = choose_name(r, &offer->name);
    if (status == NACRE_OK)
        status = choose_price(r, offer);
    if (status == NACRE_OK)
        status = choose_address(r, &offer->url);
    if (status == NACRE_OK)
        status = choose_path(r, &offer->category_path);
    if (status == NACRE_OK)
        status = check_categories(r, offer);
    if (status == NACRE_OK && offer->picture_count == 0)
        status = reader_tell(r, PROBLEM_NO_PICTURE, offer->line, offer->id, "no picture");
    return status;
}

nacre_status offer_build(feed_reader *r, struct feed_offer *offer, bool *good) {
    struct offer_builder *b = &r->offer;
    struct record *record = &r->record;
    *good = false;
    b->id = NULL;
    b->picture_count = b->param_count = b->category_count = 0;
    memset(b->values, 0, sizeof b->values);
    memset(b->meant, 0, sizeof b->meant);
    arena_reset(&b->arena);
    b->has_ampersand = memchr(record->text, '&', record->length) != NULL;
    take_id(r);
    if (record->too_large)
        return reader_tell(r, PROBLEM_TOO_LARGE, record->line, b->id, "the offer is above %d MB or %d fields",
                           LIMIT_FEED_RECORD_BYTES / 1024 / 1024, LIMIT_FEED_RECORD_FIELDS);
    nacre_status status = NACRE_OK;
    if (record->text_cut)
        status = reader_tell(r, PROBLEM_TEXT_CUT, record->line, b->id, "a text above %d KB is cut",
                             LIMIT_FEED_TEXT_BYTES / 1024);
    for (size_t i = 0; i < record->field_count && status == NACRE_OK; i++)
        status = take_field(r, &record->fields[i]);
    if (status)
        return status;
    b->id = value_of(b, FIELD_ID);
    if (!b->id)
        return reader_tell(r, PROBLEM_NO_ID, record->line, NULL, "an offer without an id");
    if (r->summary.dialect == FEED_YML && value_of(b, FIELD_MODIFIED))
        r->summary.dialect = FEED_ADMITAD; // which is YML with a few elements more
    status = fill(r, offer);
    *good = status == NACRE_OK;
    return status;
}
