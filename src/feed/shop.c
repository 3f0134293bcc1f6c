// SPDX-License-Identifier: Apache-2.0
// What a feed says before its offers: who the shop is, and its categories.
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "feed/reader.h"
#include "feed/values.h"

// The first text of the field that is not empty, tidied; NULL where there is none.
static const char *find_text(struct record *record, enum field field) {
    for (size_t i = 0; i < record->field_count; i++) {
        if (record->fields[i].field != field)
            continue;
        size_t length = record->fields[i].length;
        char *text = value_trim(record->text + record->fields[i].start, &length);
        length = value_unescape(text, value_collapse(text, length));
        if (length)
            return text;
    }
    return NULL;
}

nacre_status reader_shop(feed_reader *r) {
    struct feed_shop shop = {
        .name = find_text(&r->record, FIELD_SHOP_NAME),
        .company = find_text(&r->record, FIELD_COMPANY),
        .url = find_text(&r->record, FIELD_SHOP_URL),
    };
    if (shop.url) {
        r->shop_url = memory_copy_text(shop.url);
        if (!r->shop_url)
            return reader_fail(r, NACRE_ERROR_MEMORY, "out of memory while reading a feed");
    }
    nacre_status status = r->handler.shop ? r->handler.shop(r->handler.context, &shop) : NACRE_OK;
    return status ? reader_fail(r, status, "the feed's shop could not be stored") : NACRE_OK;
}

static nacre_status remember_parent(feed_reader *r, uint64_t key, size_t line) {
    struct category_set *set = &r->categories;
    if (set->parent_count == set->parent_capacity) {
        size_t capacity = set->parent_capacity ? 2 * set->parent_capacity : 256;
        struct category_parent *parents = memory_resize(set->parents, capacity, sizeof *parents);
        if (!parents)
            return reader_fail(r, NACRE_ERROR_MEMORY, "out of memory while reading a feed");
        set->parents = parents;
        set->parent_capacity = capacity;
    }
    set->parents[set->parent_count++] = (struct category_parent){.key = key, .line = line};
    return NACRE_OK;
}

static nacre_status hand_on(feed_reader *r, const struct feed_category *category) {
    r->summary.categories++;
    nacre_status status = r->handler.category ? r->handler.category(r->handler.context, category) : NACRE_OK;
    return status ? reader_fail(r, status, "category %s could not be stored", category->id) : NACRE_OK;
}

nacre_status reader_category(feed_reader *r) {
    struct feed_category category = {
        .line = r->record.line,
        .id = find_text(&r->record, FIELD_ID),
        .parent_id = find_text(&r->record, FIELD_PARENT_ID),
        .name = find_text(&r->record, FIELD_CATEGORY_NAME),
    };
    if (!category.id)
        return reader_tell(r, PROBLEM_CATEGORY_ID, category.line, NULL, "a category without an id");
    if (r->categories.ids.count == LIMIT_FEED_CATEGORIES)
        return reader_stop(r, category.line, "more than %d categories", LIMIT_FEED_CATEGORIES);
    r->categories.listed = true;
    bool is_new;
    if (!variant_table_put(&r->categories.ids, variants_hash(&r->variants, 'k', category.id), &is_new))
        return reader_fail(r, NACRE_ERROR_MEMORY, "out of memory while reading a feed");
    nacre_status status = NACRE_OK;
    if (!is_new)
        status = reader_tell(r, PROBLEM_CATEGORY_REPEATED, category.line, NULL,
                             "category %s stands here again", category.id);
    if (category.parent_id &&
        (strcmp(category.parent_id, "0") == 0 || strcmp(category.parent_id, category.id) == 0))
        category.parent_id = NULL; // both are ways to say: at the top
    if (status == NACRE_OK && category.parent_id)
        status = remember_parent(r, variants_hash(&r->variants, 'k', category.parent_id), category.line);
    if (status == NACRE_OK && !category.name) {
        category.name = category.id;
        status = reader_tell(r, PROBLEM_CATEGORY_NAME, category.line, NULL,
                             "category %s has no name; its id stands for it", category.id);
    }
    return status ? status : hand_on(r, &category);
}

nacre_status reader_categories_end(feed_reader *r) {
    struct category_set *set = &r->categories;
    nacre_status status = NACRE_OK;
    for (size_t i = 0; i < set->parent_count && status == NACRE_OK; i++)
        if (!variant_table_has(&set->ids, set->parents[i].key))
            status = reader_tell(r, PROBLEM_CATEGORY_PARENT, set->parents[i].line, NULL,
                                 "the category's parent is not in the list; taken as one at the top");
    set->parent_count = 0;
    return status;
}

nacre_status reader_check_category(feed_reader *r, const struct feed_offer *offer, const char *id) {
    if (!r->categories.listed)
        return r->table || r->told[PROBLEM_NO_CATEGORIES]
                   ? NACRE_OK
                   : reader_tell(r, PROBLEM_NO_CATEGORIES, offer->line, NULL, "the feed lists no categories");
    if (variant_table_has(&r->categories.ids, variants_hash(&r->variants, 'k', id)))
        return NACRE_OK;
    return reader_tell(r, PROBLEM_UNKNOWN_CATEGORY, offer->line, offer->id,
                       "category %.100s is not in the list", id);
}
