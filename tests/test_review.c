// SPDX-License-Identifier: Apache-2.0
// A mapping held against a real catalogue.
#include "test.h"

#include "base/arena.h"
#include "catalogue/review.h"

struct fixture {
    char *folder, *mapping_path;
    catalogue *c;
    taxonomy *t;
    struct catalogue_shop shop;
    arena memory;
    int64_t offers;
};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    char *path;
    nacre_error error;
    f->folder = test_new_folder();
    if (asprintf(&path, "%s/catalogue.sqlite", f->folder) < 0 ||
        asprintf(&f->mapping_path, "%s/shop.xml", f->folder) < 0)
        return -1;
    arena_init(&f->memory, 64 * 1024 * 1024);
    assert_ok(catalogue_open(path, &f->c, &error), error);
    assert_ok(taxonomy_load(TEST_SOURCE_DIR "/data/taxonomy.xml", NULL, &f->t, &error), error);
    int64_t id;
    assert_ok(catalogue_add_shop(f->c, "shop", "/feed.xml", FEED_YML, &id, &error), error);
    assert_ok(catalogue_find_shop(f->c, "shop", &f->memory, &f->shop, &error), error);
    assert_ok(catalogue_begin_run(f->c, id, &error), error);
    free(path);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    catalogue_close(f->c);
    taxonomy_free(f->t);
    arena_fini(&f->memory);
    test_remove_folder(f->folder);
    free(f->mapping_path);
    free(f);
    return 0;
}

static void add_category(struct fixture *f, const char *id, const char *parent, const char *name) {
    nacre_error error;
    assert_ok(catalogue_run_category(f->c, &(struct feed_category){1, id, parent, name}, &error), error);
}

static void add_offers(struct fixture *f, size_t count, const char *category, const char *path,
                       const char *name, const char *gender) {
    for (size_t i = 0; i < count; i++) {
        char id[32], text[200];
        snprintf(id, sizeof id, "%lld", (long long)++f->offers);
        snprintf(text, sizeof text, "%s %s", name, id);
        const struct feed_param param = {"Пол", NULL, gender};
        const struct feed_offer offer = {
            .id = id,
            .name = text,
            .url = "http://shop.example/",
            .currency = "RUB",
            .category_path = path,
            .category_ids = &category,
            .category_count = category != NULL,
            .params = &param,
            .param_count = gender != NULL,
            .price_hundredths = 100,
            .old_price_hundredths = FEED_NO_PRICE,
            .available = true,
        };
        nacre_error error;
        assert_ok(catalogue_run_offer(f->c, &offer, &error), error);
    }
}

static struct review review(struct fixture *f, const char *text) {
    nacre_error error;
    struct catalogue_run_counts counts;
    const struct feed_summary summary = {.offers = (size_t)f->offers, .complete = true, .well_formed = true};
    const struct catalogue_feed_version version = {0};
    assert_ok(catalogue_commit_run(f->c, &summary, &version, 0, &counts, &error), error);
    FILE *file = fopen(f->mapping_path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    mapping *m;
    struct review result;
    assert_ok(mapping_load(f->mapping_path, f->t, &m, &error), error);
    assert_ok(review_shop(f->c, &f->shop, m, f->t, &f->memory, &result, &error), error);
    mapping_free(m);
    return result;
}

static const struct review_row *row(const struct review *review, const char *path) {
    for (size_t i = 0; i < review->count; i++)
        if (strcmp(review->rows[i].path, path) == 0)
            return &review->rows[i];
    fail_msg("no row for %s", path);
    return NULL;
}

static const char *guess(const struct fixture *f, const struct review_row *row) {
    assert_true(row->guess.count > 0);
    return row->guess.guesses[0].answer == MAPPING_IGNORED
               ? "-"
               : taxonomy_id(f->t, row->guess.guesses[0].category);
}

static void counts_and_order_are_those_of_the_products(void **state) {
    struct fixture *f = *state;
    add_category(f, "1", NULL, "Одежда");
    add_category(f, "2", "1", "Платья");
    add_category(f, "3", "1", "Юбки");
    add_category(f, "4", NULL, "Книги");
    add_offers(f, 4, "2", NULL, "Платье", NULL);
    add_offers(f, 7, "3", NULL, "Юбка", NULL);
    add_offers(f, 9, "4", NULL, "Роман", NULL);
    add_offers(f, 2, NULL, NULL, "Сумка", NULL);
    struct review r = review(f, "<mapping version='1'><category id='4' ignore='yes'/></mapping>");
    assert_int_equal(r.products, 22);
    assert_int_equal(r.ignored, 9);
    assert_int_equal(r.unmapped, 13);
    assert_int_equal(r.mapped, 0);
    assert_string_equal(r.rows[0].path, "Одежда > Юбки");
    assert_int_equal(r.rows[0].unmapped, 7);
    assert_string_equal(r.rows[1].path, "Одежда > Платья");
    assert_string_equal(r.rows[2].path, ""); // without a category
    assert_int_equal(r.rows[2].unmapped, 2);
    assert_string_equal(guess(f, row(&r, "Одежда > Юбки")), "women.skirts");
    assert_int_equal(row(&r, "Книги")->ignored, 9);
}

static void paths_serve_where_there_are_no_ids(void **state) {
    struct fixture *f = *state;
    add_offers(f, 3, NULL, "Women > Shoes > Heels", "Pump", NULL);
    add_offers(f, 5, NULL, "Women > Shoes > Boots", "Boot", NULL);
    struct review r = review(
        f, "<mapping version='1'><category path='Women > Shoes > Heels' to='women.shoes.heels'/></mapping>");
    assert_int_equal(r.mapped, 3);
    assert_null(row(&r, "Women > Shoes > Boots")->id);
    assert_string_equal(guess(f, row(&r, "Women > Shoes > Boots")), "women.shoes.boots");
}

static void a_param_that_tells_the_wearer_becomes_rules(void **state) {
    struct fixture *f = *state;
    add_category(f, "1", NULL, "Футболки");
    add_offers(f, 6, "1", NULL, "Футболка", "Женский");
    add_offers(f, 4, "1", NULL, "Футболка", "Мужской");
    struct review r = review(f, "<mapping version='1'/>");
    const struct review_row *shirts = row(&r, "Футболки");
    assert_string_equal(guess(f, shirts), "women.tops.tshirts");
    assert_true(shirts->guess.guesses[0].confidence > 0.8f);
    assert_int_equal(shirts->guess.rule_count, 1);
    assert_string_equal(shirts->guess.rules[0].param, "Пол");
    assert_string_equal(shirts->guess.rules[0].value, "Мужской");
    assert_string_equal(taxonomy_id(f->t, shirts->guess.rules[0].category), "men.tops.tshirts");
}

static void conflicts_are_told(void **state) {
    struct fixture *f = *state;
    add_category(f, "1", NULL, "Женские платья");
    add_category(f, "2", NULL, "Сапоги женские");
    add_category(f, "3", NULL, "Сумки");
    add_offers(f, 6, "1", NULL, "Платье женское", NULL);
    add_offers(f, 6, "2", NULL, "Сапоги женские", NULL);
    add_offers(f, 6, "3", NULL, "Сумка", NULL);
    struct review r =
        review(f, "<mapping version='1'><category id='1' to='women.shoes.boots'/>"
                  "<category id='2' path='Туфли' to='women.shoes.boots'/>"
                  "<category id='3' path='Сумки' to='bags'/><category id='9' to='men'/></mapping>");
    const char *dresses = row(&r, "Женские платья")->conflict;
    assert_non_null(dresses);
    assert_non_null(strstr(dresses, "women.shoes.boots"));
    assert_non_null(strstr(dresses, "women.dresses"));
    assert_non_null(strstr(row(&r, "Сапоги женские")->conflict, "Туфли"));
    assert_null(row(&r, "Сумки")->conflict);
    bool stale = false;
    for (size_t i = 0; i < r.count; i++)
        stale = stale || (r.rows[i].id && strcmp(r.rows[i].id, "9") == 0 && r.rows[i].conflict);
    assert_true(stale);
}

// Most offers of the category go elsewhere by its own rules: no guess about the category contradicts that,
// and the last offer that came says nothing of the others.
static void rules_of_ones_own_are_no_conflict(void **state) {
    struct fixture *f = *state;
    add_category(f, "1", NULL, "Женские платья");
    add_category(f, "2", NULL, "Женские юбки");
    add_offers(f, 6, "1", NULL, "Платье женское", "Нарядный");
    add_offers(f, 2, "1", NULL, "Платье женское", NULL);
    add_offers(f, 6, "2", NULL, "Юбка женская", NULL);
    add_offers(f, 2, "2", NULL, "Юбка женская", "Нарядный");
    struct review r =
        review(f, "<mapping version='1'>"
                  "<category id='1' to='women.dresses'>"
                  "<rule param='Пол' is='нарядный' to='women.shoes.boots'/></category>"
                  "<category id='2' to='women.skirts'>"
                  "<rule param='Пол' is='нарядный' to='women.shoes.boots'/></category></mapping>");
    const struct review_row *dresses = row(&r, "Женские платья"), *skirts = row(&r, "Женские юбки");
    assert_string_equal(taxonomy_id(f->t, dresses->category), "women.shoes.boots");
    assert_null(dresses->conflict);
    assert_string_equal(taxonomy_id(f->t, skirts->category), "women.skirts");
    assert_null(skirts->conflict);
}

static void pictures_that_look_otherwise_are_a_conflict(void **state) {
    struct fixture *f = *state;
    add_category(f, "1", NULL, "Разное");
    add_offers(f, 10, "1", NULL, "Вещь", NULL);
    (void)review(f, "<mapping version='1'/>");
    arena page;
    arena_init(&page, 1 << 20);
    for (int64_t id = 1; id <= 6; id++) {
        struct catalogue_product product;
        nacre_error error;
        assert_ok(catalogue_product(f->c, id, &page, &product, &error), error);
        const struct catalogue_item item = {
            .picture = "0", .box = {0, 0, 1, 1}, .score = 1, .category = "women.skirts", .seen = "men.jeans"};
        assert_ok(catalogue_put_items(f->c, &product, "m", "women.skirts", &item, 1, &error), error);
    }
    arena_fini(&page);
    nacre_error error;
    assert_ok(catalogue_begin_run(f->c, f->shop.id, &error), error);
    f->offers = 0;
    add_category(f, "1", NULL, "Разное");
    add_offers(f, 10, "1", NULL, "Вещь", NULL);
    struct review r = review(f, "<mapping version='1'><category id='1' to='women.skirts'/></mapping>");
    const struct review_row *things = row(&r, "Разное");
    assert_int_equal(things->disputed, 6);
    assert_non_null(things->conflict);
    assert_non_null(strstr(things->conflict, "6 of 10 products look like men.jeans"));
}

int main(void) {
#define with_catalogue(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        with_catalogue(counts_and_order_are_those_of_the_products),
        with_catalogue(paths_serve_where_there_are_no_ids),
        with_catalogue(a_param_that_tells_the_wearer_becomes_rules),
        with_catalogue(conflicts_are_told),
        with_catalogue(rules_of_ones_own_are_no_conflict),
        with_catalogue(pictures_that_look_otherwise_are_a_conflict),
    };
    return cmocka_run_group_tests_name("review", tests, NULL, NULL);
}
