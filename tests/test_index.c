// SPDX-License-Identifier: Apache-2.0
// The index against an obvious model: a plain list that is searched by a plain loop and sorted.
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <zlib.h>

#include <nacre/nacre.h>

#include "base/file.h"
#include "base/memory.h"
#include "index/kernel.h"
#include "index/top.h"
#include "test_codes.h"

static void kernel_is_named(void **state) {
    (void)state;
    const char *forced = getenv("NACRE_SIMD");
    if (forced)
        assert_memory_equal(nacre_index_kernel(), forced, strlen(forced));
    else
        assert_string_equal(nacre_index_kernel(), kernels_here()[0]->name);
}

// ---- The best k

static int compare_places(const void *a, const void *b) {
    const struct place *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

// Puts down `count` places of up to `products` products and up to `distances` distances, some of them twice.
static void check_top(size_t k, size_t count, uint32_t products, uint32_t distances) {
    struct place *all = calloc(count + 1, sizeof *all), *places = calloc(k + TOP_SPARE, sizeof *places);
    bool *shown = calloc(products, sizeof *shown);
    assert_true(all && places && shown);
    struct top top = {.k = k, .worst = UINT64_MAX, .places = places};
    for (uint32_t i = 0; i < count; i++) {
        all[i] = (struct place){.key = (uint64_t)random_below(distances) << 32 | i,
                                .product = random_below(products)};
        if (i > 0 && !random_below(20))
            all[i] = all[i - 1];
        top_add(&top, all[i]);
    }
    top_sort(&top);
    qsort(all, count, sizeof *all, compare_places);
    size_t found = 0;
    for (size_t i = 0; i < count && found < k; i++)
        if (!shown[all[i].product]) {
            shown[all[i].product] = true;
            assert_true(found < top.count);
            assert_int_equal(top.places[found].key, all[i].key);
            assert_int_equal(top.places[found].product, all[i].product);
            found++;
        }
    assert_int_equal(top.count, found);
    free(all);
    free(places);
    free(shown);
}

static void a_top_is_the_best_of_a_sorted_list(void **state) {
    (void)state;
    const size_t ks[] = {1, 2, 3, 50, 1000, TOP_LARGEST};
    const uint32_t some[] = {1, 10, 300, 100000};
    for (unsigned round = 0; round < 40; round++)
        for (size_t k = 0; k < 6; k++)
            check_top(ks[k], random_below(round % 2 ? 200 : 9000), some[random_below(4)],
                      some[random_below(4)]);
}

// ---- The model: a plain list

enum { MODEL_ITEMS = 4096 };

struct model {
    nacre_item items[MODEL_ITEMS]; // by number
    bool there[MODEL_ITEMS];
};

static bool contains(const uint32_t *numbers, size_t count, uint32_t number) {
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == number)
            return true;
    return count == 0;
}

static bool model_passes(const nacre_item *item, const nacre_query *q) {
    bool category = !q->categories;
    for (size_t i = 0; i < q->category_count; i++)
        category = category || q->categories[i] == item->category;
    const nacre_filter *f = &q->filter;
    bool has_price_filter = f->price_min > 0 || f->price_max > 0;
    return category && contains(f->shops, f->shop_count, item->shop) &&
           contains(f->brands, f->brand_count, item->brand) && (!f->only_available || item->available) &&
           (!f->without_product || f->not_product != item->product) &&
           (!has_price_filter || (item->price >= 0 && item->price >= f->price_min &&
                                  (f->price_max == 0 || item->price <= f->price_max)));
}

static int compare_hits(const void *a, const void *b) {
    const nacre_hit *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static size_t model_search(const struct model *m, const nacre_query *q, size_t k, nacre_hit *hits) {
    static nacre_hit all[MODEL_ITEMS];
    size_t count = 0, found = 0;
    for (size_t i = 0; i < MODEL_ITEMS; i++) {
        const nacre_item *item = &m->items[i];
        if (!m->there[i] || !model_passes(item, q))
            continue;
        uint32_t shape = naive_hamming(item->shape, q->shape),
                 colour = naive_hamming(item->colour, q->colour);
        all[count++] = (nacre_hit){.item = i,
                                   .product = item->product,
                                   .distance = q->shape_weight * shape + q->colour_weight * colour,
                                   .category = item->category,
                                   .shape_distance = (uint8_t)shape,
                                   .colour_distance = (uint8_t)colour};
    }
    qsort(all, count, sizeof *all, compare_hits);
    for (size_t i = 0; i < count && found < k; i++) {
        bool shown = false;
        for (size_t n = 0; n < found; n++)
            shown = shown || hits[n].product == all[i].product;
        if (!shown)
            hits[found++] = all[i];
    }
    return found;
}

// ---- The index against the model

static nacre_item random_item(uint32_t number, enum code_kind kind) {
    nacre_item item = {.item = number,
                       .product = random_below(4) ? number : random_below(40),
                       .price = random_below(50) ? (int64_t)random_below(1000) : -1,
                       .shop = random_below(5),
                       .brand = random_below(9) * 500000000u,
                       .category = (uint16_t)(random_below(3) ? 7 : random_below(6) * 13000),
                       .available = random_below(4)};
    random_code(item.shape, kind);
    random_code(item.colour, kind);
    return item;
}

static const uint32_t some_shops[] = {1, 3}, some_brands[] = {500000000u, 4000000000u, 17};
enum { ALL_LISTS = UINT16_MAX };

static const uint16_t some_categories[] = {39000, 7, 7, 65000, 3};

static nacre_query random_query(enum code_kind kind) {
    nacre_query q = {.shape_weight = (uint8_t)random_bits(), .colour_weight = (uint8_t)random_bits()};
    const uint8_t corners[][2] = {{1, 0}, {0, 1}, {255, 255}, {1, 1}, {10, 1}, {2, 8}};
    if (random_below(2) || (!q.shape_weight && !q.colour_weight)) {
        const uint8_t *corner = corners[random_below(6)];
        q.shape_weight = corner[0];
        q.colour_weight = corner[1];
    }
    random_code(q.shape, kind);
    random_code(q.colour, kind);
    q.lists = random_below(2) ? ALL_LISTS : 0; // as exact as none
    if (random_below(2)) {
        q.categories = some_categories;
        q.category_count = random_below(6);
    }
    if (random_below(2))
        q.filter = (nacre_filter){.shops = some_shops,
                                  .shop_count = random_below(3),
                                  .brands = some_brands,
                                  .brand_count = random_below(4),
                                  .price_min = random_below(2) * random_below(700),
                                  .price_max = random_below(2) * (1 + random_below(1000)),
                                  .only_available = random_below(2),
                                  .without_product = random_below(2),
                                  .not_product = random_below(40)};
    return q;
}

static void check_hits(const struct model *m, const nacre_query *q, size_t k, const nacre_hit *hits,
                       size_t found) {
    static nacre_hit expected[NACRE_MAX_HITS];
    size_t count = model_search(m, q, k, expected);
    assert_int_equal(found, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(hits[i].item, expected[i].item);
        assert_int_equal(hits[i].product, expected[i].product);
        assert_int_equal(hits[i].distance, expected[i].distance);
        assert_int_equal(hits[i].category, expected[i].category);
        assert_int_equal(hits[i].shape_distance, expected[i].shape_distance);
        assert_int_equal(hits[i].colour_distance, expected[i].colour_distance);
    }
}

static void check_searches(nacre_index *index, const struct model *m, enum code_kind kind, size_t rounds) {
    enum { BATCH = 5 };
    static nacre_hit hits[BATCH * NACRE_MAX_HITS];
    nacre_error error;
    for (size_t round = 0; round < rounds; round++) {
        nacre_query queries[BATCH];
        size_t found[BATCH], count = round % 2 ? 1 : BATCH;
        size_t k = round % 8 == 7 ? NACRE_MAX_HITS : 1 + random_below(60);
        for (size_t i = 0; i < count; i++)
            queries[i] = random_query(kind);
        assert_ok(nacre_index_search(index, queries, count, k, hits, found, &error), error);
        for (size_t i = 0; i < count; i++)
            check_hits(m, &queries[i], k, hits + i * k, found[i]);
    }
}

static void check_count(nacre_index *index, const struct model *m) {
    nacre_index_statistics s;
    nacre_index_get_statistics(index, &s);
    size_t there = 0;
    for (size_t i = 0; i < MODEL_ITEMS; i++)
        there += m->there[i];
    assert_int_equal(s.items, there);
    assert_int_equal(s.pending, 0);
}

static uint64_t items_in_lists(nacre_index *index) {
    nacre_index_statistics s;
    nacre_index_get_statistics(index, &s);
    return s.coarse_items;
}

// One random change, to both.
static void change_something(nacre_index *index, struct model *m, enum code_kind kind) {
    uint32_t number = random_below(MODEL_ITEMS), what = random_below(10);
    nacre_error error;
    if (what < 6) {
        nacre_item item = random_item(number, kind);
        assert_ok(nacre_index_put(index, &item, 1, &error), error);
        m->items[number] = item;
        m->there[number] = true;
    } else if (what < 8) {
        uint64_t item = number;
        assert_ok(nacre_index_remove(index, &item, 1, &error), error);
        m->there[number] = false;
    } else {
        nacre_offer offer = {.item = number, .price = random_below(1000), .available = random_below(2)};
        assert_ok(nacre_index_update(index, &offer, 1, &error), error);
        m->items[number].price = offer.price;
        m->items[number].available = offer.available;
    }
}

static nacre_index *reopen(nacre_index *index, const nacre_index_options *options) {
    char *folder = test_new_folder(), *path = NULL;
    assert_true(asprintf(&path, "%s/index", folder) > 0);
    nacre_error error;
    assert_ok(nacre_index_save(index, path, &error), error);
    nacre_index_free(index);
    assert_ok(nacre_index_open(path, options, &index, &error), error);
    free(path);
    test_remove_folder(folder); // the mapping stays
    return index;
}

static void random_changes_match_a_plain_list(void **state) {
    (void)state;
    nacre_index_options options = {.model = "test 1", .threads = 2};
    for (unsigned round = 0; round < 12; round++) {
        options.coarse_items = round / 2 % 2 ? 1 + random_below(500) : 0;
        random_state = 1000 + round;
        struct model *m = calloc(1, sizeof *m);
        assert_non_null(m);
        nacre_index *index;
        nacre_error error;
        enum code_kind kind = round % 2 ? CODES_NEAR : round % 12 == 4 ? CODES_ZERO : CODES_RANDOM;
        assert_ok(nacre_index_new(&options, &index, &error), error);
        check_searches(index, m, kind, 2);
        for (unsigned commits = 0; commits < 30; commits++) {
            for (uint32_t n = random_below(3) ? random_below(100) : random_below(3000); n > 0; n--)
                change_something(index, m, kind);
            assert_ok(nacre_index_commit(index, &error), error);
            check_count(index, m);
            check_searches(index, m, kind, 4);
            if (commits % 10 == 9)
                index = reopen(index, &options);
        }
        assert_int_equal(items_in_lists(index) > 0, options.coarse_items > 0);
        nacre_index_free(index);
        free(m);
    }
}

// Sizes around the borders of blocks, and k above them.
static void every_size_around_a_block_works(void **state) {
    (void)state;
    for (uint32_t size = 0; size <= 200; size += size >= 60 && size <= 68    ? 1
                                                 : size >= 124 && size < 132 ? 1
                                                                             : 4) {
        struct model *m = calloc(1, sizeof *m);
        assert_non_null(m);
        nacre_index *index;
        nacre_error error;
        assert_ok(nacre_index_new(NULL, &index, &error), error);
        for (uint32_t i = 0; i < size; i++) {
            m->items[i] = random_item(i, CODES_NEAR);
            m->items[i].category = 7;
            m->there[i] = true;
            assert_ok(nacre_index_put(index, &m->items[i], 1, &error), error);
        }
        assert_ok(nacre_index_commit(index, &error), error);
        check_searches(index, m, CODES_NEAR, 6);
        nacre_index_free(index);
        free(m);
    }
}

// So few that the filter is asked before the codes, with a shop and without, for a batch of which some share
// a filter; some rows are dead.
static void filters_that_few_pass_are_exact(void **state) {
    (void)state;
    struct model *m = calloc(1, sizeof *m);
    assert_non_null(m);
    nacre_index *index;
    nacre_error error;
    assert_ok(nacre_index_new(NULL, &index, &error), error);
    for (unsigned commits = 0; commits < 4; commits++) {
        for (uint32_t i = 0; i < MODEL_ITEMS - 30; i += commits ? 1 + random_below(40) : 1) {
            m->items[i] = random_item(i, CODES_NEAR);
            m->items[i].category = 7;
            m->there[i] = true;
            assert_ok(nacre_index_put(index, &m->items[i], 1, &error), error);
        }
        assert_ok(nacre_index_commit(index, &error), error);
        for (unsigned round = 0; round < 100; round++) {
            nacre_query q[4];
            for (size_t i = 0; i < 4; i++) {
                int64_t lowest = random_below(1000);
                q[i] = random_query(CODES_NEAR);
                q[i].categories = NULL;
                q[i].filter.price_min = lowest;
                q[i].filter.price_max = lowest + random_below(30);
                if (i > 0 && random_below(2))
                    q[i].filter = q[i - 1].filter;
            }
            size_t k = 1 + random_below(20), count = 1 + random_below(4), found[4];
            nacre_hit hits[4 * 20];
            assert_ok(nacre_index_search(index, q, count, k, hits, found, &error), error);
            for (size_t i = 0; i < count; i++)
                check_hits(m, &q[i], k, hits + i * k, found[i]);
        }
    }
    nacre_index_free(index);
    free(m);
}

// ---- Approximate searches

enum { CLUSTERS = 300, CLUSTERED = 20000, PEOPLE = 40 };

// One of the clusters' centres with a twelfth of its bits flipped.
static void clustered_code(uint8_t code[CODE_BYTES], uint64_t cluster) {
    uint64_t state = random_state;
    random_state = cluster;
    random_code(code, CODES_RANDOM);
    random_state = state;
    for (size_t bit = 0; bit < 8 * CODE_BYTES; bit++)
        code[bit / 8] = (uint8_t)(code[bit / 8] ^ !random_below(12) << bit % 8);
}

static void put_clustered(nacre_index *index, uint32_t first, uint32_t end) {
    nacre_error error;
    for (uint32_t i = first; i < end; i++) {
        nacre_item item = {.item = i, .product = i, .category = i % 10 ? 7 : 9, .price = i % 100};
        uint64_t cluster = random_below(CLUSTERS);
        clustered_code(item.shape, cluster);
        clustered_code(item.colour, cluster + CLUSTERS);
        assert_ok(nacre_index_put(index, &item, 1, &error), error);
    }
    assert_ok(nacre_index_commit(index, &error), error);
}

static void lay_out_all(nacre_index *index, uint64_t expected) {
    nacre_error error;
    for (unsigned i = 0; i < 100 && items_in_lists(index) < expected; i++)
        assert_ok(nacre_index_commit(index, &error), error);
    assert_int_equal(items_in_lists(index), expected);
}

static void make_queries(nacre_query q[PEOPLE], uint16_t lists) {
    random_state = 77;
    for (size_t i = 0; i < PEOPLE; i++) {
        uint64_t cluster = random_below(CLUSTERS);
        q[i] = (nacre_query){.shape_weight = 1, .colour_weight = 1, .lists = lists};
        clustered_code(q[i].shape, cluster);
        clustered_code(q[i].colour, cluster + CLUSTERS);
    }
}

static void search_clustered(nacre_index *index, uint16_t lists, size_t k, nacre_hit *hits) {
    nacre_query q[PEOPLE];
    size_t found[PEOPLE];
    nacre_error error;
    make_queries(q, lists);
    memset(hits, 0, PEOPLE * k * sizeof *hits);
    assert_ok(nacre_index_search(index, q, PEOPLE, k, hits, found, &error), error);
    for (size_t i = 0; i < PEOPLE; i++)
        assert_int_equal(found[i], k);
}

// How many of the exact hits were found, ties accepted.
static double measure_recall(nacre_index *index, uint16_t lists) {
    enum { K = 50 };
    static nacre_hit exact[PEOPLE * K], coarse[PEOPLE * K];
    search_clustered(index, 0, K, exact);
    search_clustered(index, lists, K, coarse);
    size_t good = 0;
    for (size_t i = 0; i < PEOPLE * K; i++)
        good += coarse[i].distance <= exact[i / K * K + K - 1].distance;
    return (double)good / (PEOPLE * K);
}

static void few_lists_find_nearly_all(void **state) {
    (void)state;
    enum { K = 50 };
    static nacre_hit before[PEOPLE * K], after[PEOPLE * K];
    nacre_index_options options = {.threads = 1, .coarse_items = UINT64_MAX};
    nacre_index *index;
    nacre_error error;
    random_state = 5;
    assert_ok(nacre_index_new(&options, &index, &error), error);
    put_clustered(index, 0, CLUSTERED);
    options.coarse_items =
        CLUSTERED / 2; // only now, so that centres come from all items however fast they came
    index = reopen(index, &options);
    lay_out_all(index, CLUSTERED / 10 * 9); // category 9 is too small
    double two = measure_recall(index, 2), twenty = measure_recall(index, 20);
    assert_true(two >= 0.9 && two < 1);
    assert_true(twenty >= 0.98);
    assert_true(measure_recall(index, ALL_LISTS) == 1);

    search_clustered(index, 3, K, before);
    index = reopen(index, &options);
    assert_int_equal(items_in_lists(index), CLUSTERED / 10 * 9);
    search_clustered(index, 3, K, after);
    assert_memory_equal(before, after, sizeof before);

    options.coarse_items = UINT64_MAX; // what there is stays, nothing new comes
    index = reopen(index, &options);
    put_clustered(index, CLUSTERED, CLUSTERED / 10 * 11); // too few to be merged with the others
    assert_int_equal(items_in_lists(index), CLUSTERED / 10 * 9);
    options.coarse_items = CLUSTERED / 2;
    index = reopen(index, &options);
    lay_out_all(index, CLUSTERED / 100 * 99); // by the same centres
    assert_true(measure_recall(index, 2) >= 0.9);
    assert_true(measure_recall(index, ALL_LISTS) == 1);
    nacre_index_free(index);
}

// A segment with lists of which many rows die is written anew, and keeps its lists.
static void lists_outlive_changes(void **state) {
    (void)state;
    enum { ITEMS = 3000, REMOVED = 1200 };
    nacre_index *index;
    nacre_error error;
    nacre_index_statistics s;
    nacre_index_options options = {.threads = 1, .coarse_items = ITEMS / 2};
    random_state = 8;
    assert_ok(nacre_index_new(&options, &index, &error), error);
    put_clustered(index, 0, ITEMS);
    lay_out_all(index, ITEMS / 10 * 9);
    options.coarse_items = UINT64_MAX; // also where no new lists come
    index = reopen(index, &options);
    for (uint64_t i = 0; i < REMOVED; i++)
        assert_ok(nacre_index_remove(index, &i, 1, &error), error);
    assert_ok(nacre_index_commit(index, &error), error);
    nacre_index_get_statistics(index, &s);
    assert_int_equal(s.items, ITEMS - REMOVED);
    assert_int_equal(s.replaced, 0);
    assert_int_equal(s.coarse_items, (ITEMS - REMOVED) / 10 * 9);
    assert_true(measure_recall(index, ALL_LISTS) == 1);
    nacre_index_free(index);
}

// Lists near to the query hold none of the few items that pass: such a search is exact.
static void a_filter_that_few_pass_is_exact_at_any_number_of_lists(void **state) {
    (void)state;
    nacre_index *index;
    nacre_error error;
    nacre_hit exact[30], coarse[30];
    size_t exact_count, coarse_count;
    random_state = 6;
    assert_ok(nacre_index_new(&(nacre_index_options){.threads = 1, .coarse_items = 1}, &index, &error),
              error);
    put_clustered(index, 0, 3000);
    lay_out_all(index, 3000);
    nacre_query q[PEOPLE];
    make_queries(q, 1);
    for (size_t i = 0; i < PEOPLE; i++) {
        q[i].filter.price_min = q[i].filter.price_max = 10 + (int64_t)i;
        assert_ok(nacre_index_search(index, &q[i], 1, 30, coarse, &coarse_count, &error), error);
        q[i].lists = 0;
        assert_ok(nacre_index_search(index, &q[i], 1, 30, exact, &exact_count, &error), error);
        assert_int_equal(exact_count, 30);
        assert_int_equal(coarse_count, 30);
        assert_memory_equal(exact, coarse, sizeof exact);
    }
    nacre_index_free(index);
}

// Also where several look into the same lists, others into more of them, and some are exact.
static void a_batch_finds_what_single_queries_find(void **state) {
    (void)state;
    enum { K = 50 };
    static nacre_hit batch[PEOPLE * K], single[K];
    nacre_index *index;
    nacre_error error;
    random_state = 9;
    assert_ok(nacre_index_new(&(nacre_index_options){.threads = 1, .coarse_items = 1}, &index, &error),
              error);
    put_clustered(index, 0, CLUSTERED);
    lay_out_all(index, CLUSTERED);
    nacre_query q[PEOPLE];
    make_queries(q, 1);
    for (size_t i = 0; i < PEOPLE; i++) {
        if (i % 3)
            q[i] = q[i - 1];
        q[i].lists = (uint16_t)(i % 7);
        q[i].colour_weight = (uint8_t)(i % 5);
        q[i].shape[0] ^= (uint8_t)(i % 2);
    }
    size_t found[PEOPLE], one;
    memset(batch, 0, sizeof batch);
    assert_ok(nacre_index_search(index, q, PEOPLE, K, batch, found, &error), error);
    for (size_t i = 0; i < PEOPLE; i++) {
        memset(single, 0, sizeof single);
        assert_ok(nacre_index_search(index, &q[i], 1, K, single, &one, &error), error);
        assert_int_equal(found[i], one);
        assert_memory_equal(batch + i * K, single, sizeof single);
    }
    nacre_index_free(index);
}

static void changes_become_visible_by_themselves(void **state) {
    (void)state;
    nacre_index *index;
    nacre_error error;
    nacre_index_statistics s = {0};
    assert_ok(nacre_index_new(NULL, &index, &error), error);
    nacre_item item = random_item(3, CODES_RANDOM);
    assert_ok(nacre_index_put(index, &item, 1, &error), error);
    while (s.items == 0) { // ctest's limit ends a failure
        usleep(1000);
        nacre_index_get_statistics(index, &s);
    }
    nacre_index_free(index);
}

static void wrong_arguments_are_refused(void **state) {
    (void)state;
    nacre_index *index;
    nacre_error error;
    nacre_hit hits[4];
    size_t found;
    assert_ok(nacre_index_new(NULL, &index, &error), error);
    nacre_query q = {.shape_weight = 0};
    assert_int_equal(nacre_index_search(index, &q, 1, 4, hits, &found, &error), NACRE_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "weights are both 0"));
    q.shape_weight = 1;
    assert_int_equal(nacre_index_search(index, &q, 1, 0, hits, &found, &error), NACRE_ERROR_ARGUMENT);
    assert_int_equal(nacre_index_search(index, &q, 1, NACRE_MAX_HITS + 1, hits, &found, &error),
                     NACRE_ERROR_ARGUMENT);
    assert_int_equal(nacre_index_search(index, &q, NACRE_MAX_QUERIES + 1, 4, hits, &found, &error),
                     NACRE_ERROR_ARGUMENT);
    nacre_item items[2] = {{.item = 1}, {.item = UINT64_C(1) << 32}};
    assert_int_equal(nacre_index_put(index, items, 2, &error), NACRE_ERROR_ARGUMENT);
    items[1] = (nacre_item){.item = 2, .product = -1};
    assert_int_equal(nacre_index_put(index, items, 2, &error), NACRE_ERROR_ARGUMENT);
    nacre_index_statistics s;
    nacre_index_get_statistics(index, &s);
    assert_int_equal(s.items + s.pending, 0); // nothing was taken
    nacre_index_free(index);
    char name[NACRE_MODEL_BYTES + 1];
    memset(name, 'm', sizeof name);
    name[NACRE_MODEL_BYTES] = 0;
    assert_int_equal(nacre_index_new(&(nacre_index_options){.model = name}, &index, &error),
                     NACRE_ERROR_ARGUMENT);
}

// ---- Snapshots

struct snapshot {
    char *folder, *path;
    char *bytes;
    size_t length;
};

static const nacre_index_options snapshot_options = {.model = "test 1", .threads = 1, .coarse_items = 60};

static void snapshot_init(struct snapshot *s) {
    s->folder = test_new_folder();
    assert_true(asprintf(&s->path, "%s/index", s->folder) > 0);
    nacre_index *index;
    nacre_error error;
    assert_ok(nacre_index_new(&snapshot_options, &index, &error), error);
    for (uint32_t i = 0; i < 300; i++) {
        nacre_item item = random_item(i, CODES_RANDOM);
        assert_ok(nacre_index_put(index, &item, 1, &error), error);
    }
    assert_ok(nacre_index_save(index, s->path, &error), error);
    assert_true(items_in_lists(index) > 0);
    nacre_index_free(index);
    assert_ok(file_read(s->path, 1 << 20, &s->bytes, &s->length, &error), error);
}

static void snapshot_fini(struct snapshot *s) {
    memory_free(s->bytes);
    free(s->path);
    test_remove_folder(s->folder);
}

static nacre_status open_bytes(const struct snapshot *s, size_t length, nacre_error *error) {
    nacre_index *index;
    FILE *file = fopen(s->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(s->bytes, 1, length, file), length);
    fclose(file);
    nacre_status status = nacre_index_open(s->path, &snapshot_options, &index, error);
    if (status == NACRE_OK)
        nacre_index_free(index);
    return status;
}

static void cut_snapshots_are_refused(void **state) {
    (void)state;
    struct snapshot s;
    nacre_error error;
    snapshot_init(&s);
    assert_int_equal(open_bytes(&s, s.length, &error), NACRE_OK);
    for (size_t length = 0; length < s.length; length += 32) {
        assert_int_equal(open_bytes(&s, length, &error), NACRE_ERROR_FORMAT);
        assert_non_null(strstr(error.message, length < 512 ? "too short" : "is cut"));
    }
    snapshot_fini(&s);
}

static void flipped_bits_are_refused(void **state) {
    (void)state;
    struct snapshot s;
    nacre_error error;
    snapshot_init(&s);
    for (size_t bit = 0; bit < 8 * s.length; bit += bit < 8 * 1024 ? 3 : 509) {
        s.bytes[bit / 8] = (char)(s.bytes[bit / 8] ^ 1 << bit % 8);
        nacre_status status = open_bytes(&s, s.length, &error);
        if (status != NACRE_ERROR_FORMAT && status != NACRE_ERROR_VERSION)
            fail_msg("bit %zu: %s", bit, nacre_status_word(status));
        s.bytes[bit / 8] = (char)(s.bytes[bit / 8] ^ 1 << bit % 8);
    }
    snapshot_fini(&s);
}

// They differ in what may be in them only, and so little is as old as any.
static void snapshots_of_older_versions_are_read(void **state) {
    (void)state;
    struct snapshot s;
    nacre_error error;
    snapshot_init(&s);
    assert_int_equal(s.bytes[8], 3);
    for (int version = 1; version <= 4; version++) {
        s.bytes[8] = (char)version;
        uint32_t checksum = (uint32_t)crc32(0, (const Bytef *)s.bytes, 508);
        memcpy(s.bytes + 508, &checksum, sizeof checksum);
        assert_int_equal(open_bytes(&s, s.length, &error), version <= 3 ? NACRE_OK : NACRE_ERROR_VERSION);
    }
    snapshot_fini(&s);
}

static void snapshots_of_other_models_are_refused(void **state) {
    (void)state;
    struct snapshot s;
    nacre_error error;
    nacre_index *index;
    snapshot_init(&s);
    assert_int_equal(nacre_index_open(s.path, &(nacre_index_options){.model = "test 2"}, &index, &error),
                     NACRE_ERROR_VERSION);
    assert_non_null(strstr(error.message, "of model \"test 1\", not \"test 2\""));
    snapshot_fini(&s);
}

static void a_failed_save_leaves_the_old_snapshot(void **state) {
    (void)state;
    struct snapshot s;
    nacre_error error;
    nacre_index *index;
    snapshot_init(&s);
    assert_ok(nacre_index_open(s.path, &snapshot_options, &index, &error), error);
    assert_int_not_equal(nacre_index_save(index, "/nonexistent/index", &error), NACRE_OK);
    assert_non_null(strstr(error.message, "/nonexistent/index"));
    assert_int_equal(nacre_index_open("/nonexistent/index", NULL, &index, &error), NACRE_ERROR_NOT_FOUND);
    nacre_index_free(index);
    assert_int_equal(open_bytes(&s, s.length, &error), NACRE_OK);
    snapshot_fini(&s);
}

// ---- Failing allocations: nothing leaks (the sanitizer looks), nothing is lost

static void failing_allocations_lose_nothing(void **state) {
    (void)state;
    nacre_error error;
    struct model *m = calloc(1, sizeof *m);
    assert_non_null(m);
    bool failed = true;
    for (size_t successes = 0; failed; successes++) {
        memset(m, 0, sizeof *m);
        memory_fail_after(successes);
        nacre_index *index = NULL;
        while (nacre_index_new(&snapshot_options, &index, &error) != NACRE_OK)
            assert_int_equal(error.status, NACRE_ERROR_MEMORY);
        for (uint32_t i = 0; i < 700; i++) {
            m->items[i % 400] = random_item(i % 400, CODES_NEAR);
            m->there[i % 400] = true;
            while (nacre_index_put(index, &m->items[i % 400], 1, &error) != NACRE_OK)
                assert_int_equal(error.status, NACRE_ERROR_MEMORY);
            if (i % 100 == 99)
                while (nacre_index_commit(index, &error) != NACRE_OK)
                    assert_int_equal(error.status, NACRE_ERROR_MEMORY);
        }
        nacre_query q = random_query(CODES_NEAR);
        nacre_hit hits[10];
        size_t found;
        while (nacre_index_search(index, &q, 1, 10, hits, &found, &error) != NACRE_OK)
            assert_int_equal(error.status, NACRE_ERROR_MEMORY);
        char *folder = test_new_folder(), *path = NULL;
        assert_true(asprintf(&path, "%s/index", folder) > 0);
        while (nacre_index_save(index, path, &error) != NACRE_OK)
            assert_int_equal(error.status, NACRE_ERROR_MEMORY);
        nacre_index_free(index);
        while (nacre_index_open(path, &snapshot_options, &index, &error) != NACRE_OK)
            assert_int_equal(error.status, NACRE_ERROR_MEMORY);
        failed = memory_has_failed();
        memory_fail_after(SIZE_MAX);
        check_count(index, m);
        check_searches(index, m, CODES_NEAR, 1);
        nacre_index_free(index);
        free(path);
        test_remove_folder(folder);
    }
    free(m);
}

// ---- Readers and writers at once
//
// Item i always has product i, and both codes are made of its generation's number, so a reader can tell a
// torn row. Every item is replaced again and again and never removed: each search must find all of them.

enum { RACE_ITEMS = 500, RACE_ROUNDS = 60 };

static void race_item(nacre_item *item, uint32_t number, uint32_t generation) {
    *item = (nacre_item){.item = number, .product = number, .category = (uint16_t)(generation % 3)};
    memset(item->shape, (int)(generation & 255), CODE_BYTES);
    memset(item->colour, (int)(generation & 255), CODE_BYTES);
}

struct race {
    nacre_index *index;
    atomic_bool ends;
    atomic_uint searches;
};

static void *race_reader(void *argument) {
    struct race *race = argument;
    nacre_hit hits[2 * RACE_ITEMS];
    while (!atomic_load(&race->ends)) {
        nacre_query q = {.shape_weight = 1, .colour_weight = 1, .lists = ALL_LISTS};
        size_t found;
        nacre_error error;
        if (nacre_index_search(race->index, &q, 1, 2 * RACE_ITEMS, hits, &found, &error) != NACRE_OK ||
            found != RACE_ITEMS)
            return "a search lost or doubled an item";
        for (size_t i = 0; i < found; i++)
            if (hits[i].shape_distance != hits[i].colour_distance)
                return "a row was torn";
        atomic_fetch_add(&race->searches, 1);
    }
    return NULL;
}

static void readers_see_whole_commits(void **state) {
    (void)state;
    struct race race = {0};
    nacre_error error;
    nacre_item item;
    assert_ok(nacre_index_new(&(nacre_index_options){.threads = 2, .coarse_items = 1}, &race.index, &error),
              error);
    for (uint32_t i = 0; i < RACE_ITEMS; i++) {
        race_item(&item, i, 0);
        assert_ok(nacre_index_put(race.index, &item, 1, &error), error);
    }
    assert_ok(nacre_index_commit(race.index, &error), error);
    pthread_t readers[3];
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, race_reader, &race), 0);
    for (uint32_t round = 1; round <= RACE_ROUNDS || atomic_load(&race.searches) < 100; round++) {
        for (uint32_t i = 0; i < RACE_ITEMS; i++) {
            race_item(&item, i, round + i);
            assert_ok(nacre_index_put(race.index, &item, 1, &error), error);
            nacre_offer offer = {.item = random_below(RACE_ITEMS), .price = round};
            assert_ok(nacre_index_update(race.index, &offer, 1, &error), error);
        }
        assert_ok(nacre_index_commit(race.index, &error), error);
    }
    atomic_store(&race.ends, true);
    for (size_t i = 0; i < 3; i++) {
        void *complaint;
        pthread_join(readers[i], &complaint);
        if (complaint)
            fail_msg("%s", (const char *)complaint);
    }
    nacre_index_free(race.index);
}

static void check_same_hits(nacre_index *a, nacre_index *b, const nacre_query *q) {
    enum { K = 50 };
    nacre_hit of_a[K], of_b[K];
    size_t a_count, b_count;
    nacre_error error;
    memset(of_a, 0, sizeof of_a);
    memset(of_b, 0, sizeof of_b);
    assert_ok(nacre_index_search(a, q, 1, K, of_a, &a_count, &error), error);
    assert_ok(nacre_index_search(b, q, 1, K, of_b, &b_count, &error), error);
    assert_int_equal(a_count, b_count);
    assert_memory_equal(of_a, of_b, sizeof of_a);
}

// Large enough for several segments and for the pool; laid out in lists it is one segment in two parts.
static void large_searches_share_the_pool(void **state) {
    (void)state;
    enum { ITEMS = 360000 };
    nacre_index *one, *many, *listed;
    nacre_error error;
    nacre_index_statistics s;
    assert_ok(nacre_index_new(&(nacre_index_options){.threads = 1}, &one, &error), error);
    assert_ok(nacre_index_new(&(nacre_index_options){.threads = 4}, &many, &error), error);
    for (uint32_t i = 0; i < ITEMS; i++) {
        nacre_item item = random_item(i, CODES_RANDOM);
        item.category = 7;
        assert_ok(nacre_index_put(one, &item, 1, &error), error);
        assert_ok(nacre_index_put(many, &item, 1, &error), error);
    }
    assert_ok(nacre_index_commit(one, &error), error);
    assert_ok(nacre_index_commit(many, &error), error);
    for (unsigned round = 0; round < 5; round++) {
        nacre_query q = random_query(CODES_RANDOM);
        q.categories = NULL;
        check_same_hits(one, many, &q);
    }

    nacre_index_options options = {.threads = 4, .coarse_items = ITEMS / 2};
    many = reopen(many, &options);
    lay_out_all(many, ITEMS);
    nacre_index_get_statistics(many, &s);
    assert_int_equal(s.segments, 1);
    char *folder = test_new_folder(), *path = NULL;
    assert_true(asprintf(&path, "%s/index", folder) > 0);
    assert_ok(nacre_index_save(many, path, &error), error);
    options.threads = 1;
    assert_ok(nacre_index_open(path, &options, &listed, &error), error);
    assert_int_equal(items_in_lists(listed), ITEMS);
    for (unsigned round = 0; round < 10; round++) {
        nacre_query q = random_query(CODES_RANDOM); // exact, or of all lists
        check_same_hits(one, many, &q);
        q.lists = (uint16_t)(1 + random_below(500));
        check_same_hits(listed, many, &q);
    }
    free(path);
    test_remove_folder(folder);
    nacre_index_free(one);
    nacre_index_free(many);
    nacre_index_free(listed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernel_is_named),
        cmocka_unit_test(a_top_is_the_best_of_a_sorted_list),
        cmocka_unit_test(random_changes_match_a_plain_list),
        cmocka_unit_test(every_size_around_a_block_works),
        cmocka_unit_test(filters_that_few_pass_are_exact),
        cmocka_unit_test(few_lists_find_nearly_all),
        cmocka_unit_test(lists_outlive_changes),
        cmocka_unit_test(a_filter_that_few_pass_is_exact_at_any_number_of_lists),
        cmocka_unit_test(a_batch_finds_what_single_queries_find),
        cmocka_unit_test(changes_become_visible_by_themselves),
        cmocka_unit_test(wrong_arguments_are_refused),
        cmocka_unit_test(cut_snapshots_are_refused),
        cmocka_unit_test(flipped_bits_are_refused),
        cmocka_unit_test(snapshots_of_older_versions_are_read),
        cmocka_unit_test(snapshots_of_other_models_are_refused),
        cmocka_unit_test(a_failed_save_leaves_the_old_snapshot),
        cmocka_unit_test(failing_allocations_lose_nothing),
        cmocka_unit_test(readers_see_whole_commits),
        cmocka_unit_test(large_searches_share_the_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
