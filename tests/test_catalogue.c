// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include "base/memory.h"
#include "catalogue/catalogue.h"

static const char MODEL[] = "encoder-1";

struct fixture {
    char *folder;
    char path[512];
    catalogue *c;
    int64_t shop;
    arena a;
    nacre_error error;
};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->folder = test_new_folder();
    snprintf(f->path, sizeof f->path, "%s/catalogue.sqlite", f->folder);
    arena_init(&f->a, 64 * 1024 * 1024);
    assert_ok(catalogue_open(f->path, &f->c, &f->error), f->error);
    assert_ok(catalogue_add_shop(f->c, "pearl", "http://127.0.0.1/feed.xml", FEED_YML, &f->shop, &f->error),
              f->error);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    catalogue_close(f->c);
    arena_fini(&f->a);
    test_remove_folder(f->folder);
    free(f);
    return 0;
}

static struct feed_offer make_offer(const char *id, int64_t price) {
    static const char *const categories[] = {"12"};
    static const char *const pictures[] = {"http://127.0.0.1/a.jpg", "http://127.0.0.1/b.jpg"};
    static const struct feed_param params[] = {{"Colour", NULL, "black"}, {"Heel", "cm", "7\tor\n8"}};
    return (struct feed_offer){
        .line = 7,
        .id = id,
        .name = "Evening dress",
        .vendor = "Mother of Pearl",
        .description = "long",
        .url = "http://127.0.0.1/p",
        .currency = "RUB",
        .category_ids = categories,
        .category_count = 1,
        .pictures = pictures,
        .picture_count = 2,
        .params = params,
        .param_count = 2,
        .price_hundredths = price,
        .old_price_hundredths = FEED_NO_PRICE,
        .available = true,
    };
}

// A whole run over `count` offers.
static struct catalogue_run_counts run_offers(struct fixture *f, const struct feed_offer *offers,
                                              size_t count, bool complete) {
    struct catalogue_run_counts counts;
    struct feed_category top = {.id = "1", .name = "Women"};
    struct feed_category dresses = {.id = "12", .parent_id = "1", .name = "Dresses"};
    struct feed_summary summary = {.offers = count, .complete = complete};
    assert_ok(catalogue_begin_run(f->c, f->shop, &f->error), f->error);
    assert_ok(catalogue_run_category(f->c, &top, &f->error), f->error);
    assert_ok(catalogue_run_category(f->c, &dresses, &f->error), f->error);
    for (size_t i = 0; i < count; i++)
        assert_ok(catalogue_run_offer(f->c, &offers[i], &f->error), f->error);
    assert_ok(catalogue_commit_run(f->c, &summary, NULL, 0, &counts, &f->error), f->error);
    return counts;
}

static void fetch_all(struct fixture *f) {
    struct catalogue_address *addresses;
    size_t count;
    assert_ok(catalogue_due_addresses(f->c, 0, false, 1000, 0, 100, &f->a, &addresses, &count, &f->error),
              f->error);
    for (size_t i = 0; i < count; i++) {
        char *hash = arena_printf(&f->a, "hash-of-%s", addresses[i].url);
        struct catalogue_answer answer = {.address_id = addresses[i].id,
                                          .outcome = CATALOGUE_FETCHED,
                                          .hash = hash,
                                          .format = "jpeg",
                                          .width = 3,
                                          .height = 4,
                                          .size_bytes = 5,
                                          .etag = "\"e\"",
                                          .next_try_s = 5000};
        assert_ok(catalogue_put_answers(f->c, &answer, 1, &f->error), f->error);
    }
}

static void shops_have_good_names(void **state) {
    struct fixture *f = *state;
    int64_t id;
    assert_int_equal(catalogue_add_shop(f->c, "pearl", "x", FEED_AUTO, &id, &f->error), NACRE_ERROR_EXISTS);
    assert_int_equal(catalogue_add_shop(f->c, "../x", "x", FEED_AUTO, &id, &f->error), NACRE_ERROR_ARGUMENT);
    assert_int_equal(catalogue_add_shop(f->c, "", "x", FEED_AUTO, &id, &f->error), NACRE_ERROR_ARGUMENT);
    assert_ok(catalogue_add_shop(f->c, "amber", "x", FEED_AUTO, &id, &f->error), f->error);
    struct catalogue_shop *shops;
    size_t count;
    assert_ok(catalogue_list_shops(f->c, &f->a, &shops, &count, &f->error), f->error);
    assert_int_equal(count, 2);
    assert_string_equal(shops[0].name, "amber");
    assert_string_equal(shops[1].name, "pearl");
    assert_int_equal(shops[1].dialect, FEED_YML);
    struct catalogue_shop shop;
    assert_int_equal(catalogue_find_shop(f->c, "jet", &f->a, &shop, &f->error), NACRE_ERROR_NOT_FOUND);
}

static void run_counts_what_changed(void **state) {
    struct fixture *f = *state;
    struct feed_offer offers[3] = {make_offer("a", 100), make_offer("b", 200), make_offer("c", 300)};
    struct catalogue_run_counts counts = run_offers(f, offers, 3, true);
    assert_int_equal(counts.fresh, 3);
    counts = run_offers(f, offers, 3, true);
    assert_int_equal(counts.same, 3);
    offers[1].price_hundredths = 150;
    counts = run_offers(f, offers, 2, true);
    assert_int_equal(counts.same, 1);
    assert_int_equal(counts.changed, 1);
    assert_int_equal(counts.gone, 1);
    counts = run_offers(f, offers, 1, false); // an incomplete feed: nothing is gone
    assert_int_equal(counts.gone, 0);
    counts = run_offers(f, offers, 3, true); // the third is back
    assert_int_equal(counts.same, 2);
    assert_int_equal(counts.fresh, 1);
    struct catalogue_run *runs;
    size_t count;
    assert_ok(catalogue_list_runs(f->c, f->shop, 10, &f->a, &runs, &count, &f->error), f->error);
    assert_int_equal(count, 5);
    assert_int_equal(runs[2].counts.gone, 1);
    assert_true(runs[2].committed);
}

static void abandoned_run_changes_nothing(void **state) {
    struct fixture *f = *state;
    struct feed_offer offers[2] = {make_offer("a", 100), make_offer("b", 200)};
    run_offers(f, offers, 2, true);
    struct feed_problem problem = {.line = 9, .offer = "b", .what = "no closing tag", .done = FEED_STOPPED};
    offers[0].price_hundredths = 1;
    assert_ok(catalogue_begin_run(f->c, f->shop, &f->error), f->error);
    assert_ok(catalogue_run_offer(f->c, &offers[0], &f->error), f->error);
    assert_ok(catalogue_run_problem(f->c, &problem, &f->error), f->error);
    assert_ok(catalogue_abandon_run(f->c, "broken at line 9", &f->error), f->error);
    struct catalogue_product product;
    assert_ok(catalogue_product(f->c, 1, &f->a, &product, &f->error), f->error);
    assert_int_equal(product.price_hundredths, 100);
    struct catalogue_run *runs;
    size_t count;
    assert_ok(catalogue_list_runs(f->c, f->shop, 1, &f->a, &runs, &count, &f->error), f->error);
    assert_false(runs[0].committed);
    assert_string_equal(runs[0].message, "broken at line 9");
    struct feed_problem *problems;
    assert_ok(catalogue_list_problems(f->c, runs[0].id, &f->a, &problems, &count, &f->error), f->error);
    assert_int_equal(count, 1);
    assert_string_equal(problems[0].what, "no closing tag");
}

static void small_feed_is_refused(void **state) {
    struct fixture *f = *state;
    struct feed_offer offers[3] = {make_offer("a", 100), make_offer("b", 200), make_offer("c", 300)};
    run_offers(f, offers, 3, true);
    struct feed_summary summary = {.offers = 1, .complete = true};
    struct catalogue_run_counts counts;
    assert_ok(catalogue_begin_run(f->c, f->shop, &f->error), f->error);
    assert_ok(catalogue_run_offer(f->c, &offers[0], &f->error), f->error);
    assert_int_equal(catalogue_commit_run(f->c, &summary, NULL, 50, &counts, &f->error), NACRE_ERROR_LIMIT);
    assert_ok(catalogue_abandon_run(f->c, f->error.message, &f->error), f->error);
    struct catalogue_shop shop;
    assert_ok(catalogue_find_shop(f->c, "pearl", &f->a, &shop, &f->error), f->error);
    assert_int_equal(shop.products, 3);
}

static void product_is_read_whole(void **state) {
    struct fixture *f = *state;
    struct feed_offer offer = make_offer("a", 12345);
    run_offers(f, &offer, 1, true);
    fetch_all(f);
    struct catalogue_product product;
    assert_ok(catalogue_product(f->c, 1, &f->a, &product, &f->error), f->error);
    assert_string_equal(product.shop, "pearl");
    assert_string_equal(product.offer, "a");
    assert_string_equal(product.vendor, "Mother of Pearl");
    assert_int_equal(product.price_hundredths, 12345);
    assert_int_equal(product.category_count, 2);
    assert_string_equal(product.category_ids[0], "12");
    assert_string_equal(product.category_ids[1], "1");
    assert_string_equal(product.category_path, "Women > Dresses");
    assert_int_equal(product.param_count, 2);
    assert_string_equal(product.params[0].name, "Colour");
    assert_null(product.params[0].unit);
    assert_string_equal(product.params[1].unit, "cm");
    assert_string_equal(product.params[1].value, "7 or 8");
    assert_int_equal(product.picture_count, 2);
    assert_string_equal(product.pictures[0], "hash-of-http://127.0.0.1/a.jpg");
    assert_int_equal(catalogue_product(f->c, 99, &f->a, &product, &f->error), NACRE_ERROR_NOT_FOUND);
}

static void loop_among_categories_ends(void **state) {
    struct fixture *f = *state;
    struct feed_category a = {.id = "12", .parent_id = "13", .name = "A"};
    struct feed_category b = {.id = "13", .parent_id = "12", .name = "B"};
    struct feed_offer offer = make_offer("a", 1);
    struct feed_summary summary = {.complete = true};
    struct catalogue_run_counts counts;
    assert_ok(catalogue_begin_run(f->c, f->shop, &f->error), f->error);
    assert_ok(catalogue_run_category(f->c, &a, &f->error), f->error);
    assert_ok(catalogue_run_category(f->c, &b, &f->error), f->error);
    assert_ok(catalogue_run_offer(f->c, &offer, &f->error), f->error);
    assert_ok(catalogue_commit_run(f->c, &summary, NULL, 0, &counts, &f->error), f->error);
    struct catalogue_shop_category *categories;
    size_t count;
    assert_ok(catalogue_list_shop_categories(f->c, f->shop, &f->a, &categories, &count, &f->error), f->error);
    assert_int_equal(count, 2);
    assert_string_equal(categories[0].path, "B > A");
    assert_int_equal(categories[0].products, 1);
}

static void path_without_ids_becomes_categories(void **state) {
    struct fixture *f = *state;
    struct feed_offer offer = make_offer("a", 1);
    offer.category_count = 0;
    offer.category_path = "Apparel > Shoes > Heels";
    run_offers(f, &offer, 1, true);
    struct catalogue_product product;
    assert_ok(catalogue_product(f->c, 1, &f->a, &product, &f->error), f->error);
    assert_int_equal(product.category_count, 3);
    assert_string_equal(product.category_ids[1], "Apparel > Shoes");
    assert_string_equal(product.category_path, "Apparel > Shoes > Heels");
}

static void variants_keep_a_product_available(void **state) {
    struct fixture *f = *state;
    struct feed_offer offer = make_offer("a", 1), size = make_offer("a-42", 1);
    struct feed_summary summary = {.complete = true};
    struct catalogue_run_counts counts;
    struct catalogue_product product;
    offer.available = false;
    const bool has_variant[] = {false, true, true, false};
    for (size_t i = 0; i < 4; i++) {
        assert_ok(catalogue_begin_run(f->c, f->shop, &f->error), f->error);
        assert_ok(catalogue_run_offer(f->c, &offer, &f->error), f->error);
        if (has_variant[i])
            assert_ok(catalogue_run_variant(f->c, &size, "a", &f->error), f->error);
        assert_ok(catalogue_commit_run(f->c, &summary, NULL, 0, &counts, &f->error), f->error);
        assert_ok(catalogue_product(f->c, 1, &f->a, &product, &f->error), f->error);
        assert_int_equal(product.available, has_variant[i]);
        assert_int_equal(counts.merged, has_variant[i]);
    }
}

static void addresses_become_due_and_fail(void **state) {
    struct fixture *f = *state;
    struct feed_offer offer = make_offer("a", 1);
    run_offers(f, &offer, 1, true);
    struct catalogue_address *addresses;
    size_t count;
    int64_t due;
    assert_ok(catalogue_count_due_addresses(f->c, f->shop, false, 1000, &due, &f->error), f->error);
    assert_int_equal(due, 2);
    assert_ok(catalogue_due_addresses(f->c, f->shop, false, 1000, 0, 1, &f->a, &addresses, &count, &f->error),
              f->error);
    assert_int_equal(count, 1);
    struct catalogue_answer failed = {
        .address_id = addresses[0].id, .outcome = CATALOGUE_FAILED, .why = "HTTP 404", .next_try_s = 0};
    assert_ok(catalogue_put_answers(f->c, &failed, 1, &f->error), f->error);
    fetch_all(f);
    assert_ok(catalogue_count_due_addresses(f->c, 0, false, 4999, &due, &f->error), f->error);
    assert_int_equal(due, 0);
    assert_ok(catalogue_count_due_addresses(f->c, 0, false, 5000, &due, &f->error), f->error);
    assert_int_equal(due, 1);
    assert_ok(catalogue_count_due_addresses(f->c, 0, true, 0, &due, &f->error), f->error);
    assert_int_equal(due, 1);
    struct catalogue_product product;
    assert_ok(catalogue_product(f->c, 1, &f->a, &product, &f->error), f->error);
    assert_int_equal(product.picture_count, 1);
}

static void placeholder_is_left_out(void **state) {
    struct fixture *f = *state;
    struct feed_offer offers[3] = {make_offer("a", 100), make_offer("b", 200), make_offer("c", 300)};
    offers[2].pictures = (const char *const[]){"http://127.0.0.1/own.jpg"};
    offers[2].picture_count = 1;
    run_offers(f, offers, 3, true);
    fetch_all(f);
    int64_t count;
    struct catalogue_product product;
    assert_ok(catalogue_mark_placeholders(f->c, f->shop, 2, &count, &f->error), f->error);
    assert_int_equal(count, 0);
    assert_ok(catalogue_mark_placeholders(f->c, f->shop, 1, &count, &f->error), f->error);
    assert_int_equal(count, 2);
    assert_ok(catalogue_product(f->c, 1, &f->a, &product, &f->error), f->error);
    assert_int_equal(product.picture_count, 0);
    assert_ok(catalogue_product(f->c, 3, &f->a, &product, &f->error), f->error);
    assert_int_equal(product.picture_count, 1);
    assert_ok(catalogue_mark_placeholders(f->c, f->shop, 5, &count, &f->error), f->error);
    assert_ok(catalogue_product(f->c, 1, &f->a, &product, &f->error), f->error);
    assert_int_equal(product.picture_count, 2);
}

static int64_t count_due(struct fixture *f) {
    int64_t due;
    assert_ok(catalogue_count_due_products(f->c, f->shop, MODEL, &due, &f->error), f->error);
    return due;
}

static void code_due(struct fixture *f, const char *mapped) {
    struct catalogue_product *products;
    size_t count;
    assert_ok(catalogue_due_products(f->c, f->shop, MODEL, 0, 10, &f->a, &products, &count, &f->error),
              f->error);
    for (size_t i = 0; i < count; i++) {
        struct catalogue_item item = {.picture = products[i].pictures[0],
                                      .box = {0, 0, 1, 1},
                                      .score = 1,
                                      .category = "women.dresses",
                                      .shape = {1, 2, 3},
                                      .colour = {4, 5, 6}};
        assert_ok(catalogue_put_items(f->c, &products[i], MODEL, mapped, &item, 1, &f->error), f->error);
    }
}

static void only_what_codes_depend_on_makes_due(void **state) {
    struct fixture *f = *state;
    struct feed_offer offer = make_offer("a", 1);
    run_offers(f, &offer, 1, true);
    assert_int_equal(count_due(f), 0); // no picture yet
    fetch_all(f);
    assert_int_equal(count_due(f), 1);
    code_due(f, "women.dresses");
    assert_int_equal(count_due(f), 0);
    offer.price_hundredths = 2;
    run_offers(f, &offer, 1, true);
    assert_int_equal(count_due(f), 0);
    offer.picture_count = 1;
    run_offers(f, &offer, 1, true);
    assert_int_equal(count_due(f), 1);
    code_due(f, "women.dresses");
    int64_t due;
    assert_ok(catalogue_count_due_products(f->c, 0, "encoder-2", &due, &f->error), f->error);
    assert_int_equal(due, 1);
}

static void change_during_coding_stays_due(void **state) {
    struct fixture *f = *state;
    struct feed_offer offer = make_offer("a", 1);
    run_offers(f, &offer, 1, true);
    fetch_all(f);
    struct catalogue_product *products;
    size_t count;
    assert_ok(catalogue_due_products(f->c, f->shop, MODEL, 0, 10, &f->a, &products, &count, &f->error),
              f->error);
    offer.name = "Another name";
    run_offers(f, &offer, 1, true);
    assert_ok(catalogue_put_items(f->c, &products[0], MODEL, "", NULL, 0, &f->error), f->error);
    assert_int_equal(count_due(f), 1);
}

static const char *answer_of(void *context, const struct catalogue_product *product) {
    (void)product;
    return context;
}

static void new_mapping_touches_what_it_changes(void **state) {
    struct fixture *f = *state;
    struct feed_offer offer = make_offer("a", 1);
    run_offers(f, &offer, 1, true);
    fetch_all(f);
    code_due(f, "women.dresses");
    assert_ok(catalogue_mapping_changed(f->c, f->shop, "1", answer_of, "women.dresses", &f->error), f->error);
    assert_int_equal(count_due(f), 0);
    assert_ok(catalogue_mapping_changed(f->c, f->shop, "1", answer_of, "women.skirts", &f->error), f->error);
    assert_int_equal(count_due(f), 0); // the digest is known: nobody was asked
    assert_ok(catalogue_mapping_changed(f->c, f->shop, "2", answer_of, "women.skirts", &f->error), f->error);
    assert_int_equal(count_due(f), 1);
}

struct seen {
    size_t entries, removed;
    struct catalogue_index_entry last;
};

static nacre_status see(void *context, const struct catalogue_index_entry *entry) {
    struct seen *seen = context;
    seen->entries++;
    seen->removed += entry->removed;
    seen->last = *entry;
    return NACRE_OK;
}

static struct seen follow(struct fixture *f, int64_t *sequence) {
    struct seen seen = {0};
    assert_ok(catalogue_each_change(f->c, MODEL, *sequence, see, &seen, sequence, &f->error), f->error);
    return seen;
}

static void server_follows_changes(void **state) {
    struct fixture *f = *state;
    struct feed_offer offers[2] = {make_offer("a", 100), make_offer("b", 200)};
    run_offers(f, offers, 2, true);
    fetch_all(f);
    code_due(f, "");
    int64_t sequence = 0;
    struct seen seen = follow(f, &sequence);
    assert_int_equal(seen.entries, 2);
    assert_int_equal(seen.last.shape[1], 2);
    assert_true(seen.last.brand_id > 0);
    assert_int_equal(follow(f, &sequence).entries, 0);
    offers[1].price_hundredths = 150;
    run_offers(f, offers, 2, true);
    seen = follow(f, &sequence);
    assert_int_equal(seen.entries, 1);
    assert_int_equal(seen.last.price_hundredths, 150);
    run_offers(f, offers, 1, true);
    seen = follow(f, &sequence);
    assert_int_equal(seen.removed, 1);
    int64_t from_start = 0;
    assert_int_equal(follow(f, &from_start).entries, 1);
    offers[0].name = "New";
    run_offers(f, offers, 1, true);
    code_due(f, "");
    seen = follow(f, &sequence); // the old item goes, a new one comes
    assert_int_equal(seen.removed, 1);
    assert_true(seen.entries >= 2);
    assert_ok(catalogue_remove_shop(f->c, "pearl", &f->error), f->error);
    seen = follow(f, &sequence);
    assert_int_equal(seen.removed, 2);
}

// Gives the fixture's runs another shop.
static void use_shop(struct fixture *f, const char *name) {
    struct catalogue_shop shop;
    int64_t id;
    if (catalogue_find_shop(f->c, name, &f->a, &shop, &f->error))
        assert_ok(catalogue_add_shop(f->c, name, "x", FEED_YML, &id, &f->error), f->error);
    assert_ok(catalogue_find_shop(f->c, name, &f->a, &shop, &f->error), f->error);
    f->shop = shop.id;
}

// An offer that shares nothing with others but what the test gives it.
static struct feed_offer lone_offer(struct fixture *f, const char *id) {
    struct feed_offer offer = make_offer(id, 100);
    const char **pictures = arena_new(&f->a, 1, sizeof *pictures);
    pictures[0] = arena_printf(&f->a, "http://127.0.0.1/%s.jpg", id);
    offer.pictures = pictures;
    offer.picture_count = 1;
    return offer;
}

static size_t count_same(struct fixture *f, int64_t product_id) {
    int64_t *ids;
    size_t count;
    assert_ok(catalogue_join_same(f->c, &f->error), f->error);
    assert_ok(catalogue_same_products(f->c, product_id, &f->a, &ids, &count, &f->error), f->error);
    return count;
}

static void equal_barcodes_join_shops(void **state) {
    struct fixture *f = *state;
    struct feed_offer a = lone_offer(f, "a"), b = lone_offer(f, "b"), other = lone_offer(f, "c");
    a.barcode = b.barcode = "4601234567893";
    run_offers(f, (struct feed_offer[]){a, other}, 2, true); // products 1 and 2
    use_shop(f, "amber");
    b.price_hundredths = 50;
    run_offers(f, &b, 1, true); // product 3
    assert_int_equal(count_same(f, 1), 2);
    assert_int_equal(count_same(f, 2), 1);
    int64_t *ids;
    size_t count;
    assert_ok(catalogue_same_products(f->c, 1, &f->a, &ids, &count, &f->error), f->error);
    assert_int_equal(ids[0], 3); // the cheaper one
    struct catalogue_product product;
    assert_ok(catalogue_product(f->c, 3, &f->a, &product, &f->error), f->error);
    assert_int_equal(product.same_as, 1);
    assert_ok(catalogue_part(f->c, 3, true, &f->error), f->error);
    assert_int_equal(count_same(f, 1), 1);
    assert_ok(catalogue_part(f->c, 3, false, &f->error), f->error);
    assert_int_equal(count_same(f, 1), 2);
    b.barcode = "4600000000000";
    run_offers(f, &b, 1, true);
    assert_int_equal(count_same(f, 1), 1);
    b.barcode = a.barcode;
    run_offers(f, &b, 1, true);
    assert_int_equal(count_same(f, 1), 2);
    run_offers(f, NULL, 0, true); // gone
    assert_int_equal(count_same(f, 1), 1);
    assert_int_equal(catalogue_part(f->c, 99, true, &f->error), NACRE_ERROR_NOT_FOUND);
}

static void one_shop_s_products_stay_apart(void **state) {
    struct fixture *f = *state;
    struct feed_offer offers[2] = {lone_offer(f, "a"), lone_offer(f, "b")};
    offers[0].barcode = offers[1].barcode = "4601234567893";
    run_offers(f, offers, 2, true);
    assert_int_equal(count_same(f, 1), 1);
}

// Codes every due product; the colour code's first bytes are `colour`.
static void code_with(struct fixture *f, uint8_t colour) {
    struct catalogue_product *products;
    size_t count;
    assert_ok(catalogue_due_products(f->c, f->shop, MODEL, 0, 10, &f->a, &products, &count, &f->error),
              f->error);
    for (size_t i = 0; i < count; i++) {
        struct catalogue_item item = {.picture = products[i].pictures[0],
                                      .category = "women.dresses",
                                      .shape = {(uint8_t)products[i].id}};
        memset(item.colour, colour, 8);
        assert_ok(catalogue_put_items(f->c, &products[i], MODEL, "", &item, 1, &f->error), f->error);
    }
}

static void a_vendor_s_code_joins_one_colour(void **state) {
    struct fixture *f = *state;
    struct feed_offer a = lone_offer(f, "a"), b = lone_offer(f, "b"), c = lone_offer(f, "c");
    a.vendor_code = b.vendor_code = c.vendor_code = "MP-17";
    run_offers(f, &a, 1, true);
    fetch_all(f);
    code_with(f, 0);
    use_shop(f, "amber");
    run_offers(f, &b, 1, true);
    fetch_all(f);
    code_with(f, 0x80); // 8 bits from the first
    use_shop(f, "jet");
    run_offers(f, &c, 1, true);
    fetch_all(f);
    code_with(f, 0xff); // 64 bits from it
    assert_int_equal(count_same(f, 1), 2);
    assert_int_equal(count_same(f, 3), 1);
}

static void one_picture_joins_shops(void **state) {
    struct fixture *f = *state;
    struct feed_offer a = make_offer("a", 1), b = make_offer("b", 2);
    a.picture_count = b.picture_count = 1;
    run_offers(f, &a, 1, true);
    use_shop(f, "amber");
    run_offers(f, &b, 1, true);
    assert_int_equal(count_same(f, 1), 1);
    fetch_all(f);
    assert_int_equal(count_same(f, 1), 2);
}

static void almost_equal_codes_of_a_vendor_join(void **state) {
    struct fixture *f = *state;
    const char *const shops[] = {"pearl", "amber", "jet"};
    const char *const vendors[] = {"Mother of Pearl", "Mother of Pearl", "Somebody Else"};
    for (size_t i = 0; i < 3; i++) {
        use_shop(f, shops[i]);
        struct feed_offer offer = lone_offer(f, (const char *const[]){"a", "b", "c"}[i]);
        offer.vendor = vendors[i];
        run_offers(f, &offer, 1, true);
        fetch_all(f);
        code_with(f, 0); // shape codes 1, 2 and 3: two bits or one apart
    }
    assert_int_equal(count_same(f, 1), 2);
    assert_int_equal(count_same(f, 3), 1);
}

static void servers_hear_of_joining(void **state) {
    struct fixture *f = *state;
    struct feed_offer a = lone_offer(f, "a"), b = lone_offer(f, "b");
    a.barcode = b.barcode = "4601234567893";
    run_offers(f, &a, 1, true);
    fetch_all(f);
    code_with(f, 0);
    use_shop(f, "amber");
    run_offers(f, &b, 1, true);
    fetch_all(f);
    code_with(f, 0);
    int64_t sequence = 0;
    assert_int_equal(follow(f, &sequence).entries, 2);
    assert_ok(catalogue_join_same(f->c, &f->error), f->error);
    struct seen seen = follow(f, &sequence);
    assert_int_equal(seen.entries, 1);
    assert_int_equal(seen.last.product_id, 1);
    assert_int_equal(seen.last.item_id, 2);
    int64_t product_id;
    assert_ok(catalogue_item_product(f->c, 2, &product_id, &f->error), f->error);
    assert_int_equal(product_id, 2);
}

static void foreign_database_is_refused(void **state) {
    struct fixture *f = *state;
    char path[512];
    catalogue *c;
    snprintf(path, sizeof path, "%s/text", f->folder);
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 1000; i++)
        fputs("this is no database\n", file);
    fclose(file);
    assert_int_equal(catalogue_open(path, &c, &f->error), NACRE_ERROR_DATABASE);
    snprintf(path, sizeof path, "%s/no/such/folder", f->folder);
    assert_int_equal(catalogue_open(path, &c, &f->error), NACRE_ERROR_IO);
}

// Every allocation of ours in a run fails once: the error is told, and the catalogue stays usable.
static void failing_allocations_lose_nothing(void **state) {
    struct fixture *f = *state;
    struct feed_offer offer = make_offer("a", 1);
    run_offers(f, &offer, 1, true);
    fetch_all(f);
    for (size_t successes = 0;; successes++) {
        arena a;
        struct catalogue_product product;
        arena_init(&a, 64 * 1024 * 1024);
        memory_fail_after(successes);
        nacre_status status = catalogue_product(f->c, 1, &a, &product, &f->error);
        bool failed = memory_has_failed();
        memory_fail_after(SIZE_MAX);
        arena_fini(&a);
        assert_int_equal(status, failed ? NACRE_ERROR_MEMORY : NACRE_OK);
        if (!failed)
            return;
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(shops_have_good_names),
        TEST(run_counts_what_changed),
        TEST(abandoned_run_changes_nothing),
        TEST(small_feed_is_refused),
        TEST(product_is_read_whole),
        TEST(loop_among_categories_ends),
        TEST(path_without_ids_becomes_categories),
        TEST(variants_keep_a_product_available),
        TEST(addresses_become_due_and_fail),
        TEST(placeholder_is_left_out),
        TEST(only_what_codes_depend_on_makes_due),
        TEST(change_during_coding_stays_due),
        TEST(new_mapping_touches_what_it_changes),
        TEST(server_follows_changes),
        TEST(equal_barcodes_join_shops),
        TEST(one_shop_s_products_stay_apart),
        TEST(a_vendor_s_code_joins_one_colour),
        TEST(one_picture_joins_shops),
        TEST(almost_equal_codes_of_a_vendor_join),
        TEST(servers_hear_of_joining),
        TEST(foreign_database_is_refused),
        TEST(failing_allocations_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
