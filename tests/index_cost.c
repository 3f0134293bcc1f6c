// SPDX-License-Identifier: Apache-2.0
// Fixed work for tests/index_cost to count the instructions of: one query, or a batch of 16, over 50 000
// items.
#include <stdlib.h>
#include <string.h>

#include <nacre/nacre.h>

#include "test_codes.h"

int main(int argc, char **argv) {
    enum { ITEMS = 50000, BATCH = 16, K = 20 };
    static nacre_item items[ITEMS];
    static nacre_query queries[BATCH];
    static nacre_hit hits[BATCH * K];
    size_t found[BATCH], count = argc > 1 ? (size_t)atoi(argv[1]) : 1;
    nacre_index *index;
    for (uint32_t i = 0; i < ITEMS; i++) {
        items[i] = (nacre_item){.item = i, .product = i};
        random_code(items[i].shape, CODES_RANDOM);
        random_code(items[i].colour, CODES_RANDOM);
    }
    for (size_t i = 0; i < BATCH; i++) {
        queries[i] = (nacre_query){.shape_weight = 1, .colour_weight = 1};
        random_code(queries[i].shape, CODES_RANDOM);
        random_code(queries[i].colour, CODES_RANDOM);
    }
    if (count > BATCH || nacre_index_new(&(nacre_index_options){.threads = 1}, &index, NULL) != NACRE_OK ||
        nacre_index_put(index, items, ITEMS, NULL) != NACRE_OK ||
        nacre_index_commit(index, NULL) != NACRE_OK ||
        nacre_index_search(index, queries, count, K, hits, found, NULL) != NACRE_OK || found[0] != K)
        return 1;
    nacre_index_free(index);
}
