// SPDX-License-Identifier: Apache-2.0
// Items as JSON, one form for the command line and HTTP.
#include <math.h>

#include "vision/vision.h"

static json_t *label_json(const taxonomy *t, int category) {
    return json_pack("{s:s, s:s}", "en", taxonomy_name(t, category, TAXONOMY_ENGLISH), "ru",
                     taxonomy_name(t, category, TAXONOMY_RUSSIAN));
}

// Four digits are more than a probability is worth.
static json_t *score_json(float score) {
    return json_real(round((double)score * 1e4) / 1e4);
}

json_t *categories_json(const struct encoding *encoding, const taxonomy *t) {
    json_t *list = json_array();
    for (size_t i = 0; i < encoding->category_count; i++) {
        const struct vision_category *category = &encoding->categories[i];
        json_t *entry = json_pack("{s:s, s:o}", "id", taxonomy_id(t, category->category), "score",
                                  score_json(category->score));
        if (json_array_append_new(list, entry)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

json_t *item_json(const struct item *item, const taxonomy *t) {
    int category = item->encoding.category;
    json_t *mask = item->mask ? json_pack("{s:[i,i], s:s}", "size", item->mask->height, item->mask->width,
                                          "counts", item->mask->counts)
                              : NULL;
    return json_pack("{s:[i,i,i,i], s:o, s:s, s:o, s:o, s:o*}", "box", item->box.x, item->box.y,
                     item->box.width, item->box.height, "score", score_json(item->score), "category",
                     taxonomy_id(t, category), "label", label_json(t, category), "categories",
                     categories_json(&item->encoding, t), "mask", mask);
}
