// SPDX-License-Identifier: Apache-2.0
#include "catalogue/review_json.h"

bool review_row_is_open(const struct review_row *row) {
    return row->unmapped > 0 || row->conflict;
}

static json_t *guesses_json(const struct suggest_result *result, const taxonomy *t) {
    json_t *guesses = json_array();
    for (size_t i = 0; i < result->count; i++) {
        const struct suggestion *guess = &result->guesses[i];
        bool mapped = guess->answer == MAPPING_MAPPED;
        json_array_append_new(guesses,
                              json_pack("{s:s*, s:b, s:f, s:s}", "category",
                                        mapped ? taxonomy_id(t, guess->category) : NULL, "ignore", !mapped,
                                        "confidence", (double)guess->confidence, "because", guess->because));
    }
    return guesses;
}

static json_t *rules_json(const struct suggest_result *result, const taxonomy *t) {
    json_t *rules = json_array();
    for (size_t i = 0; i < result->rule_count; i++)
        json_array_append_new(rules, json_pack("{s:s, s:s, s:s}", "param", result->rules[i].param, "is",
                                               result->rules[i].value, "category",
                                               taxonomy_id(t, result->rules[i].category)));
    return rules;
}

json_t *review_row_json(const struct review_row *row, const char *shop, const taxonomy *t) {
    return json_pack(
        "{s:s, s:s*, s:s, s:I, s:I, s:I, s:I, s:s*, s:s*, s:o, s:o}", "shop", shop, "id", row->id, "path",
        row->path, "products", (json_int_t)row->products, "mapped", (json_int_t)row->mapped, "ignored",
        (json_int_t)row->ignored, "unmapped", (json_int_t)row->unmapped, "category",
        row->category == CATEGORY_NONE ? NULL : taxonomy_id(t, row->category), "conflict", row->conflict,
        "guesses", guesses_json(&row->guess, t), "rules", rules_json(&row->guess, t));
}
