// SPDX-License-Identifier: Apache-2.0
#include "catalogue/mapped.h"

#include "base/limits.h"

enum mapping_answer catalogue_map_product(const mapping *m, const struct catalogue_product *product,
                                          int *category, bool *by_rule) {
    struct mapping_param params[LIMIT_FEED_PARAMS];
    size_t count = product->param_count < LIMIT_FEED_PARAMS ? product->param_count : LIMIT_FEED_PARAMS;
    for (size_t i = 0; i < count; i++)
        params[i] = (struct mapping_param){product->params[i].name, product->params[i].value};
    const struct mapping_offer offer = {
        .category_ids = product->category_ids,
        .category_count = product->category_count,
        .category_path = product->category_path,
        .name = product->name,
        .vendor = product->vendor,
        .params = params,
        .param_count = count,
    };
    return mapping_resolve(m, &offer, category, by_rule);
}
