// SPDX-License-Identifier: Apache-2.0
// The words do not depend on the weights of a search, which are a wish: a table's entry has the weights that
// it was fitted with.
#include "vision/match.h"

#include "base/memory.h"

enum { CODE_BITS = 128, WORDS = 3 };
static const char *const NAMES[WORDS] = {"same", "very similar", "similar"};

struct entry {
    int category; // CATEGORY_NONE: any other
    unsigned shape, colour;
    double from[WORDS]; // the least similarity of each word
};

struct match_table {
    const taxonomy *taxonomy;
    struct entry *entries;
    size_t count;
};

static bool read_entry(const json_t *json, struct entry *entry) {
    const json_t *weights = json_object_get(json, "weights");
    json_int_t shape = json_integer_value(json_array_get(weights, 0));
    json_int_t colour = json_integer_value(json_array_get(weights, 1));
    if (json_array_size(weights) != 2 || shape < 0 || shape > 255 || colour < 0 || colour > 255 ||
        shape + colour == 0)
        return false;
    entry->shape = (unsigned)shape;
    entry->colour = (unsigned)colour;
    for (size_t i = 0; i < WORDS; i++) {
        const json_t *from = json_object_get(json, NAMES[i]);
        entry->from[i] = json_number_value(from);
        if (!json_is_number(from) || entry->from[i] < 0 || entry->from[i] > 1 ||
            (i > 0 && entry->from[i] > entry->from[i - 1]))
            return false;
    }
    return true;
}

static nacre_status fill(const network *n, const json_t *json, match_table *table, nacre_error *error) {
    const char *id;
    const json_t *value;
    json_object_foreach((json_t *)json, id, value) {
        struct entry *entry = &table->entries[table->count++];
        entry->category = *id ? taxonomy_find(table->taxonomy, id) : CATEGORY_NONE;
        if (*id && entry->category == CATEGORY_NONE)
            return network_refuse(
                n, error, "its metadata entry nacre.match names \"%s\", which the taxonomy has not", id);
        if (!read_entry(value, entry))
            return network_refuse(
                n, error,
                "its metadata entry nacre.match must have for \"%s\" {\"weights\":[S,C],\"same\":A,"
                "\"very similar\":B,\"similar\":C} with 1 >= A >= B >= C >= 0 (docs/models.md)",
                id);
    }
    return NACRE_OK;
}

nacre_status match_table_read(const network *n, const taxonomy *t, match_table **result, nacre_error *error) {
    json_t *json;
    nacre_status status = network_setting(n, "match", &json, error);
    *result = NULL;
    if (status || !json)
        return status;
    match_table *table = memory_new(1, sizeof *table);
    if (table) {
        table->taxonomy = t;
        table->entries = memory_new(json_object_size(json), sizeof *table->entries);
    }
    if (!json_is_object(json))
        status = network_refuse(n, error, "its metadata entry nacre.match is no JSON object");
    else if (!table || !table->entries)
        status = error_memory(error, "loading a model");
    else
        status = fill(n, json, table, error);
    json_decref(json);
    if (status)
        match_table_free(table);
    else
        *result = table;
    return status;
}

void match_table_free(match_table *table) {
    if (table)
        memory_free(table->entries);
    memory_free(table);
}

static const struct entry *find(const match_table *table, int category) {
    for (;; category = taxonomy_parent(table->taxonomy, category)) {
        for (size_t i = 0; i < table->count; i++) {
            if (table->entries[i].category == category)
                return &table->entries[i];
        }
        if (category == CATEGORY_NONE)
            return NULL;
    }
}

const char *match_word(const match_table *table, int category, unsigned shape_distance,
                       unsigned colour_distance) {
    const struct entry *entry = table ? find(table, category) : NULL;
    if (!entry)
        return NULL;
    double distance = (double)entry->shape * shape_distance + (double)entry->colour * colour_distance;
    double similarity = 1 - distance / (CODE_BITS * (entry->shape + entry->colour));
    for (size_t i = 0; i < WORDS; i++) {
        if (similarity >= entry->from[i])
            return NAMES[i];
    }
    return "related";
}
