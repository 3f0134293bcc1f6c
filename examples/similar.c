// SPDX-License-Identifier: Apache-2.0
// The index as a library: cc similar.c $(pkg-config --cflags --libs nacre) -o similar
#include <nacre/nacre.h>
#include <stdio.h>

static int complain(const nacre_error *error) {
    fprintf(stderr, "similar: %s\n", error->message);
    return 1;
}

int main(void) {
    enum { EVENING_DRESSES = 12, HEELS = 40 };
    const nacre_item items[] = {
        {.item = 1, .product = 7, .category = EVENING_DRESSES, .price = 499000, .shape = {1}, .colour = {9}},
        {.item = 2, .product = 7, .category = EVENING_DRESSES, .price = 499000, .shape = {3}, .colour = {9}},
        {.item = 3, .product = 8, .category = EVENING_DRESSES, .price = 799000, .shape = {1}, .colour = {8}},
        {.item = 4, .product = 9, .category = HEELS, .price = 299000, .shape = {1}, .colour = {9}},
    };
    const nacre_query query = {
        .shape = {1},
        .colour = {9},
        .shape_weight = 2, // a dress: its colours count more than its cut
        .colour_weight = 8,
        .categories = (const uint16_t[]){EVENING_DRESSES},
        .category_count = 1,
    };
    nacre_index *index;
    nacre_error error;
    nacre_hit hits[10];
    size_t found;
    if (nacre_index_new(&(nacre_index_options){.model = "example 1"}, &index, &error) != NACRE_OK)
        return complain(&error);
    if (nacre_index_put(index, items, 4, &error) != NACRE_OK ||
        nacre_index_commit(index, &error) != NACRE_OK ||
        nacre_index_search(index, &query, 1, 10, hits, &found, &error) != NACRE_OK)
        return complain(&error);
    for (size_t i = 0; i < found; i++)
        printf("product %lld, distance %u\n", (long long)hits[i].product, hits[i].distance);
    nacre_index_free(index);
}
